// What a settled agent takes: memory with few and with many nodes in its store, and its share of a CPU while nothing happens.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Benchmark } from './benchmark.ts'
import { measuredAgent } from './measured-agent.ts'
import { figure } from './samples.ts'
import { nodeName, scaledWorld } from './scaled-world.ts'
import { writeStore } from './store-folder.ts'

const SIZES = { full: [1, 1000, 5000], quick: [1, 50] } as const
const MOST_SITES = 50
/** Of section 14: memory of an idle agent, of a further node, and CPU a minute. */
const BUDGET = { idleMb: 70, nodeKib: 4, cpuSecondsPerMinute: 0.1 } as const

export const agentFootprint: Benchmark = {
  name: 'footprint',
  about: 'memory and CPU of a gateway that has settled (wireguard-go is a process of its own and not counted)',
  needsRoot: true,
  async run(bench) {
    const seconds = bench.isQuick ? 5 : 60
    const agents = []
    for (const size of bench.isQuick ? SIZES.quick : SIZES.full) {
      const world = scaledWorld({ nodes: size, sites: Math.min(size, MOST_SITES) })
      const store = join(bench.folder, `store-${size}`)
      writeStore(store, world, nodeName(0))
      const agent = measuredAgent(bench, { world, name: nodeName(0), store })
      agent.machine.startAgent(store)
      await agent.settled()
      agents.push({ size, agent })
    }
    await sleep(bench.isQuick ? 2000 : 10_000) // each reads its own status once more
    const before = agents.map(({ agent }) => agent.cpuSeconds())
    await sleep(seconds * 1000)
    const measured = agents.map(({ size, agent }, index) => ({
      size,
      bytes: agent.residentBytes(),
      cpuSeconds: ((agent.cpuSeconds() - (before[index] ?? 0)) * 60) / seconds,
    }))
    const [smallest] = measured
    const [large, largest] = measured.slice(-2)
    if (smallest === undefined || large === undefined || largest === undefined) throw new Error('nothing was measured')
    return [
      ...measured.map(({ size, bytes }) =>
        figure(`memory (RSS), ${nodes(size)} in the store`, [bytes / 1e6], {
          unit: 'MB',
          ...(size === smallest.size && { budget: BUDGET.idleMb }),
        }),
      ),
      figure(
        `memory for each further node, from ${nodes(large.size)} to ${nodes(largest.size)}`,
        [(largest.bytes - large.bytes) / 1024 / (largest.size - large.size)],
        { unit: 'KiB', budget: BUDGET.nodeKib },
      ),
      ...measured.map(({ size, cpuSeconds }) =>
        figure(`CPU a minute in the steady state (seen for ${seconds} s), ${nodes(size)}`, [cpuSeconds], {
          unit: 's',
          budget: BUDGET.cpuSecondsPerMinute,
        }),
      ),
    ]
  },
}

const nodes = (count: number): string => (count === 1 ? '1 node' : `${count.toLocaleString('en')} nodes`)
