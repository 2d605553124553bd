// The packet filter: stops what would leak or bounce, leaves transit untracked, and translates what comes from outside.
import {
  type Because,
  type Family,
  FILTER_TABLE,
  type FilterChain,
  type FilterCondition,
  type FilterRule,
  type FilterSet,
  type FilterTable,
  filterTable,
  LINK_PREFIX,
  POD_LINK_PREFIX,
} from '../model/index.ts'
import { fabricLinks } from './fabric.ts'
import { hasPodsBesides, nearOf, planSets } from './filter-sets.ts'
import { gatewayAddressesOf } from './gateway-address.ts'
import { memo, replace } from './memo.ts'
import type { Plan } from './plan.ts'
import { networkBecause, rangeField } from './ranges.ts'
import type { PlannedNode, PlannedSite } from './site.ts'
import type { Throw } from './throws.ts'

/** Packets that kube-proxy wants masqueraded carry this bit. */
const KUBE_PROXY_MARK = 0x4000

/** What is as it was in a plan before is the same object. */
export function planFilter(
  plan: Plan,
  site: PlannedSite,
  planned: PlannedNode,
  nic: string,
  throws: readonly Throw[],
): readonly [FilterTable] {
  const { families } = plan
  const sets = families.flatMap((family) => planSets(plan, site, planned, family, throws))
  const links = fabricLinks(site, planned, nic)
  const hasNear = nearOf(plan, site).length > 0
  const chains: FilterChain[] = [
    ...memo(plan.ofNetwork, `chains of ${families.join()} between ${links.join()} ${hasNear}`, () =>
      sharedChains(families, links, hasNear),
    ),
    memo(
      planned,
      'nat',
      (): FilterChain => ({
        name: 'nat',
        type: 'nat',
        hook: 'postrouting',
        priority: 99,
        rules: families.flatMap((family) => natRules(plan, site, planned, family)),
      }),
    ),
  ]
  return replace(planned, 'filter', (before: readonly [FilterTable] | undefined) =>
    before !== undefined && holds(before[0], sets, chains)
      ? before
      : [filterTable({ name: FILTER_TABLE, sets, chains, because: [filterBecause(plan)] })],
  )
}

/** The very same chains, and sets with the very same lists. */
const holds = (table: FilterTable, sets: readonly FilterSet[], chains: readonly FilterChain[]): boolean =>
  table.sets.length === sets.length &&
  table.chains.length === chains.length &&
  table.chains.every((chain, nth) => chain === chains[nth]) &&
  table.sets.every(({ name, elements }, nth) => name === sets[nth]?.name && elements === sets[nth].elements)

const filterBecause = (plan: Plan): Because =>
  networkBecause(plan, rangeField(plan), 'never in the clear, never in a loop; transit is stateless; NAT at the edge')

/** Many nodes have them: what is one object is compared once. */
const sharedChains = (families: readonly Family[], links: readonly string[], hasNear: boolean): FilterChain[] => [
  { name: 'transit', type: 'filter', hook: 'prerouting', priority: -300, rules: families.map(transitRule) },
  {
    name: 'forward',
    type: 'filter',
    hook: 'forward',
    priority: 0,
    rules: families.flatMap((family) => [
      ...links.flatMap((from) => links.map((to) => bounceRule(family, from, to))),
      ...clampRules(family),
    ]),
  },
  {
    name: 'leak',
    type: 'filter',
    hook: 'postrouting',
    priority: 200,
    rules: families.map((family) => leakRule(family, hasNear)),
  },
]

const source = (family: Family, set: string): FilterCondition => ({ kind: 'address', family, field: 'source', in: set })
const notSource = (family: Family, set: string): FilterCondition => ({
  kind: 'address',
  family,
  field: 'source',
  not: true,
  in: set,
})
const destination = (family: Family, set: string): FilterCondition => ({
  kind: 'address',
  family,
  field: 'destination',
  in: set,
})
const notDestination = (family: Family, set: string): FilterCondition => ({
  kind: 'address',
  family,
  field: 'destination',
  not: true,
  in: set,
})
/** For a prefix of the network that another node owns. */
const elsewhere = (family: Family): FilterCondition[] => [
  destination(family, `known${family}`),
  notDestination(family, `own${family}`),
]

