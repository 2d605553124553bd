// Whether this node does its own part (it is ready), whether the network around it does too (it has converged), and if not,
// why not. A machine that is switched off keeps nobody else from being ready.
import { formatAddress, type WireguardPeer, type World } from '../model/index.ts'
import { type HostNameState, unusableName } from './host-names.ts'
import type { PeerWatch } from './peer-activity.ts'
import type { PeerDirectory } from './peer-directory.ts'
import { plannedPeers } from './planned-peers.ts'
import type { ReconcileReport } from './reconciler.ts'

export type Readiness = {
  /** The plan of the present world stands: pods are served, and reach whoever does his part too. */
  readonly ready: boolean
  /** Ready, every node has a key, and every peer had a handshake. */
  readonly converged: boolean
  /** What is not so. Where it has converged: names that cannot be resolved now, and whose last addresses serve. */
  readonly reasons: readonly Reason[]
}

export type Reason = {
  readonly kind:
    | 'no-world'
    | 'not-applied'
    | 'failure'
    | 'no-underlay'
    | 'pods-refused'
    | 'key-missing'
    | 'no-handshake'
    | 'name-unresolved'
    | 'name-unusable'
  /** A sentence. */
  readonly message: string
}

export type ReadinessInput = {
  readonly world: World | undefined
  /** Whether a round has ended since what the plan is made of last changed. */
  readonly isCurrent: boolean
  readonly report: Pick<ReconcileReport, 'state' | 'error' | 'failures'>
  /** What this machine has in place of the node's private addresses, where others of its site look for it at them. */
  readonly addressesInstead: readonly string[] | undefined
  readonly podsError: string | undefined
  readonly peers: Pick<PeerWatch, 'activityOf'>
  readonly hostNames: readonly HostNameState[]
  readonly directory: Pick<PeerDirectory, 'nameOf'> | undefined
  readonly ownName: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly now: number
}

/** A session is renewed after 120 s and thrown away after 180 s (REJECT_AFTER_TIME of WireGuard). */
const SESSION_SECONDS = 180
/** Names in one sentence. */
const MOST_NAMES = 5

export function judgeReadiness(input: ReadinessInput): Readiness {
  const own = judgeOwnPart(input)
  const silent = silentPeers(input)
  const others = [...judgeKeys(input), ...silent.map((peer) => judgePeer(peer, input)), ...judgeFamilies(silent, input)]
  const lost = input.hostNames.filter(({ addresses }) => addresses.length === 0).flatMap(judgeName)
  const kept = input.hostNames.filter(({ addresses }) => addresses.length > 0).flatMap(judgeName)
  return {
    ready: own.length === 0,
    converged: own.length + others.length + lost.length === 0,
    reasons: [...own, ...others, ...lost, ...kept],
  }
}

const reason = (kind: Reason['kind'], message: string): Reason => ({ kind, message })

/** Nothing: it is ready. */
export function judgeOwnPart(input: ReadinessInput): Reason[] {
  const { world, report, isCurrent, addressesInstead, podsError, ownName } = input
  if (world === undefined) return [reason('no-world', 'no world has been read yet, neither a snapshot nor the store')]
  if (report.error !== undefined) return [reason('not-applied', report.error)]
  return [
    ...(isCurrent ? [] : [reason('not-applied', 'the plan of the present world is not applied yet')]),
    ...(addressesInstead === undefined ? [] : [reason('no-underlay', sentenceOf(addressesInstead, world, ownName))]),
    ...(podsError === undefined ? [] : [reason('pods-refused', podsError)]),
    ...report.failures.map(({ message }) => reason('failure', message)),
  ]
}

function sentenceOf(found: readonly string[], world: World, name: string): string {
  const wanted = world.nodes.get(name)?.privateAddresses.map(({ address }) => formatAddress(address)) ?? []
  return (
    `no link of this machine holds ${wanted.join(' or ')}, by which the others of its site reach it; it has ` +
    `${found.length === 0 ? 'no address' : found.join(', ')}: mend spec.privateAddresses of Node ${name}, or the machine`
  )
}

function judgeKeys({ world, ownName }: ReadinessInput): Reason[] {
  const missing = [...(world?.nodes.keys() ?? [])].filter(
    (name) => name !== ownName && world?.statuses.get(name)?.publicKey === undefined,
  )
  if (missing.length === 0) return []
  const rest = missing.length > MOST_NAMES ? ` and ${missing.length - MOST_NAMES} more` : ''
  return [reason('key-missing', `no agent has published a key for ${missing.slice(0, MOST_NAMES).join(', ')}${rest}`)]
}

function silentPeers({ report, peers, startedAt, now }: ReadinessInput): WireguardPeer[] {
  return (report.state === undefined ? [] : plannedPeers(report.state)).filter((peer) => {
    const last = peers.activityOf(peer)?.lastHandshake ?? 0
    // A peer that nobody speaks to lets its session go: that it had one since the start is enough.
    return last === 0 || (last < Math.floor(startedAt / 1000) && now / 1000 - last > SESSION_SECONDS)
  })
}

const judgePeer = ({ publicKey, link }: WireguardPeer, { directory }: ReadinessInput): Reason =>
  reason('no-handshake', `no handshake with ${directory?.nameOf(publicKey) ?? publicKey} on ${link} yet`)

/** A machine that began itself, from an address that is not its name's, is no reason. */
function judgeFamilies(silent: readonly WireguardPeer[], { hostNames, directory }: ReadinessInput): Reason[] {
  const names = new Set(silent.map(({ publicKey }) => directory?.nameOf(publicKey)))
  return hostNames
    .filter(({ unusable, nodes }) => unusable !== undefined && nodes.some((node) => names.has(node)))
    .map((host) => reason('name-unusable', unusableName(host)))
}

function judgeName({ name, nodes, addresses, error }: HostNameState): Reason[] {
  if (error === undefined) return []
  const known = addresses.map(formatAddress).join(', ')
  const then = known === '' ? 'it is not reached' : `it is looked for at ${known} as before`
  return [reason('name-unresolved', `cannot resolve ${name}, the endpoint of ${nodes.join(', ')}: ${error}; ${then}`)]
}
