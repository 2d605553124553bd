// What sets one lab apart from others: its faults, how its packets end and why, and which code of the verifier they take.
import { readFileSync } from 'node:fs'
import { type Profiler, Session } from 'node:inspector/promises'
import { fileURLToPath } from 'node:url'
import { type Branch, compileNetwork } from '../../src/verifier/index.ts'
import type { Evidence } from './judge.ts'
import { verdictOf } from './verdict.ts'

export async function evidenceTraits({ faults, network, trials }: Evidence): Promise<ReadonlySet<string>> {
  const session = await startedSession()
  const compiled = compileNetwork(network)
  const traits = new Set(faults.map(({ kind }) => kind as string))
  for (const trial of trials) {
    const { arrived, answered, trace } = verdictOf(compiled, trial)
    traits.add(`IPv${trial.family} ${trial.from.kind} ${trial.to.kind} ${arrived} ${answered}`)
    for (const branch of [...trace.forth, ...trace.back]) traits.add(`IPv${trial.family} ${endingOf(branch)}`)
  }
  const { result } = await session.post('Profiler.takePreciseCoverage')
  for (const { url, functions } of result) for (const place of placesOf(url, functions)) traits.add(place)
  return traits
}

/** Without the names and numbers of the lab. */
const endingOf = ({ verdict }: Branch): string =>
  'reason' in verdict ? `${verdict.kind} ${verdict.reason.replace(/\S*[\d.:]\S*/g, '*').slice(0, 120)}` : verdict.kind

let started: Promise<Session> | undefined

/** Its counts begin anew each time that they are taken. */
function startedSession(): Promise<Session> {
  const start = async (): Promise<Session> => {
    const session = new Session()
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
    return session
  }
  started ??= start()
  return started
}

/** The words of a file that were run, by their offsets. */
function placesOf(url: string, functions: readonly Profiler.FunctionCoverage[]): string[] {
  const [, file] = /\/src\/verifier\/(.*)$/.exec(url) ?? []
  if (file === undefined) return []
  const text = readFileSync(fileURLToPath(url), 'utf8')
  const isRun = new Uint8Array(text.length)
  const ranges = functions.flatMap((one) => one.ranges)
  for (const { startOffset, endOffset, count } of ranges.sort(
    (a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset,
  ))
    isRun.fill(Math.min(count, 1), startOffset, endOffset)
  return [...text.matchAll(/\b\w+/g)].flatMap(({ index }) => (isRun[index] ? [`${file} ${index}`] : []))
}
