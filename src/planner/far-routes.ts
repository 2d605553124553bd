// Routes to what other sites own: a gateway sends it into its tunnels, everybody else to the gateways of the own site over its fabric.
import { type Because, type Entry, type Liveness, NEXT_HOP_ID, nextHopGroup, type RouteTarget } from '../model/index.ts'
import { acceptableFrom } from './acceptable.ts'
import { bareTarget, fabricRoute, isEncapsulated } from './fabric.ts'
import { ipipTarget } from './ipip.ts'
import { carriersTo, hasLiveLeg, type Leg, legsTo } from './legs.ts'
import { aliveOrAll, isAlive } from './liveness.ts'
import { nextHopIds } from './next-hop-ids.ts'
import { mergeAll, ownedBySite } from './owned-prefix.ts'
import type { Plan } from './plan.ts'
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
  const parts: (readonly Entry[])[] = []
  const others: PlannedSite[] = []
  if (!planned.isGateway)
    return planThroughFabric(plan, site, planned, nic, membersWays(plan, site, liveness), liveness)
  for (const far of plan.sites.values()) {
    if (far === site) continue
    const legs = legsTo(plan, site, planned, far)
    const inUse = legsInUse(plan, site, planned, far, legs, liveness)
    if (inUse.length > 0) parts.push(...planTunnelRoutes(plan, site, far, legs, inUse))
    else others.push(far)
  }
  const ways = waysOf(others, (far) => carriersTo(plan, site, far, liveness).filter((one) => one !== planned))
  return [...parts, ...planThroughFabric(plan, site, planned, nic, ways, liveness)]
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
  liveness: Liveness | undefined,
): readonly Leg[] {
  if (liveness === undefined) return legs
  const alive = legs.filter((leg) => isAlive(liveness, planned, leg.gateway))
  if (alive.length > 0) return alive
  const hasHelp = site.gateways.some(
    (fellow) =>
      fellow !== planned && isAlive(liveness, planned, fellow) && hasLiveLeg(plan, site, fellow, far, liveness),
  )
  return hasHelp ? [] : legs
}

/** Far sites by the gateways of the own site through which they are reached. */
type Way = { readonly carriers: readonly PlannedNode[]; readonly sites: readonly PlannedSite[] }
type Ways = ReadonlyMap<string, Way>

const membersWays = (plan: Plan, site: PlannedSite, liveness: Liveness | undefined): Ways => {
  const others = () => [...plan.sites.values()].filter((far) => far !== site)
  const make = () => waysOf(others(), (far) => carriersTo(plan, site, far, liveness))
  return liveness === undefined ? plan.shared(`ways of ${site.name}`, make) : make()
}

function waysOf(sites: readonly PlannedSite[], carriersOf: (far: PlannedSite) => readonly PlannedNode[]): Ways {
  const ways = new Map<string, { carriers: readonly PlannedNode[]; sites: PlannedSite[] }>()
  for (const far of sites) {
    const carriers = carriersOf(far)
    if (carriers.length === 0) continue
    const key = namesOf(carriers)
    const way = ways.get(key)
    if (way === undefined) ways.set(key, { carriers, sites: [far] })
    else way.sites.push(far)
  }
  return ways
}

const namesOf = (nodes: readonly PlannedNode[]): string => nodes.map(({ node }) => node.name).join(', ')

function planThroughFabric(
  plan: Plan,
  site: PlannedSite,
  planned: PlannedNode,
  nic: string,
  ways: Ways,
  liveness: Liveness | undefined,
): readonly (readonly Entry[])[] {
  const groupIds = nextHopIds(NEXT_HOP_ID.gateways, [...ways.keys()].sort())
  return [...ways].map(([key, { carriers, sites }]) => {
    const inUse = aliveOrAll(carriers, (gateway) => isAlive(liveness, planned, gateway))
    // One in the own subnet needs no encapsulation: without need nobody pays for it.
    const bare = inUse.filter((gateway) => !isEncapsulated(site, planned, gateway))
    const taken = bare.length > 0 ? bare : inUse
    const make = () =>
      planWay({
        site,
        carriers,
        taken,
        sites,
        nic,
        isBare: bare.length > 0,
        groupId: groupIds.get(key) ?? NEXT_HOP_ID.gateways,
      })
    const isUsual = liveness === undefined && !planned.isGateway
    return isUsual
      ? plan.shared(`far of ${site.name} over ${nic} by ${key} as ${namesOf(taken)} ${bare.length > 0}`, make)
      : make()
  })
}

type WayInput = {
  readonly site: PlannedSite
  readonly carriers: readonly PlannedNode[]
  readonly taken: readonly PlannedNode[]
  readonly sites: readonly PlannedSite[]
  readonly nic: string
  readonly isBare: boolean
  readonly groupId: number
}

function planWay({ site, carriers, taken, sites, nic, isBare, groupId }: WayInput): readonly Entry[] {
  const who = carriers.length === 1 ? 'the gateway' : 'the gateways'
  const way: Because = {
    resource: `Node/${carriers[0]?.node.name}`,
    rule: `elsewhere: through ${namesOf(carriers)}, ${who} of site ${site.name}, ${isBare && site.fabric.kind !== 'direct' ? 'bare' : `over ${site.fabric.kind}`}`,
  }
  const owned = mergeAll(sites.map((far) => acceptableFrom(site, far) ?? ownedBySite(far)))
  const group = isBare ? undefined : groupOf(site, taken, groupId, way)
  const routes = owned.flatMap(({ prefix, because }) => {
    const target = group?.target ?? (isBare ? bareTarget(taken, prefix.family, nic) : ipipTarget(taken, prefix.family))
    return target ? [fabricRoute(prefix, target, [way, ...because])] : []
  })
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
