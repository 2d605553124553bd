// Tries every pair of a lab that stands, and reads the internet's meter and ear before and after.
import type { Family } from '../model/index.ts'
import { askNode } from './agent-process.ts'
import { bytesIfAllPublic } from './all-public.ts'
import { checkPairs } from './check.ts'
import { readEnds, readTraffic, trafficSince } from './ends.ts'
import { readInternet } from './internet.ts'
import { type LabRecord, nodeFolder } from './lab-record.ts'
import { meterSince, meterTotal } from './meter.ts'
import type { Pair } from './probe-end.ts'
import type { LabProgress } from './progress.ts'
import type { LabResult } from './result.ts'

export type Tried = Omit<LabResult, 'ok' | 'pairs' | 'seconds' | 'error'> & {
  readonly pairs: readonly Pair[]
  /** A few of the packets heard in the clear. */
  readonly heard: readonly string[]
}

/** The meter runs for the check alone; the listener has listened since the internet was made. */
export async function tryOut(record: LabRecord, progress: LabProgress, signal: AbortSignal): Promise<Tried> {
  progress.phase('trying every pair')
  const ends = await readEnds(record)
  const before = { ...(await readInternet(record.layout)), traffic: await readTraffic(ends) }
  const { pairs, failed } = await checkPairs(ends, signal, progress.tried)
  const after = { ...(await readInternet(record.layout)), traffic: await readTraffic(ends) }
  const crossed = meterSince(before.meter, after.meter)
  const wireguard = await readWireguard(record)
  return {
    failed,
    clearTextPackets: after.heard.packets,
    internetBytes: meterTotal(crossed),
    internetBytesByClouds: Object.fromEntries(crossed),
    internetBytesIfAllPublic: bytesIfAllPublic({
      internetBytes: meterTotal(crossed),
      pairs: arrived(pairs, failed),
      cloudOf: (node) => record.layout.clouds.find(({ members }) => members.includes(node))?.name,
      traffic: trafficSince(before.traffic, after.traffic),
      family: internetFamily(record),
    }),
    ...(wireguard && { wireguard }),
    pairs,
    heard: after.heard.examples,
  }
}

function arrived(pairs: readonly Pair[], failed: LabResult['failed']): readonly Pair[] {
  const short = new Set(failed.map(({ from, to, family }) => `${from} ${to} ${family}`))
  return pairs.filter(({ from, to, family }) => !short.has(`${from.name} ${to.name} ${family}`))
}

const internetFamily = ({ layout }: LabRecord): Family =>
  layout.clouds.some(({ transit }) => transit.some(({ internet }) => internet.family === 4)) ? 4 : 6

/** As the agents say; they all have the same kernel. */
async function readWireguard(record: LabRecord): Promise<LabResult['wireguard']> {
  for (const { name } of record.layout.nodes) {
    const answer = await askNode(nodeFolder(record, name), '/status')
    if (answer?.code !== 200) continue
    const { wireguard }: { wireguard?: unknown } = JSON.parse(answer.body)
    if (wireguard === 'kernel' || wireguard === 'wireguard-go') return wireguard
  }
  return undefined
}
