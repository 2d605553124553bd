// Which machines a packet goes through from node to node, as the plan would have it: gateways, legs, relays. Several next hops share
// flows evenly. The one place that knows the way; a walk through the planned routes themselves can stand in for it.
import {
  carriersTo,
  isEncapsulated,
  legsTo,
  type Plan,
  type PlannedNode,
  type PlannedSite,
} from '../../planner/index.ts'
import { type Fraction, fraction, ONE, plus, times, ZERO } from './fraction.ts'

export type Hop = {
  readonly from: PlannedNode
  readonly to: PlannedNode
  /** `tunnel`: between sites, over the public network. `bare`: the private network, as it is. */
  readonly over: 'tunnel' | 'bare' | 'vxlan' | 'ipip' | 'wireguard'
  /** Of all that is sent. */
  readonly share: Fraction
}

export type Path = {
  readonly hops: readonly Hop[]
  /** The share for which there is no way. */
  readonly lost: Fraction
}

/** Throws where the plan has no node of the name. */
export function pathOf(plan: Plan, from: string, to: string): Path {
  const [source, target] = [nodeNamed(plan, from), nodeNamed(plan, to)]
  const hops: Hop[] = []
  const lost: Fraction[] = []
  forward(plan, { at: source, target, share: ONE, isFromFabric: false }, hops, lost)
  return { hops, lost: lost.reduce(plus, ZERO) }
}

type Packet = {
  readonly at: PlannedNode
  readonly target: PlannedNode
  readonly share: Fraction
  /** What came over the fabric is not sent back into it for another site. */
  readonly isFromFabric: boolean
}

function forward(plan: Plan, packet: Packet, hops: Hop[], lost: Fraction[]): void {
  const { at, target, share, isFromFabric } = packet
  if (at === target) return
  const site = siteNamed(plan, at.siteName)
  if (at.siteName === target.siteName) {
    hops.push({ from: at, to: target, over: overFabric(site, at, target), share })
    return
  }
  const far = siteNamed(plan, target.siteName)
  const legs = at.isGateway ? legsTo(plan, site, at, far).map(({ gateway }) => gateway) : []
  const next = legs.length > 0 || isFromFabric ? legs : helpersOf(plan, site, at, far)
  if (next.length === 0) lost.push(share)
  const part = times(share, fraction(1n, BigInt(next.length || 1)))
  for (const to of next) {
    const isTunnel = legs.length > 0
    hops.push({ from: at, to, over: isTunnel ? 'tunnel' : overFabric(site, at, to), share: part })
    forward(plan, { at: to, target, share: part, isFromFabric: !isTunnel }, hops, lost)
  }
}

/** The gateways of the own site that carry it: those in the own subnet, where there are any, as they cost no encapsulation. */
function helpersOf(plan: Plan, site: PlannedSite, at: PlannedNode, far: PlannedSite): readonly PlannedNode[] {
  const carriers = carriersTo(plan, site, far).filter((gateway) => gateway !== at)
  const bare = carriers.filter((gateway) => !isEncapsulated(site, at, gateway))
  return bare.length > 0 ? bare : carriers
}

function overFabric(site: PlannedSite, from: PlannedNode, to: PlannedNode): Hop['over'] {
  const { kind } = site.fabric
  return kind === 'direct' || kind === 'none' || !isEncapsulated(site, from, to) ? 'bare' : kind
}

function nodeNamed(plan: Plan, name: string): PlannedNode {
  const planned = plan.nodes.get(name)
  if (planned === undefined) throw new Error(`cannot find a way for node ${name}: the plan has no node of this name`)
  return planned
}

function siteNamed(plan: Plan, name: string): PlannedSite {
  const site = plan.sites.get(name)
  if (site === undefined) throw new Error(`cannot find a way through site ${name}: the plan has no site of this name`)
  return site
}
