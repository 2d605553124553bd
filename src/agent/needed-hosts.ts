// Which names of hosts this node's plan needs, who is behind each, and whether anybody there is silent.
import type { PeerActivity, PublicKey, WireguardPeer } from '../model/index.ts'
import { endpointHosts, legsOf, type Plan } from '../planner/index.ts'
import type { NeededHost } from './host-names.ts'
import type { PeerWatch } from './peer-activity.ts'

/** A session is renewed after 120 s, where something is sent (REKEY_AFTER_TIME of WireGuard); and a renewal takes a while. */
const FRESH_SECONDS = 150
/** Handshakes are tried every 5 s (REKEY_TIMEOUT), and what was sent is read every 5 s. */
const SENT_LATELY_MS = 15_000

export type NeededHosts = (input: {
  readonly plan: Plan
  /** Of the plan that stands. */
  readonly peers: () => readonly WireguardPeer[]
  readonly activityOf: PeerWatch['activityOf']
  /** Milliseconds since 1970. */
  readonly now: number
}) => readonly NeededHost[]

export function createNeededHosts(ownName: string): NeededHosts {
  let behind: ReadonlyMap<string, Behind> = new Map()
  let behindOf: Plan | undefined
  const waits = createWaits()
  return ({ plan, peers, activityOf, now }) => {
    if (plan !== behindOf) behind = behindNames(plan, ownName)
    behindOf = plan
    if (behind.size === 0) return []
    const silent = new Set(peers().flatMap((peer) => (waits(activityOf(peer), now) ? [peer.publicKey] : [])))
    return [...behind].map(([name, { nodes, keys }]) => ({
      name,
      nodes,
      isSilent: keys.some((key) => silent.has(key)),
    }))
  }
}

type Behind = { readonly nodes: string[]; readonly keys: PublicKey[] }

function behindNames(plan: Plan, ownName: string): ReadonlyMap<string, Behind> {
  const names = new Map<string, Behind>(endpointHosts(plan, ownName).map((name) => [name, { nodes: [], keys: [] }]))
  const own = names.size === 0 ? undefined : plan.nodeNamed(ownName)
  for (const { gateway } of own === undefined ? [] : legsOf(plan, own)) {
    const behind = names.get(String(gateway.node.endpoint?.host))
    behind?.nodes.push(gateway.node.name)
    behind?.keys.push(gateway.publicKey)
  }
  return names
}

/**
 * Whether we wait for an answer of a peer. One that had a session, and to which nothing was sent for a while, is idle: two nodes
 * with endpoints and nothing to say let their sessions go.
 */
function createWaits(): (activity: PeerActivity | undefined, now: number) => boolean {
  const sent = new Map<string, { readonly bytes: number; readonly at: number }>()
  return (activity, now) => {
    if (activity === undefined || activity.lastHandshake === 0) return true
    const key = `${activity.link} ${activity.publicKey}`
    const before = sent.get(key)
    const last = before?.bytes === activity.sentBytes ? before : { bytes: activity.sentBytes, at: now }
    sent.set(key, last)
    return now - last.at < SENT_LATELY_MS && now / 1000 - activity.lastHandshake > FRESH_SECONDS
  }
}
