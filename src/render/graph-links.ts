import { siteNames, sitesBehindNat, type Topology } from './topology.ts'

/** Between two sites, by name: all their tunnels, opened by `from` where only one side can; or how they meet without any. */
export type GraphLink = { readonly from: string; readonly to: string } & (
  | { readonly kind: 'tunnels'; readonly count: number; readonly opener: 'from' | 'either' }
  | { readonly kind: 'relay'; readonly through: string }
)

/** One for each pair of sites that meet. */
export function linksOf(topology: Topology): GraphLink[] {
  const { tunnels, relays } = topology
  const siteOf = siteNames(topology)
  const hidden = sitesBehindNat(topology)
  const pairs = new Map<string, { readonly from: string; readonly to: string; count: number }>()
  for (const tunnel of tunnels) {
    const [one, other] = [siteOf.get(tunnel.from), siteOf.get(tunnel.to)]
    if (one === undefined || other === undefined) continue
    // The side that opens first, else the name that comes first.
    const isTurned = hidden.has(one) === hidden.has(other) ? other < one : hidden.has(other)
    const [from, to] = isTurned ? [other, one] : [one, other]
    const pair = pairs.get(`${from} ${to}`) ?? { from, to, count: 0 }
    pair.count += 1
    pairs.set(`${from} ${to}`, pair)
  }
  return [
    ...[...pairs.values()].map(({ from, to, count }) => {
      const opener = hidden.has(from) ? 'from' : 'either'
      return { kind: 'tunnels', from, to, count, opener } as const
    }),
    ...relays.map(({ sites: [from, to], through }) => ({ kind: 'relay', from, to, through }) as const),
  ]
}
