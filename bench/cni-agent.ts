// Our agent as a caller's peer: asked for pods by its own client, and looked at from outside meanwhile.
import { join } from 'node:path'
import { POD_LINK_PREFIX } from '../src/model/index.ts'
import type { Bench } from './benchmark.ts'
import { type Caller, pluginCaller } from './cni-caller.ts'
import { type MeasuredAgent, measuredAgent } from './measured-agent.ts'
import { nodeName, scaledWorld } from './scaled-world.ts'
import { writeStore } from './store-folder.ts'

export type AskedAgent = MeasuredAgent & {
  readonly caller: Caller
  /** Host's ends of pods' links. */
  readonly podLinks: () => number
  /** How late its event loop was at most since this was last asked, in milliseconds. */
  readonly longestDelay: () => Promise<number>
}

export async function askedAgent(bench: Bench): Promise<AskedAgent> {
  const world = scaledWorld({ nodes: 2, sites: 2 })
  const store = join(bench.folder, 'store')
  writeStore(store, world, nodeName(0))
  const agent = measuredAgent(bench, { world, name: nodeName(0), store })
  agent.machine.startAgent(store)
  await agent.settled()
  const caller = pluginCaller(bench, {
    name: 'damask',
    program: join(agent.machine.folder, 'damask-cni'),
    folder: '/opt/cni/bin',
    configuration: { cniVersion: '1.0.0', name: 'damask', type: 'damask' },
  })
  return {
    ...agent,
    caller,
    podLinks: () => agent.rtnetlink.links().filter(({ name }) => name.startsWith(POD_LINK_PREFIX)).length,
    async longestDelay() {
      const { body } = await agent.machine.ask('/metrics')
      const [, seconds] = /event_loop_delay_seconds\{quantile="1"\} (\S+)/.exec(body) ?? []
      return seconds === undefined ? 0 : Number(seconds) * 1000
    },
  }
}
