// CNI ADD and DEL, each pod in a namespace of its own: our client and agent beside the stock plugins `ptp` and `bridge` with
// `host-local`. One after the other, many at once, and so many that what is lost with each would show.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Benchmark, Budget, Figure } from './benchmark.ts'
import { type AskedAgent, askedAgent } from './cni-agent.ts'
import { type Caller, idleCaller, stockCallers } from './cni-caller.ts'
import { scratchPod, timesInCrowds, timesInTurns } from './cni-pods.ts'
import { until } from './measured-agent.ts'
import { figure } from './samples.ts'

const AT_ONCE = 50
/** Shares of what ptp takes; how late the agent's event loop may be; how much it may have grown. */
const BUDGET = { add: { ofPeer: 0.5 }, del: { ofPeer: 0.3 }, total: { ofPeer: 0.5 }, lateMs: 20, grownMb: 5 } as const

export const cni: Benchmark = {
  name: 'cni',
  about: 'ADD and DEL of pods (IPv4+IPv6), beside the stock ptp and bridge with host-local (IPv4)',
  needsRoot: true,
  async run(bench) {
    const agent = await askedAgent(bench)
    const callers = [agent.caller, ...stockCallers(bench)]
    return [
      ...(await oneByOne(bench, callers)),
      ...(await manyAtOnce(bench, agent, callers)),
      ...(await thousands(bench, agent)),
    ]
  },
}

const COMMANDS = ['add', 'del'] as const

async function oneByOne(bench: Bench, callers: readonly Caller[]): Promise<readonly Figure[]> {
  const all = [...callers, idleCaller(bench)]
  const times = await timesInTurns(bench, bench.isQuick ? 5 : 200, all)
  return COMMANDS.flatMap((command) => {
    const samples = all.map(({ name }, index) => ({ name, samples: times[index]?.[command] ?? [] }))
    return compared(`${command.toUpperCase()} of a pod`, samples, BUDGET[command])
  })
}

async function manyAtOnce(bench: Bench, agent: AskedAgent, callers: readonly Caller[]): Promise<readonly Figure[]> {
  const crowd = bench.isQuick
    ? { pods: 10, atOnce: AT_ONCE, rounds: 1, pauseMs: 200 }
    : { pods: 200, atOnce: AT_ONCE, rounds: 5, pauseMs: 3000 }
  const delays: { readonly agent: number; readonly idle: number }[] = []
  const watched: Caller = {
    ...agent.caller,
    async call(command, pods, atOnce) {
      // Of what was before; and the first answer keeps the agent busy for longer than all others.
      for (let turn = 0; turn < 2; turn++) await agent.longestDelay()
      // This process only waits: what it is late is the machine's doing.
      const idle = monitorEventLoopDelay({ resolution: 1 })
      idle.enable()
      const calls = await agent.caller.call(command, pods, atOnce)
      idle.disable()
      delays.push({ agent: await agent.longestDelay(), idle: idle.max / 1e6 - 1 })
      return calls
    },
  }
  const times = await timesInCrowds(bench, crowd, [watched, ...callers.slice(1)])
  const each = callers.map(({ name }, index) => ({ name, samples: times[index] }))
  const about = `${crowd.pods} pods, ${AT_ONCE} at once`
  return [
    ...COMMANDS.flatMap((command) => [
      ...compared(
        `${command.toUpperCase()} of ${about}: all`,
        each.map(({ name, samples }) => ({ name, samples: samples?.totals[command] ?? [] })),
        command === 'add' ? BUDGET.total : undefined,
      ),
      ...compared(
        `${command.toUpperCase()} of ${about}: each`,
        each.map(({ name, samples }) => ({ name, samples: samples?.[command] ?? [] })),
      ),
    ]),
    figure(`the agent's event loop was late by, at most, ${about}`, [Math.max(...delays.map((delay) => delay.agent))], {
      budget: BUDGET.lateMs,
    }),
    figure('for comparison: that of a process that only waits', [Math.max(...delays.map(({ idle }) => idle))]),
  ]
}

async function thousands(bench: Bench, agent: AskedAgent): Promise<readonly Figure[]> {
  const [pods, rounds] = bench.isQuick ? [10, 4] : [AT_ONCE, 200]
  const namespaces = Array.from({ length: pods }, () => scratchPod(bench))
  const addAndDelete = async (): Promise<void> => {
    for (const command of ['ADD', 'DEL'] as const) await agent.caller.call(command, namespaces, AT_ONCE)
  }
  const rest = async () => {
    await until('all pods are gone', () => agent.podLinks() === 0)
    await sleep(bench.isQuick ? 500 : 40_000) // a moment after the last request it gives memory back, every 30 s at most
    return { megabytes: agent.residentBytes() / 1e6, files: agent.openFiles() }
  }
  for (let round = 0; round < rounds / 4; round++) await addAndDelete() // what is needed once, and V8's heap finds its size
  const before = await rest()
  for (let round = 0; round < rounds; round++) await addAndDelete()
  const after = await rest()
  const about = `${(pods * rounds).toLocaleString('en')} ADD and DEL`
  return [
    figure(`memory (RSS) before ${about}`, [before.megabytes], { unit: 'MB' }),
    figure(`memory (RSS) after ${about}`, [after.megabytes], {
      unit: 'MB',
      budget: before.megabytes + BUDGET.grownMb,
    }),
    figure(`open files after ${about}`, [after.files], { unit: 'files', budget: before.files }),
  ]
}

type Named = { readonly name: string; readonly samples: readonly number[] }

/** Ours come first, then who is held against it, then others. */
function compared(name: string, [ours, peer, ...others]: readonly Named[], budget?: Budget): readonly Figure[] {
  return [
    figure(name, ours?.samples ?? [], { ...(budget !== undefined && { budget }), peer }),
    ...[peer, ...others].flatMap((other) => (other === undefined ? [] : [figure(`  ${other.name}`, other.samples)])),
  ]
}
