// One run: up, every pair tried, down.
import type { Family } from '../model/index.ts'
import { askNode } from './agent-process.ts'
import { bytesIfAllPublic } from './all-public.ts'
import { checkPairs } from './check.ts'
import { readEnds, readTraffic, trafficSince } from './ends.ts'
import { readInternet } from './internet.ts'
import { type LabRecord, nodeFolder } from './lab-record.ts'
import { meterSince, meterTotal } from './meter.ts'
import type { Pair } from './probe-end.ts'
import type { LabResult } from './result.ts'
import { tearDown } from './tear-down.ts'
import { bringUp, type LabOptions, secondsBetween } from './up.ts'

export type Run = {
  readonly result: LabResult
  readonly pairs: readonly Pair[]
  /** A few of the packets heard in the clear. */
  readonly heard: readonly string[]
}

/** Whatever happens, nothing is left of the lab. */
export async function runLab(options: LabOptions): Promise<Run> {
  const { log, clock } = options
  const { standing, late, seconds } = await bringUp(options, 'run')
  const down = async (): Promise<number> => {
    log('taking the lab down')
    const start = clock()
    await tearDown(standing.record)
    return secondsBetween(start, clock())
  }
  let tried: Tried
  try {
    log('trying every pair')
    tried = await tryOut(standing.record, options.signal)
  } catch (error) {
    await down()
    throw error
  }
  const { pairs, heard, ...found } = tried
  const ok = late.length === 0 && pairs.length > 0 && found.failed.length === 0 && found.clearTextPackets === 0
  const result = { ok, pairs: pairs.length, ...found, seconds: { ...seconds, down: await down() } }
  return { result, pairs, heard }
}

type Tried = Omit<LabResult, 'ok' | 'pairs' | 'seconds'> & Pick<Run, 'pairs' | 'heard'>

/** The meter runs for the check alone; the listener has listened since the internet was made. */
async function tryOut(record: LabRecord, signal: AbortSignal): Promise<Tried> {
  const ends = await readEnds(record)
  const before = { ...(await readInternet(record.layout)), traffic: await readTraffic(ends) }
  const { pairs, failed } = await checkPairs(ends, signal)
  const after = { ...(await readInternet(record.layout)), traffic: await readTraffic(ends) }
  const crossed = meterSince(before.meter, after.meter)
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
    wireguard: await readWireguard(record),
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
  throw new Error('no agent of the lab says which WireGuard it uses; look at nodes/*/agent.log of a lab that is up')
}
