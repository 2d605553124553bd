// Tries every pair of ends with real packets: echo, echo of the largest packet, TCP both ways, and who the receiver saw.
import { randomInt } from 'node:crypto'
import { ECHO_HEADER_BYTES, type NamespaceHandle, openNamespace } from '../linux/index.ts'
import { type Family, formatAddress } from '../model/index.ts'
import { allEnded } from './all-ended.ts'
import { type EchoProber, openEchoProber } from './probe-echo.ts'
import { type End, type Failed, type Pair, pairsOf } from './probe-end.ts'
import { exchange, openTcpListenerIn, type TcpListener } from './probe-tcp.ts'

const ECHO_BYTES = 56
/** Enough to keep two processors busy; more only makes each wait for the others. */
const AT_ONCE = 24
const FAMILIES = [4, 6] as const

type Station = {
  readonly namespace: NamespaceHandle
  readonly probers: ReadonlyMap<Family, EchoProber>
  readonly listeners: ReadonlyMap<Family, TcpListener>
}

/** The pairs that were tried, and what fell short. Stops early, with what it has, when the signal says so. */
export async function checkPairs(
  ends: readonly End[],
  signal: AbortSignal,
  tell: (tried: number, of: number, failed: number) => void = () => {},
): Promise<{ pairs: readonly Pair[]; failed: readonly Failed[] }> {
  const pairs = pairsOf(ends)
  const stations = new Map<End, Station>()
  try {
    for (const end of ends) stations.set(end, await openStation(end))
    const failed: Failed[] = []
    const rest = pairs.entries()
    const count = { tried: 0, short: 0 }
    const work = async (): Promise<void> => {
      for (const [number, pair] of rest) {
        if (signal.aborted) return
        const reasons = await tryPair(pair, number, stations)
        failed.push(...reasons)
        count.tried++
        if (reasons.length > 0) count.short++
        tell(count.tried, pairs.length, count.short)
      }
    }
    await allEnded(Array.from({ length: AT_ONCE }, work))
    signal.throwIfAborted()
    return { pairs, failed: failed.sort(compareFailed) }
  } finally {
    for (const station of stations.values()) closeStation(station)
  }
}

async function openStation({ namespace: name, addresses }: End): Promise<Station> {
  const namespace = openNamespace(name)
  const probers = new Map<Family, EchoProber>()
  const listeners = new Map<Family, TcpListener>()
  for (const family of FAMILIES.filter((one) => addresses.some((address) => address.family === one))) {
    probers.set(family, openEchoProber(namespace, family, randomInt(0x1_0000)))
    listeners.set(family, await openTcpListenerIn(namespace, family))
  }
  return { namespace, probers, listeners }
}

function closeStation({ namespace, probers, listeners }: Station): void {
  for (const prober of probers.values()) prober.close()
  for (const listener of listeners.values()) listener.close()
  namespace.close()
}

/** Where the small echo fails the rest would only take its time to fail too. */
async function tryPair(pair: Pair, number: number, stations: ReadonlyMap<End, Station>): Promise<Failed[]> {
  const { from, to, family, target } = pair
  const prober = stations.get(from)?.probers.get(family)
  const namespace = stations.get(from)?.namespace
  const listener = stations.get(to)?.listeners.get(family)
  if (!prober || !namespace || !listener) throw new Error(`no sockets for ${from.name} and ${to.name}`)
  const fell = (probe: Failed['probe'], reason: string): Failed => ({
    from: from.name,
    to: to.name,
    family,
    probe,
    reason,
  })

  const small = await prober.ask(target, ECHO_BYTES)
  if (small) return [fell('echo', small)]
  const failed: Failed[] = []
  const large = await prober.ask(target, from.mtuBytes - ECHO_HEADER_BYTES[family])
  if (large) failed.push(fell('echo-full-mtu', `${from.mtuBytes} bytes: ${large}`))
  const tcp = await exchange(namespace, target, listener.port, number)
  if (tcp) return [...failed, fell('tcp', tcp)]
  const source = listener.takeSource(number)
  const own = from.addresses.map(formatAddress)
  if (source === undefined || !own.includes(source))
    failed.push(fell('source', `the receiver saw ${source} in place of ${own.join(' or ')}`))
  return failed
}

const keyOf = ({ from, to, family, probe }: Failed): string => `${from} ${to} ${family} ${probe}`
const compareFailed = (a: Failed, b: Failed): number => (keyOf(a) < keyOf(b) ? -1 : 1)
