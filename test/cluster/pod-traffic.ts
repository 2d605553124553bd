// Traffic between pods while something happens to their cluster: a ping each 10 ms and a counted TCP stream for every pair, and what
// became of them. Nothing of it asks the API server.
import { spawn } from 'node:child_process'
import { type Ended, endOf } from '../lab/damask-process.ts'
import { describePings, type PingReport, type PingStream, startPingsFrom } from '../lab/ping-stream.ts'
import type { Cluster } from './cluster.ts'
import type { PodPlace } from './pod-place.ts'

export type PodTraffic = {
  /** Pings that were answered until now. */
  readonly answered: () => number
  readonly stop: () => Promise<TrafficReport>
}

export type TrafficReport = {
  /** A line for each. */
  readonly text: string
  readonly pingsLost: number
  readonly longestGapMilliseconds: number
  /** Streams that ended, or missed a line. */
  readonly brokenStreams: readonly string[]
}

type CountedStream = { readonly what: string; readonly stop: () => Promise<StreamReport> }
type StreamReport = {
  readonly what: string
  readonly lines: number
  readonly missed: number
  readonly longestPauseMilliseconds: number
  readonly error?: string
}

const INTERVAL_MILLISECONDS = 10
/** Of tens of thousands: WireGuard in user space drops one where a busy machine lets its socket's buffer fill. What interrupts loses a row. */
export const DROPPED_AT_MOST = 2
/** Longer than any test. */
const STREAM_DURATION = '1h'
const COUNT_PORT = 19

/** Of pods of `deployWeb`: each pair once, one after the other in IPv4 and IPv6. Resolves once everything flows. */
export async function startPodTraffic(
  { programs }: Pick<Cluster, 'programs'>,
  pods: readonly PodPlace[],
): Promise<PodTraffic> {
  const pairs = pods.flatMap((from, nth) => pods.slice(nth + 1).map((to) => ({ from, to })))
  const ways = pairs.map(({ from, to }, nth) => {
    const address = to.addresses[nth % to.addresses.length] ?? ''
    return { from, address, what: `${from.node} to ${to.node}, ${address.includes(':') ? 'IPv6' : 'IPv4'}` }
  })
  const pings = ways.map(({ from, address, what }) => startPingsFrom(what, from.enter, address, INTERVAL_MILLISECONDS))
  const streams = ways.map(({ from, address, what }) => startCounting(programs.web, what, from.enter, address))
  await Promise.all(pings.map(({ flows }) => flows))
  return {
    answered: () => pings.reduce((sum, ping) => sum + ping.answered(), 0),
    stop: () => stopAll(pings, streams),
  }
}

async function stopAll(pings: readonly PingStream[], streams: readonly CountedStream[]): Promise<TrafficReport> {
  const [pinged, counted] = await Promise.all([
    Promise.all(pings.map(({ stop }) => stop())),
    Promise.all(streams.map(({ stop }) => stop())),
  ])
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  return {
    text: [...pinged.map((report: PingReport) => describePings(report)), ...counted.map(describeStream)].join('\n'),
    pingsLost: sum(pinged.map(({ lost }) => lost)),
    longestGapMilliseconds: Math.max(
      ...pinged.map(({ longestGapMilliseconds }) => longestGapMilliseconds),
      ...counted.map(({ longestPauseMilliseconds }) => longestPauseMilliseconds),
    ),
    brokenStreams: counted
      .filter(({ error, missed, lines }) => error !== undefined || missed > 0 || lines === 0)
      .map(describeStream),
  }
}

function startCounting(
  web: string,
  what: string,
  [program = '', ...enter]: readonly string[],
  address: string,
): CountedStream {
  const host = address.includes(':') ? `[${address}]` : address
  const child = spawn(program, [...enter, web, 'count', `${host}:${COUNT_PORT}`, STREAM_DURATION], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = endOf(child)
  return {
    what,
    async stop() {
      child.kill('SIGINT')
      return reportOf(what, await ended)
    },
  }
}

const reportOf = (what: string, { code, output, complaints }: Ended): StreamReport => ({
  what,
  ...(output === '' ? { lines: 0, missed: 0, longestPauseMilliseconds: 0 } : JSON.parse(output)),
  ...(code !== 0 && { error: complaints.trim() || `ended with ${code}` }),
})

const describeStream = ({ what, lines, missed, longestPauseMilliseconds, error }: StreamReport): string =>
  `${what}, TCP: ${lines} lines, ${missed} missed, longest pause ${longestPauseMilliseconds} ms${error === undefined ? '' : `; ${error}`}`