/** The same, save what the site reaches without us. */
const foreign = (family: Family, hasNear: boolean): FilterCondition[] => [
  ...elsewhere(family),
  ...(hasNear ? [notDestination(family, `near${family}`)] : []),
]

const transitRule = (family: Family): FilterRule => ({
  when: [source(family, `known${family}`), notSource(family, `own${family}`), ...elsewhere(family)],
  verdict: { kind: 'notrack' },
  comment: 'transit is stateless',
})

/**
 * What came from the fabric for a far site never leaves through the fabric again; save what this node answers for itself: from
 * a network behind it, or by kube-proxy. That marks what it wants masqueraded, but not the answers: `ct status` holds for both.
 */
const bounceRule = (family: Family, from: string, to: string): FilterRule => ({
  when: [
    { kind: 'link', direction: 'in', name: from },
    { kind: 'link', direction: 'out', name: to },
    source(family, `known${family}`),
    notSource(family, `own${family}`),
    destination(family, `known${family}`),
    notDestination(family, `site${family}`),
    { kind: 'mark', not: true, mask: KUBE_PROXY_MARK },
    { kind: 'translated-destination', not: true },
  ],
  verdict: { kind: 'drop' },
  comment: 'no bounce',
})

const clampRules = (family: Family): FilterRule[] => [
  {
    when: [{ kind: 'tcp-syn' }, destination(family, `known${family}`)],
    verdict: { kind: 'clamp-mss' },
    comment: 'into the network',
  },
  {
    when: [{ kind: 'tcp-syn' }, source(family, `known${family}`)],
    verdict: { kind: 'clamp-mss' },
    comment: 'out of the network',
  },
]

const leakRule = (family: Family, hasNear: boolean): FilterRule => ({
  when: [
    ...foreign(family, hasNear),
    { kind: 'link', direction: 'out', not: true, name: `${LINK_PREFIX}*` },
    { kind: 'next-hop', family, not: true, in: `hop${family}` },
  ],
  verdict: { kind: 'drop' },
  comment: 'leak',
})

function natRules(plan: Plan, site: PlannedSite, planned: PlannedNode, family: Family): FilterRule[] {
  const gateway = gatewayAddressesOf(site, planned.node)[family]
  if (gateway === undefined) return []
  const hasNear = nearOf(plan, site).length > 0
  const own = hasPodsBesides(plan, planned) ? 'pods' : 'own'
  const hasPods = site.fabric.kind !== 'none' && planned.node.podPrefixes.some((prefix) => prefix.family === family)
  const { out, into } = memo(plan.ofNetwork, `translated from ${own}${family} ${hasNear}`, () =>
    sharedNatRules(family, own, hasNear),
  )
  return [
    ...into.map((rule): FilterRule => ({ ...rule, verdict: { kind: 'snat', to: gateway } })),
    ...(hasPods && plan.network.masquerade.includes(family) ? [out] : []),
  ]
}

/** But for the address that a node puts in. */
function sharedNatRules(
  family: Family,
  own: 'pods' | 'own',
  hasNear: boolean,
): { readonly out: FilterRule; readonly into: readonly Pick<FilterRule, 'when' | 'comment'>[] } {
  const out: FilterRule = {
    when: [
      source(family, `${own}${family}`),
      notDestination(family, `inside${family}`),
      { kind: 'link', direction: 'out', not: true, name: `${POD_LINK_PREFIX}*` },
      { kind: 'not-local-destination' },
    ],
    verdict: { kind: 'masquerade' },
    comment: 'out of the network',
  }
  const into = [
    {
      when: [...foreign(family, hasNear), notSource(family, `known${family}`)],
      comment: 'into the network',
    },
    {
      when: [...foreign(family, hasNear), { kind: 'mark' as const, mask: KUBE_PROXY_MARK }],
      comment: 'into the network, for kube-proxy',
    },
    // By kube-proxy too: who asks a node port of another node from a pod is led to pods anywhere, and not masqueraded.
    {
      when: [
        ...foreign(family, hasNear),
        source(family, `known${family}`),
        notSource(family, `own${family}`),
        { kind: 'translated-destination' as const },
      ],
      comment: 'answers come back here',
    },
  ]
  return { out, into }
}
