// What an agent says of itself: the JSON of GET /status.
import { formatAddress, type Liveness, type LocalPod } from '../model/index.ts'
import { type DeviceStatuses, describeDevices } from './device-status.ts'
import type { Drift } from './drift-history.ts'
import type { StandingFailure } from './failure-backoff.ts'
import type { HostFinding } from './host-check.ts'
import type { HostNameState } from './host-names.ts'
import { describeLan, type LanStatus } from './lan-status.ts'
import type { NodePlan } from './node-plan.ts'
import type { PeerWatch } from './peer-activity.ts'
import type { PeerDirectory } from './peer-directory.ts'
import type { Readiness } from './readiness.ts'
import type { ReconcileReport } from './reconciler.ts'
import type { StoreCondition } from './world-source.ts'

/** Times are milliseconds since 1970. */
export type AgentStatus = DeviceStatuses & {
  readonly node: string
  readonly site?: string
  readonly role: 'gateway' | 'member' | 'unknown'
  /** Of a gateway. */
  readonly slot?: number
  readonly publicKey: string
  readonly wireguard: 'kernel' | 'wireguard-go'
  readonly startedAt: number
  readonly ready: Readiness
  readonly world: { readonly source: 'none' | 'snapshot' | 'store'; readonly revision?: string; readonly nodes: number }
  readonly store: StoreCondition & { readonly since: number }
  readonly underlay?: {
    readonly link: string
    readonly mtuBytes?: number
    /** Where it is another. */
    readonly ipv6MtuBytes?: number
  }
  /** Where the node's private addresses are on none of its links. */
  readonly missingUnderlay?: { readonly privateAddresses: readonly string[]; readonly found: readonly string[] }
  readonly lan?: LanStatus
  /** Left out: everybody is taken for alive. */
  readonly liveness?: Liveness & { readonly source: 'by hand' }
  /** Endpoints that are names. */
  readonly hostNames: readonly HostNameStatus[]
  readonly drift: { readonly total: number; readonly latest: readonly Drift[] }
  readonly failures: readonly StandingFailure[]
  readonly error?: string
  readonly pods: readonly PodStatus[]
  /** Why none can be added or deleted. */
  readonly podsError?: string
  readonly findings: readonly HostFinding[]
  readonly issues: readonly { readonly severity: string; readonly message: string }[]
}

export type HostNameStatus = Omit<HostNameState, 'addresses'> & { readonly addresses: readonly string[] }

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
  readonly liveness: Liveness | undefined
  readonly hostNames: readonly HostNameState[]
  readonly pods: readonly LocalPod[]
  readonly podsError: string | undefined
  readonly now: number
}

export function describeAgent(input: AgentStatusInput): AgentStatus {
  const { report, nodePlan, peers, directory, liveness, hostNames, pods, podsError, now, ...rest } = input
  const missing = new Set(nodePlan.localView()?.podsWithoutLink.map(({ link }) => link))
  return {
    ...rest,
    ...describePlace(nodePlan, input.node),
    ...describeDevices({
      state: report.state,
      activityOf: peers.activityOf,
      nameOf: (key) => directory?.nameOf(key),
      isAlive: (name) => isAlive(liveness, input.node, name),
      now,
    }),
    ...(liveness && { liveness: { ...liveness, source: 'by hand' } }),
    hostNames: hostNames.map((host) => ({ ...host, addresses: host.addresses.map(formatAddress) })),
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
    ...(podsError !== undefined && { podsError }),
    issues: nodePlan.plan()?.issues ?? [],
  }
}

type Place = Pick<AgentStatus, 'site' | 'role' | 'slot' | 'underlay' | 'missingUnderlay' | 'lan'>

/** Where the node stands in the network, and on what. */
function describePlace({ plan: planOf, localView }: NodePlan, name: string): Place {
  const plan = planOf()
  const planned = plan?.nodeNamed(name)
  if (plan === undefined || planned === undefined) return { role: 'unknown' }
  const { node, siteName, isGateway, slot } = planned
  const view = localView()
  const underlay = view?.local.underlay
  const { underlayMtuBytes: mtuBytes, underlayIpv6MtuBytes: ipv6MtuBytes, addressesInstead } = view ?? {}
  const lan = describeLan(plan.network, node, plan.mtus.podBytes)
  return {
    site: siteName,
    role: isGateway ? 'gateway' : 'member',
    ...(isGateway && { slot }),
    ...(underlay && {
      underlay: {
        link: underlay.link,
        ...(mtuBytes !== undefined && { mtuBytes }),
        ...(ipv6MtuBytes !== undefined && { ipv6MtuBytes }),
      },
    }),
    ...(addressesInstead && {
      missingUnderlay: {
        privateAddresses: node.privateAddresses.map(({ address }) => formatAddress(address)),
        found: addressesInstead,
      },
    }),
    ...(lan && { lan }),
  }
}

const isAlive = (liveness: Liveness | undefined, own: string, far: string): boolean =>
  liveness === undefined ||
  !(
    [own, far].some((name) => liveness.deadNodes.includes(name)) ||
    liveness.deadLegs.some((leg) => leg.includes(own) && leg.includes(far))
  )
