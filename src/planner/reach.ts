// Who can open a session to whom, and through which site two sites meet that cannot do so themselves.
import type { Family } from '../model/index.ts'
import type { Plan } from './plan.ts'
import type { PlannedNode, PlannedSite } from './site.ts'

/** One bit a family, so that sites are compared by a single operation. */
const BIT: Readonly<Record<Family, number>> = { 4: 1, 6: 2 }
const EITHER = BIT[4] | BIT[6]

/** Families in which a node sends. */
function speaks({ node }: PlannedNode): number {
  let bits = 0
  for (const { address } of node.privateAddresses) bits |= BIT[address.family]
  return bits || EITHER
}

/** Families in which a node is reached from outside; a name may have addresses of both. 0: behind NAT. */
function listens({ node }: PlannedNode): number {
  if (node.endpoint === undefined) return 0
  return typeof node.endpoint.host === 'string' ? EITHER : BIT[node.endpoint.host.family]
}

export const canReach = (from: PlannedNode, to: PlannedNode): boolean => (speaks(from) & listens(to)) !== 0

/** One end at least must be reachable from outside. */
export const canMeet = (a: PlannedNode, b: PlannedNode): boolean => canReach(a, b) || canReach(b, a)

/** Families, as bits, in which some gateway of a site sends, and in which some is reached from outside. */
export type SiteReach = { readonly speaks: number; readonly listens: number }

export function reachOf(gateways: readonly PlannedNode[]): SiteReach {
  const all = { speaks: 0, listens: 0 }
  for (const gateway of gateways) {
    all.speaks |= speaks(gateway)
    all.listens |= listens(gateway)
  }
  return all
}

/** Some gateway of the one meets some gateway of the other. */
export const canSitesMeet = ({ reach: one }: PlannedSite, { reach: other }: PlannedSite): boolean =>
  ((one.speaks & other.listens) | (other.speaks & one.listens)) !== 0

/** The site to which a packet for another goes first: that one, a relay, or none that would do. */
export function nextSiteOf(plan: Plan, from: PlannedSite, to: PlannedSite): PlannedSite | undefined {
  if (canSitesMeet(from, to)) return to
  if (from.gateways.length === 0 || to.gateways.length === 0) return undefined
  return relays(plan).find(
    (relay) => relay !== from && relay !== to && canSitesMeet(from, relay) && canSitesMeet(relay, to),
  )
}

/**
 * Sites that can be reached from outside, the best relay first: one whose gateway is preferred, then one with more gateways.
 * All that need a relay take the first that they both reach, so that few are on the way of strangers.
 */
const relays = (plan: Plan): readonly PlannedSite[] =>
  plan.shared('relays', () =>
    [...plan.sites.values()]
      .filter(({ reach }) => reach.listens !== 0)
      .map((site) => {
        const open = site.gateways.filter((gateway) => listens(gateway) !== 0)
        return { site, preferred: open.filter(({ node }) => node.gateway === 'prefer').length, open: open.length }
      })
      .sort((a, b) => b.preferred - a.preferred || b.open - a.open || (a.site.name < b.site.name ? -1 : 1))
      .map(({ site }) => site),
  )

export type Relayed = { readonly sites: readonly [PlannedSite, PlannedSite]; readonly through: PlannedSite | undefined }

/** Pairs of sites that cannot meet by themselves, and the relay where there is one. */
export const relayedPairs = (plan: Plan): readonly Relayed[] =>
  plan.shared('relayed pairs', () => {
    // Sites of the same reach meet the same others: a handful of classes, whatever the number of sites.
    const classes = [
      ...Map.groupBy(
        [...plan.sites.values()].filter(({ gateways }) => gateways.length > 0),
        ({ reach }) => reach.speaks * 4 + reach.listens,
      ).values(),
    ]
    const pairs: (readonly [PlannedSite, PlannedSite])[] = []
    for (const [index, one] of classes.entries())
      for (const other of classes.slice(index)) {
        const [from, to] = [one[0], other === one ? one[1] : other[0]]
        if (from === undefined || to === undefined || canSitesMeet(from, to)) continue
        for (const [at, a] of one.entries())
          for (const b of other === one ? one.slice(at + 1) : other) pairs.push(a.name < b.name ? [a, b] : [b, a])
      }
    return pairs
      .sort(([a, b], [c, d]) => (a === c ? (b.name < d.name ? -1 : 1) : a.name < c.name ? -1 : 1))
      .map(([from, to]): Relayed => ({ sites: [from, to], through: nextSiteOf(plan, from, to) }))
  })

const NO_RELAYS: ReadonlyMap<string, readonly PlannedSite[]> = new Map()

/** Far sites that the gateways of a site reach through a relay, by the relay's name. */
export const relayedThrough = (plan: Plan, from: PlannedSite): ReadonlyMap<string, readonly PlannedSite[]> =>
  relayedPairs(plan).length === 0
    ? NO_RELAYS
    : plan.shared(`relayed from ${from.name}`, () => {
        const through = new Map<string, PlannedSite[]>()
        for (const { sites, through: relay } of relayedPairs(plan)) {
          if (relay === undefined || !sites.includes(from)) continue
          const far = sites[0] === from ? sites[1] : sites[0]
          const list = through.get(relay.name)
          if (list === undefined) through.set(relay.name, [far])
          else list.push(far)
        }
        return through
      })
