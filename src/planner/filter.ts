// The packet filter: stops what would leak or bounce, leaves transit untracked, and translates what comes from outside.
import {
  type Family,
  FILTER_TABLE,
  type FilterChain,
  type FilterCondition,
  type FilterRule,
  type FilterSet,
  type FilterTable,
  filterTable,
  hostPrefix,
  LINK_PREFIX,
  mergePrefixes,
  overlaps,
  POD_LINK_PREFIX,
  type Prefix,
  parsePrefix,
  subtractPrefixes,
} from '../model/index.ts'
import { fabricLink, fabricNextHops } from './fabric.ts'
import { gatewayAddress } from './gateway-address.ts'
import type { Plan } from './plan.ts'
import type { PlannedNode, PlannedSite } from './site.ts'
import type { Throw } from './throws.ts'

/** Packets that kube-proxy wants masqueraded carry this bit. */
const KUBE_PROXY_MARK = 0x4000

/** Destinations that are never translated on the way out, whatever the network: local, multicast, broadcast. */
const NEVER_OUTSIDE: Readonly<Record<Family, readonly Prefix[]>> = {
  4: ['127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '255.255.255.255/32'].map(parsePrefix),
  6: ['::1/128', 'fe80::/10', 'ff00::/8'].map(parsePrefix),
}

export function planFilter(
  plan: Plan,
  site: PlannedSite,
  planned: PlannedNode,
  nic: string,
  throws: readonly Throw[],
): FilterTable {
  const families = plan.families
  const sets = families.flatMap((family) => planSets(plan, site, planned, family, throws))
  const fabric = site.nodes.length > 1 ? fabricLink(site, nic) : undefined
  const chains: FilterChain[] = [
    { name: 'transit', type: 'filter', hook: 'prerouting', priority: -300, rules: families.map(transitRule) },
    {
      name: 'forward',
      type: 'filter',
      hook: 'forward',
      priority: 0,
      rules: families.flatMap((family) => [
        ...(fabric === undefined ? [] : [bounceRule(family, fabric)]),
        ...clampRules(family),
      ]),
    },
    { name: 'leak', type: 'filter', hook: 'postrouting', priority: 200, rules: families.map(leakRule) },
    {
      name: 'nat',
      type: 'nat',
      hook: 'postrouting',
      priority: 99,
      rules: families.flatMap((family) => natRules(plan, planned, family)),
    },
  ]
  const because = [
    {
      resource: `Network/${plan.network.name}`,
      field: 'spec.podPrefixes',
      rule: 'never in the clear, never in a loop; transit is stateless; NAT at the edge',
    },
  ]
  return filterTable({ name: FILTER_TABLE, sets, chains, because })
}

function planSets(
  plan: Plan,
  site: PlannedSite,
  { node }: PlannedNode,
  family: Family,
  throws: readonly Throw[],
): FilterSet[] {
  const inside = plan.shared(`inside ${family}`, () =>
    mergePrefixes([
      ...[...plan.network.podPrefixes, ...plan.network.servicePrefixes].filter((prefix) => prefix.family === family),
      ...NEVER_OUTSIDE[family],
    ]),
  )
  return [
    {
      name: `own${family}`,
      family,
      elements: mergePrefixes(node.podPrefixes.filter((prefix) => prefix.family === family)),
    },
    { name: `known${family}`, family, elements: without(plan.known(family), throws) },
    {
      name: `hop${family}`,
      family,
      elements: plan.shared(`hops ${site.name} ${family}`, () =>
        mergePrefixes(fabricNextHops(plan, site, family).map(hostPrefix)),
      ),
    },
    { name: `inside${family}`, family, elements: inside },
  ]
}

/** What stands as `throw` is the underlay's, and no prefix of the network. */
function without(known: readonly Prefix[], throws: readonly Throw[]): readonly Prefix[] {
  const cut = throws.map(({ prefix }) => prefix).filter((prefix) => known.some((other) => overlaps(other, prefix)))
  return cut.length === 0 ? known : subtractPrefixes(known, cut)
}

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
const foreign = (family: Family): FilterCondition[] => [
  destination(family, `known${family}`),
  notDestination(family, `own${family}`),
]

const transitRule = (family: Family): FilterRule => ({
  when: [source(family, `known${family}`), notSource(family, `own${family}`), ...foreign(family)],
  verdict: { kind: 'notrack' },
  comment: 'transit is stateless',
})

const bounceRule = (family: Family, fabric: string): FilterRule => ({
  when: [
    { kind: 'link', direction: 'in', name: fabric },
    { kind: 'link', direction: 'out', name: fabric },
    source(family, `known${family}`),
    ...foreign(family),
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

const leakRule = (family: Family): FilterRule => ({
  when: [
    ...foreign(family),
    { kind: 'link', direction: 'out', not: true, name: `${LINK_PREFIX}*` },
    { kind: 'next-hop', family, not: true, in: `hop${family}` },
  ],
  verdict: { kind: 'drop' },
  comment: 'leak',
})

function natRules(plan: Plan, { node }: PlannedNode, family: Family): FilterRule[] {
  const gateway = gatewayAddress(node, family)
  if (gateway === undefined) return []
  const out: FilterRule = {
    when: [
      source(family, `own${family}`),
      notDestination(family, `inside${family}`),
      { kind: 'link', direction: 'out', not: true, name: `${POD_LINK_PREFIX}*` },
      { kind: 'not-local-destination' },
    ],
    verdict: { kind: 'masquerade' },
    comment: 'out of the network',
  }
  return [
    {
      when: [...foreign(family), notSource(family, `known${family}`)],
      verdict: { kind: 'snat', to: gateway },
      comment: 'into the network',
    },
    {
      when: [...foreign(family), { kind: 'mark', mask: KUBE_PROXY_MARK }],
      verdict: { kind: 'snat', to: gateway },
      comment: 'into the network, for kube-proxy',
    },
    ...(plan.network.masquerade.includes(family) ? [out] : []),
  ]
}
