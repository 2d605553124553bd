// `make bench`: measures, and writes what it found to bench/results/latest.json. --only NAME (again and again); --quick shows in a
// minute that all works; --results FILE.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { agentFootprint } from './agent-footprint.ts'
import type { Bench, Benchmark } from './benchmark.ts'
import { cni } from './cni.ts'
import { drift } from './drift.ts'
import { isolate } from './isolation.ts'
import { meshNodes } from './mesh-nodes.ts'
import { planner } from './planner.ts'
import { proof } from './proof.ts'
import { type BenchmarkReport, benchmarkText, currentLoad, emptyReport, machineText, reportJson } from './report.ts'
import { routes } from './routes.ts'
import { store } from './store.ts'
import { wireguardPeers } from './wireguard-peers.ts'

const BENCHMARKS: readonly Benchmark[] = [
  planner,
  proof,
  routes,
  wireguardPeers,
  drift,
  agentFootprint,
  store,
  cni,
  meshNodes,
]

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    results: { type: 'string' },
  },
})
const results =
  values.results ??
  (values.quick ? join(tmpdir(), 'damask-bench.json') : join(import.meta.dirname, 'results/latest.json'))
const unknown = values.only?.find((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name))
if (unknown !== undefined) {
  console.error(`there is no benchmark ${unknown}; there are ${BENCHMARKS.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

const cleanUps: (() => unknown)[] = []
async function cleanUp(): Promise<void> {
  for (const step of cleanUps.splice(0).reverse()) {
    try {
      await step()
    } catch (cause) {
      console.error(`cannot clean up: ${messageOf(cause)}`)
    }
  }
}
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cleanUp().finally(() => process.exit(1)))

const isRoot = process.geteuid?.() === 0
if (isRoot) isolate()
const chosen = BENCHMARKS.filter(({ name }) => values.only?.includes(name) ?? true)
let report = emptyReport(new Date(), values.quick)
console.log(`${machineText(report)}\n`)
for (const benchmark of chosen) {
  const done = await measure(benchmark)
  console.log(`${benchmarkText(done)}\n`)
  report = { ...report, benchmarks: [...report.benchmarks, done] }
}
mkdirSync(dirname(results), { recursive: true })
writeFileSync(results, reportJson(report))
console.log(`written to ${results}`)
if (report.benchmarks.some(({ error }) => error !== undefined)) process.exitCode = 1

async function measure({ name, about, needsRoot, run }: Benchmark): Promise<BenchmarkReport> {
  const notes: string[] = []
  const folder = mkdtempSync(join(tmpdir(), 'damask-bench-'))
  cleanUps.push(() => existsSync(folder) && rmSync(folder, { recursive: true }))
  const bench: Bench = {
    isQuick: values.quick,
    defer: (step) => cleanUps.push(step),
    folder,
    note: (text) => notes.push(text),
  }
  const before = currentLoad()
  const described = { name, about, notes }
  try {
    if (needsRoot && !isRoot) throw new Error('it makes network namespaces, and needs root')
    const figures = await run(bench)
    return { ...described, load: { before, after: currentLoad() }, figures }
  } catch (cause) {
    return { ...described, load: { before, after: currentLoad() }, figures: [], error: messageOf(cause) }
  } finally {
    await cleanUp()
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}
