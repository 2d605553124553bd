// A stream of echo requests, and what became of it: how many got no answer, and the longest time without any.
import { spawn } from 'node:child_process'
import { endOf } from './damask-process.ts'

export type PingStream = {
  /** Once an answer has come. */
  readonly flows: Promise<void>
  /** Until now. */
  readonly answered: () => number
  readonly stop: () => Promise<PingReport>
}

export type PingReport = {
  readonly what: string
  readonly answered: number
  readonly lost: number
  /** The longest run of lost ones by their numbers, from 1: at the beginning, or in the middle. None: undefined. */
  readonly longestLoss: readonly [number, number] | undefined
  readonly longestGapMilliseconds: number
}

/** From one namespace, by name or path, to an address; the process of `ping` ends with `stop`, or with the lab that it runs in. */
export const startPings = (
  what: string,
  namespace: string,
  address: string,
  intervalMilliseconds: number,
): PingStream => startPingsFrom(what, ['nsenter', `--net=${pathOf(namespace)}`], address, intervalMilliseconds)

const pathOf = (namespace: string): string => (namespace.includes('/') ? namespace : `/run/netns/${namespace}`)

/** `enter`: the start of a command line that runs the rest where the pings are to come from. */
export function startPingsFrom(
  what: string,
  [program = '', ...enter]: readonly string[],
  address: string,
  intervalMilliseconds: number,
): PingStream {
  const words = ['-n', '-D', '-i', String(intervalMilliseconds / 1000), address]
  const child = spawn(program, [...enter, 'ping', ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = endOf(child)
  let answers = 0
  const flows = new Promise<void>((resolve) => {
    child.stdout.on('data', (bytes) => {
      answers += String(bytes).split(' bytes from ').length - 1
      if (answers > 0) resolve()
    })
  })
  return {
    flows,
    answered: () => answers,
    async stop() {
      const stoppedAt = Date.now()
      child.kill('SIGINT')
      const { output, complaints } = await ended
      return report(what, `${output}${complaints}`, intervalMilliseconds, stoppedAt)
    },
  }
}

const SLACK_MILLISECONDS = 1_000

function report(what: string, output: string, intervalMilliseconds: number, stoppedAt: number): PingReport {
  const answers = [...output.matchAll(/^\[([\d.]+)\] \d+ bytes from .* icmp_seq=(\d+) .*time=([\d.]+) ms$/gm)].map(
    ([, at, sequence, took]) => ({ at: Number(at) * 1000, sequence: Number(sequence), took: Number(took) }),
  )
  const sent = Number(/(\d+) packets transmitted/.exec(output)?.[1] ?? Number.NaN)
  const last = answers.at(-1)
  if (!last) throw new Error(`no ping ${what} was answered:\n${output}`)
  // Who was on the way when the stream was stopped is not lost: for as long as the slowest took, and a machine that has much to do takes
  // its time.
  const slowest = Math.max(...answers.map(({ took }) => took))
  const unanswered = sent - Math.max(...answers.map(({ sequence }) => sequence))
  const underway = unanswered <= (slowest + SLACK_MILLISECONDS) / intervalMilliseconds ? unanswered : 0
  const gaps = answers.slice(1).map(({ at }, index) => at - (answers[index]?.at ?? at))
  const longestGapMilliseconds = Math.round(Math.max(...gaps, stoppedAt - last.at))
  return {
    what,
    answered: answers.length,
    lost: sent - underway - answers.length,
    longestLoss: longestLossOf(new Set(answers.map(({ sequence }) => sequence)), sent - underway),
    longestGapMilliseconds,
  }
}

function longestLossOf(answered: ReadonlySet<number>, sent: number): readonly [number, number] | undefined {
  let longest: readonly [number, number] | undefined
  for (let first = 1; first <= sent; first++) {
    let last = first - 1
    while (last < sent && !answered.has(last + 1)) last++
    if (last - first > (longest === undefined ? -1 : longest[1] - longest[0])) longest = [first, last]
    first = Math.max(first, last)
  }
  return longest
}

export const describePings = ({ what, answered, lost, longestLoss, longestGapMilliseconds }: PingReport): string =>
  `${what}: ${answered} answered, ${lost} lost${longestLoss ? ` (the longest run: numbers ${longestLoss.join(' to ')})` : ''}, longest time without an answer ${longestGapMilliseconds} ms`
