// The directory store: read, read again after a change; and a change's whole way, from the file to the kernel of a running agent.
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Node, World } from '../src/model/index.ts'
import { openDirectoryStore, readWorld } from '../src/store/index.ts'
import type { Bench, Benchmark, Figure } from './benchmark.ts'
import { measuredAgent, until } from './measured-agent.ts'
import { figure, sample } from './samples.ts'
import { nodeName, scaledWorld, withChangedNode } from './scaled-world.ts'
import { writeNode, writeStore } from './store-folder.ts'

/** Of section 14: change seen -> kernel, of one node. The file's watch adds the time in which it gathers changes (20 ms). */
const BUDGET_MS = 50

export const store: Benchmark = {
  name: 'store',
  about: 'a folder of YAML, a file a node and a file a status; a change from the file to the kernel',
  needsRoot: true,
  async run(bench) {
    const runs = bench.isQuick ? 2 : 10
    const small = scaledWorld({ nodes: 2, sites: 2 })
    const large = scaledWorld(bench.isQuick ? { nodes: 50, sites: 5 } : { nodes: 5000, sites: 50 })
    return [
      ...(await readings(bench, large, runs)),
      await changeToKernel(bench, small, runs * 2),
      await changeToKernel(bench, large, runs * 2),
    ]
  },
}

async function readings(bench: Bench, world: World, runs: number): Promise<readonly Figure[]> {
  const folder = join(bench.folder, 'read')
  writeStore(folder, world)
  const whole = await sample({
    runs: Math.ceil(runs / 2),
    warmUps: 1,
    prepare: () => undefined,
    run: async () => check((await readWorld([folder])).world),
  })
  const opened = openDirectoryStore({ directory: folder })
  bench.defer(opened.close)
  const signals = new EventTarget()
  opened.watch(() => signals.dispatchEvent(new Event('change')))
  check((await opened.read()).world)
  const again = await sample({
    runs,
    warmUps: 2,
    async prepare(run) {
      const told = once(signals, 'change')
      writeNode(folder, changedNode(world, run))
      await told
    },
    run: async () => check((await opened.read()).world),
  })
  opened.close()
  const count = world.nodes.size.toLocaleString('en')
  return [figure(`${count} nodes read`, whole), figure(`${count} nodes read again after one changed`, again)]

  function check(read: World | undefined): void {
    if (read?.nodes.size !== world.nodes.size) throw new Error('the store gave another world than was written')
  }
}

/** The last node gets another prefix, and the first one, in another site, another route. */
async function changeToKernel(bench: Bench, world: World, runs: number): Promise<Figure> {
  const folder = join(bench.folder, `store-${world.nodes.size}`)
  writeStore(folder, world, nodeName(0))
  const agent = measuredAgent(bench, { world, name: nodeName(0), store: folder })
  agent.machine.startAgent(folder)
  await agent.settled()
  const few = agent.routes()
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    const isMore = run % 2 === 0 // a prefix comes, and goes again
    writeNode(folder, isMore ? changedNode(world, 0) : lastNode(world))
    const startedAt = performance.now()
    await until('the change is in the kernel', () => agent.routes() === few + Number(isMore), agent.machine.log)
    times.push(performance.now() - startedAt)
    await sleep(1000)
  }
  await agent.remove()
  const count = world.nodes.size.toLocaleString('en')
  return figure(`a file written until the route is in the kernel, ${count} nodes`, times, { budget: BUDGET_MS })
}

const lastNode = (world: World): Node => nodeOf(world, nodeName(world.nodes.size - 1))

const changedNode = (world: World, change: number): Node => {
  const { name } = lastNode(world)
  return nodeOf(withChangedNode(world, name, change), name)
}

function nodeOf({ nodes }: World, name: string): Node {
  const node = nodes.get(name)
  if (node === undefined) throw new Error(`the world has no node ${name}`)
  return node
}
