// Traffic between pods of a test cluster while something happens to it: every two of them ping each other every 10 ms, in both families, and
// have a TCP connection on which something comes back all the time.
import { expect, onTestFinished } from 'vitest'
import { parseAddress } from '../../src/model/index.ts'
import { describePings, type PingReport, type PingStream, startPings } from '../lab/ping-stream.ts'
import { describeStream, startTcpStream, type TcpReport } from '../lab/tcp-stream.ts'
import { DROPPED_AT_MOST } from './pod-traffic.ts'
import type { WebPod } from './web-pod.ts'

export type PodTraffic = {
  readonly stop: () => Promise<TrafficReport>
}

export type TrafficReport = { readonly pings: readonly PingReport[]; readonly streams: readonly TcpReport[] }

const INTERVAL_MILLISECONDS = 10
/** So many answers at least: an empty test is none. */
const LEAST_ANSWERS = 50

/** Once all of it flows. */
export async function startTraffic(pods: readonly WebPod[]): Promise<PodTraffic> {
  const pairs = pods.flatMap((one, index) => pods.slice(index + 1).map((other) => [one, other] as const))
  const pingAll = () => pairs.flatMap(([one, other]) => [pingPod(one, other, 0), pingPod(other, one, 1)])
  // Two gateways that were silent for minutes, or are new, have no session; where both begin one at once, it takes seconds.
  const first = pingAll()
  await Promise.all(first.map(({ flows }) => flows))
  await Promise.all(first.map((ping) => ping.stop()))
  const pings = pingAll()
  const streams = await Promise.all(
    pairs.map(([one, other]) =>
      startTcpStream({
        what: `${one.node} to ${other.node}`,
        from: one.namespace,
        to: other.namespace,
        address: parseAddress(other.addresses[0] ?? ''),
        intervalMilliseconds: INTERVAL_MILLISECONDS,
      }),
    ),
  )
  await Promise.all([...pings, ...streams].map(({ flows }) => flows))
  return {
    async stop() {
      const ended = streams.map((stream) => stream.stop())
      return { pings: await Promise.all(pings.map((ping) => ping.stop())), streams: ended }
    },
  }
}

/** `nth`: which of its addresses. Ends with the test at the latest. */
export function pingPod(from: WebPod, to: WebPod, nth: number): PingStream {
  const what = `${from.node} to ${to.node}, IPv${nth === 0 ? 4 : 6}`
  const pings = startPings(what, from.namespace, to.addresses[nth] ?? '', INTERVAL_MILLISECONDS)
  // A test that ran out of time never stops it.
  onTestFinished(() => void pings.stop().catch(() => {}))
  return pings
}

/** No ping among them is lost, and no connection ends, for as long as `change` takes. */
export async function nothingIsLost(pods: readonly WebPod[], change: () => Promise<void>): Promise<void> {
  const traffic = await startTraffic(pods)
  let report: TrafficReport
  try {
    await change()
  } finally {
    report = await traffic.stop()
  }
  // All of them at once: who lost nothing tells as much as who did.
  expect(report.pings.filter(({ lost }) => !(lost <= DROPPED_AT_MOST)).map(describePings)).toEqual([])
  for (const ping of report.pings) expect(ping.answered, describePings(ping)).toBeGreaterThan(LEAST_ANSWERS)
  for (const stream of report.streams) expect(stream.error, describeStream(stream)).toBeUndefined()
}
