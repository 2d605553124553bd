// Routes to what other sites own: a gateway sends it into its tunnels, everybody else to the gateways of the own site over its fabric.
import {
  type Because,
  type Entry,
  type Family,
  type Liveness,
  NEXT_HOP_ID,
  nextHopGroup,
  type RouteTarget,
} from '../model/index.ts'
import { ownedElsewhere } from './elsewhere.ts'
import { bareTarget, fabricRoute, isEncapsulated } from './fabric.ts'
import { ipipTarget } from './ipip.ts'
import { type KeptRoutes, keepRoutes } from './kept-routes.ts'
import { carriersTo, hasLiveLeg, type Leg, legsTo } from './legs.ts'
import { type AliveTest, aliveOrAll, aliveTest } from './liveness.ts'
import { replace } from './memo.ts'
import { nextHopIds } from './next-hop-ids.ts'
import type { OwnedPrefix } from './owned-prefix.ts'
import type { Plan } from './plan.ts'
import { reasons } from './reasons.ts'
import type { PlannedNode, PlannedSite } from './site.ts'
import { planTunnelRoutes } from './tunnels.ts'
import { vxlanHopId } from './vxlan.ts'

export function planFarRoutes(
  plan: Plan,
  site: PlannedSite,
  planned: PlannedNode,
  nic: string,
  liveness: Liveness | undefined,
): readonly (readonly Entry[])[] {
  const isAlive = aliveTest(plan.isKeyMissing, liveness)
  if (!planned.isGateway) {
    const far = [...plan.sites.values()].filter((one) => one !== site)
    return planThroughFabric({ plan, site, planned, nic, isAlive, isShared: liveness === undefined }, far)
  }
  const parts: (readonly Entry[])[] = []
  const others: PlannedSite[] = []
  for (const far of plan.sites.values()) {
    if (far === site) continue
    const legs = legsTo(plan, site, planned, far)
    const inUse = legsInUse(plan, site, planned, far, legs, isAlive)
    if (inUse.length > 0) parts.push(...planTunnelRoutes(plan, site, far, legs, inUse))
    else others.push(far)
  }
  return [...parts, ...planThroughFabric({ plan, site, planned, nic, isAlive, isShared: false }, others)]
}

/**
 * The tunnels that a gateway uses to a far site: those alive. None: a fellow gateway has a live one, and takes over what this
 * node itself sends (what others send through it is not sent back, see the filter).
 */
function legsInUse(
  plan: Plan,
  site: PlannedSite,
  planned: PlannedNode,
  far: PlannedSite,
  legs: readonly Leg[],
  isAlive: AliveTest | undefined,
): readonly Leg[] {
  if (isAlive === undefined) return legs
  const alive = legs.filter((leg) => isAlive(planned, leg.gateway))
  if (alive.length > 0) return alive
  const hasHelp = site.gateways.some(
    (fellow) => fellow !== planned && isAlive(planned, fellow) && hasLiveLeg(plan, site, fellow, far, isAlive),
  )
  return hasHelp ? [] : legs
}

type Member = {
  readonly plan: Plan
  readonly site: PlannedSite
  readonly planned: PlannedNode
  readonly nic: string
  readonly isAlive: AliveTest | undefined
  /** What is planned holds for all fellow members that take the same way. */
  readonly isShared: boolean
}

/** Far sites that are reached alike. */
type Way = {
  /** All gateways of the own site that could be taken; they name the way, so that it outlives them. */
  readonly carriers: readonly PlannedNode[]
  readonly taken: readonly PlannedNode[]
  readonly sites: readonly PlannedSite[]
}

function planThroughFabric(member: Member, sites: readonly PlannedSite[]): readonly (readonly Entry[])[] {
  const { plan, site, planned, nic, isShared } = member
  const ways =
    member.isAlive === undefined && isShared
      ? plan.shared(`ways of ${site.name}`, () => waysOf(member, sites))
      : waysOf(member, sites)
  const groupIds = nextHopIds(NEXT_HOP_ID.gateways, [...ways.keys()].sort())
  return [...ways].map(([key, way]) => {
    // One in the own subnet needs no encapsulation: without need nobody pays for it.
    const bare = way.taken.filter((gateway) => !isEncapsulated(site, planned, gateway))
    const taken = bare.length > 0 ? bare : way.taken
    const groupId = groupIds.get(key) ?? NEXT_HOP_ID.gateways
    const make = () => planWay({ ...way, plan, site, taken, nic, isBare: bare.length > 0, isShared, key, groupId })
    if (!isShared) return make()
    return plan.shared(`far of ${site.name} over ${nic} by ${key} as ${namesOf(taken)} ${bare.length > 0}`, make)
  })
}

