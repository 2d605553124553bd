// What an agent says of itself: the JSON of GET /status.
import {
  type Address,
  entriesOf,
  formatAddress,
  formatEndpoint,
  formatPrefix,
  type Link,
  type LocalPod,
  type NodeState,
  routeValue,
  type WireguardDevice,
  type WireguardPeer,
} from '../model/index.ts'
import { isGateway } from '../planner/index.ts'
import type { Drift } from './drift-history.ts'
import type { StandingFailure } from './failure-backoff.ts'
import type { HostFinding } from './host-check.ts'
import type { NodePlan } from './node-plan.ts'
import type { PeerWatch } from './peer-activity.ts'
import type { PeerDirectory } from './peer-directory.ts'
import type { Readiness } from './readiness.ts'
import type { ReconcileReport } from './reconciler.ts'
import type { StoreCondition } from './world-source.ts'

/** Times are milliseconds since 1970. */
export type AgentStatus = {
  readonly node: string
  readonly site?: string
  readonly role: 'gateway' | 'member' | 'unknown'
  readonly publicKey: string
  readonly wireguard: 'kernel' | 'wireguard-go'
  readonly startedAt: number
  readonly ready: Readiness
  readonly world: { readonly source: 'none' | 'snapshot' | 'store'; readonly revision?: string; readonly nodes: number }
  readonly store: StoreCondition & { readonly since: number }
  readonly underlay?: { readonly link: string; readonly mtuBytes?: number }
  readonly devices: readonly DeviceStatus[]
  readonly peers: readonly PeerStatus[]
  readonly routes: readonly { readonly table: number; readonly to: string; readonly target: string }[]
  readonly drift: { readonly total: number; readonly latest: readonly Drift[] }
  readonly failures: readonly StandingFailure[]
  readonly error?: string
  readonly pods: readonly PodStatus[]
  readonly findings: readonly HostFinding[]
  readonly issues: readonly { readonly severity: string; readonly message: string }[]
}

export type DeviceStatus = {
  readonly name: string
  readonly kind: Link['type']['kind']
  readonly mtuBytes: number
  readonly addresses: readonly string[]
  readonly listenPort?: number
}

export type PeerStatus = {
  /** `?`: no node of the world has this key. */
  readonly node: string
  readonly publicKey: string
  readonly link: string
  /** Where it is now; left out: nobody knows. */
  readonly endpoint?: string
  /** Left out: never. */
  readonly secondsSinceHandshake?: number
  readonly receivedBytes: number
  readonly sentBytes: number
  readonly allowedIps: readonly string[]
}

export type PodStatus = {
  readonly name?: string
  readonly containerId: string
  readonly link: string
  readonly addresses: readonly string[]
  /** False: its addresses are taken, and its link is not there. */
  readonly hasLink: boolean
}

export type AgentStatusInput = Pick<
  AgentStatus,
  'publicKey' | 'wireguard' | 'startedAt' | 'ready' | 'world' | 'store' | 'findings' | 'node'
> & {
  readonly report: ReconcileReport
  readonly nodePlan: NodePlan
  readonly peers: PeerWatch
  readonly directory: PeerDirectory | undefined
  readonly pods: readonly LocalPod[]
  readonly now: number
}

export function describeAgent(input: AgentStatusInput): AgentStatus {
  const { report, nodePlan, peers, directory, pods, now, ...rest } = input
  const plan = nodePlan.plan()
  const planned = plan?.nodes.get(input.node)
  const view = nodePlan.localView()
  const entries = entriesByKind(report.state)
  const missing = new Set(view?.podsWithoutLink.map(({ link }) => link))
  return {
    ...rest,
    ...(planned && { site: planned.siteName }),
    role: plan === undefined || planned === undefined ? 'unknown' : isGateway(plan, planned) ? 'gateway' : 'member',
    ...(view?.local.underlay && {
      underlay: {
        link: view.local.underlay.link,
        ...(view.underlayMtuBytes !== undefined && { mtuBytes: view.underlayMtuBytes }),
      },
    }),
    devices: entries.links.map((link) => describeDevice(link, entries)),
    peers: entries.peers.map((peer) => describePeer(peer, peers, directory, now)),
    routes: entries.routes,
    drift: { total: report.drift.total(), latest: report.drift.latest() },
    failures: report.failures,
    ...(report.error !== undefined && { error: report.error }),
    pods: pods.map(({ name, containerId, link, addresses }) => ({
      ...(name !== undefined && { name }),
      containerId,
      link,
      addresses: addresses.map(formatAddress),
      hasLink: !missing.has(link),
    })),
    issues: plan?.issues ?? [],
  }
}

type EntriesByKind = {
  readonly links: readonly Link[]
  readonly devices: ReadonlyMap<string, WireguardDevice>
  readonly addresses: ReadonlyMap<string, readonly Address[]>
  readonly peers: readonly WireguardPeer[]
  readonly routes: AgentStatus['routes']
}

function entriesByKind(state: NodeState | undefined): EntriesByKind {
  const links: Link[] = []
  const devices = new Map<string, WireguardDevice>()
  const addresses = new Map<string, Address[]>()
  const peers: WireguardPeer[] = []
  const routes: AgentStatus['routes'][number][] = []
  for (const entry of state === undefined ? [] : entriesOf(state)) {
    if (entry.kind === 'link' && entry.type.kind !== 'veth') links.push(entry)
    if (entry.kind === 'wireguard-device') devices.set(entry.link, entry)
    if (entry.kind === 'address') addresses.set(entry.link, [...(addresses.get(entry.link) ?? []), entry.address])
    if (entry.kind === 'wireguard-peer') peers.push(entry)
    if (entry.kind === 'route')
      routes.push({ table: entry.table, to: formatPrefix(entry.to), target: routeValue(entry) })
  }
  return { links, devices, addresses, peers, routes }
}

function describeDevice({ name, type, mtuBytes }: Link, { devices, addresses }: EntriesByKind): DeviceStatus {
  const device = devices.get(name)
  return {
    name,
    kind: type.kind,
    mtuBytes,
    addresses: (addresses.get(name) ?? []).map(formatAddress),
    ...(device && { listenPort: device.listenPort }),
  }
}

function describePeer(
  peer: WireguardPeer,
  peers: PeerWatch,
  directory: PeerDirectory | undefined,
  now: number,
): PeerStatus {
  const { link, publicKey, endpoint, allowedIps } = peer
  const activity = peers.activityOf(peer)
  const at = activity?.endpoint ?? endpoint
  return {
    node: directory?.nameOf(publicKey) ?? '?',
    publicKey,
    link,
    ...(at && { endpoint: formatEndpoint(at) }),
    ...(activity &&
      activity.lastHandshake > 0 && {
        secondsSinceHandshake: Math.max(0, Math.round(now / 1000 - activity.lastHandshake)),
      }),
    receivedBytes: activity?.receivedBytes ?? 0,
    sentBytes: activity?.sentBytes ?? 0,
    allowedIps: allowedIps.map(formatPrefix),
  }
}
