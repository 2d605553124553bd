// Whether this node carries the network as the World of now asks for, and if not, why not.
import { entriesOf, type World } from '../model/index.ts'
import type { PeerWatch } from './peer-activity.ts'
import type { PeerDirectory } from './peer-directory.ts'
import type { ReconcileReport } from './reconciler.ts'

export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reasons: readonly UnreadyReason[] }

export type UnreadyReason = {
  readonly kind: 'no-world' | 'not-applied' | 'failure' | 'key-missing' | 'no-handshake'
  /** A sentence. */
  readonly message: string
}

export type ReadinessInput = {
  readonly world: World | undefined
  /** Whether a round has ended since the world, the pods or the underlay last changed. */
  readonly isCurrent: boolean
  readonly report: ReconcileReport
  readonly peers: Pick<PeerWatch, 'activityOf'>
  readonly directory: PeerDirectory | undefined
  readonly ownName: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly now: number
}

/** A session is renewed after 120 s and thrown away after 180 s (REJECT_AFTER_TIME of WireGuard). */
const SESSION_SECONDS = 180

export function judgeReadiness(input: ReadinessInput): Readiness {
  const { world, report } = input
  if (world === undefined)
    return unready([reason('no-world', 'no world has been read yet, neither a snapshot nor the store')])
  const reasons = [...judgePlan(input), ...judgeKeys(world, input.ownName), ...judgePeers(input)]
  for (const { message } of report.failures) reasons.push(reason('failure', message))
  return reasons.length === 0 ? { ready: true } : unready(reasons)
}

const unready = (reasons: readonly UnreadyReason[]): Readiness => ({ ready: false, reasons })
const reason = (kind: UnreadyReason['kind'], message: string): UnreadyReason => ({ kind, message })

function judgePlan({ report, isCurrent }: ReadinessInput): UnreadyReason[] {
  if (report.error !== undefined) return [reason('not-applied', report.error)]
  return isCurrent ? [] : [reason('not-applied', 'the plan of the present world is not applied yet')]
}

function judgeKeys({ nodes, statuses }: World, ownName: string): UnreadyReason[] {
  const missing = [...nodes.keys()].filter((name) => name !== ownName && statuses.get(name)?.publicKey === undefined)
  if (missing.length === 0) return []
  const names =
    missing.length > 5 ? `${missing.slice(0, 5).join(', ')} and ${missing.length - 5} more` : missing.join(', ')
  return [reason('key-missing', `no agent has published a key for ${names}`)]
}

function judgePeers({ report, peers, directory, startedAt, now }: ReadinessInput): UnreadyReason[] {
  if (report.state === undefined) return []
  const reasons: UnreadyReason[] = []
  for (const entry of entriesOf(report.state)) {
    if (entry.kind !== 'wireguard-peer') continue
    const last = peers.activityOf(entry)?.lastHandshake ?? 0
    // A peer that nobody speaks to lets its session go: that it had one since the start is enough.
    if (last > 0 && (last >= Math.floor(startedAt / 1000) || now / 1000 - last <= SESSION_SECONDS)) continue
    const name = directory?.nameOf(entry.publicKey) ?? entry.publicKey
    reasons.push(reason('no-handshake', `no handshake with ${name} on ${entry.link} yet`))
  }
  return reasons
}