function waysOf({ plan, site, planned, isAlive }: Member, sites: readonly PlannedSite[]): ReadonlyMap<string, Way> {
  const ways = new Map<string, Way & { readonly sites: PlannedSite[] }>()
  for (const far of sites) {
    const carriers = carriersTo(plan, site, far).filter((gateway) => gateway !== planned)
    if (carriers.length === 0) continue
    const near = aliveOrAll(carriers, isAlive && ((gateway) => isAlive(planned, gateway)))
    const taken = aliveOrAll(near, isAlive && ((gateway) => hasLiveLeg(plan, site, gateway, far, isAlive)))
    // Where a gateway lives but has lost this one site, that site gets a group of its own.
    const key = taken.length === near.length ? namesOf(carriers) : `${namesOf(carriers)} by ${namesOf(taken)}`
    const way = ways.get(key)
    if (way === undefined) ways.set(key, { carriers, taken, sites: [far] })
    else way.sites.push(far)
  }
  return ways
}

const namesOf = (nodes: readonly PlannedNode[]): string => nodes.map(({ node }) => node.name).join(', ')

type WayInput = {
  readonly plan: Plan
  readonly site: PlannedSite
  readonly carriers: readonly PlannedNode[]
  readonly taken: readonly PlannedNode[]
  readonly sites: readonly PlannedSite[]
  readonly nic: string
  readonly isBare: boolean
  /** What is made is worth keeping for the next plan. */
  readonly isShared: boolean
  readonly key: string
  readonly groupId: number
}

function planWay(input: WayInput): readonly Entry[] {
  const { plan, site, carriers, taken, sites, nic, isBare, isShared, key, groupId } = input
  const who = carriers.length === 1 ? 'the gateway' : 'the gateways'
  const way: Because = {
    resource: `Node/${carriers[0]?.node.name}`,
    rule: `elsewhere: through ${namesOf(carriers)}, ${who} of site ${site.name}, ${isBare && site.fabric.kind !== 'direct' ? 'bare' : `over ${site.fabric.kind}`}`,
  }
  const group = isBare ? undefined : groupOf(site, taken, groupId, way)
  const targetIn = (family: Family): RouteTarget | undefined =>
    group?.target ?? (isBare ? bareTarget(taken, family, nic) : ipipTarget(taken, family))
  const targets = { 4: targetIn(4), 6: targetIn(6) }
  const stamp = JSON.stringify([way.rule, namesOf(taken), isBare, nic, groupId])
  const make = ({ prefix, because }: OwnedPrefix): Entry | undefined => {
    const target = targets[prefix.family]
    return target && fabricRoute(prefix, target, reasons(way, because))
  }
  const owned = ownedElsewhere(plan, site, sites)
  const keep = (previous: KeptRoutes | undefined) => keepRoutes(stamp, owned, make, previous)
  const kept = isShared ? replace(site, `far by ${key}`, keep) : keep(undefined)
  const routes = kept.routes.filter((entry) => entry !== undefined)
  return group && routes.length > 0 ? [group.entry, ...routes] : routes
}

/** Gateways as one group, so that another gateway means another group and the same routes. */
function groupOf(
  site: PlannedSite,
  gateways: readonly PlannedNode[],
  id: number,
  because: Because,
): { readonly target: RouteTarget; readonly entry: Entry } | undefined {
  if (site.fabric.kind !== 'vxlan' && site.fabric.kind !== 'wireguard') return undefined
  const members = gateways
    .map((gateway) => (site.fabric.kind === 'vxlan' ? vxlanHopId(site, gateway) : NEXT_HOP_ID.fabric + gateway.slot))
    .sort((a, b) => a - b)
  return { target: { kind: 'next-hop-object', id }, entry: nextHopGroup({ id, members, because: [because] }) }
}
