// Never in the clear: the rules that lead a packet through our tables, and the unreachable routes that stop what no
// route carries before it meets the default route (fail closed).
import {
  type Because,
  type Entry,
  equalPrefixes,
  formatPrefix,
  GUARD_TABLE,
  MAIN_TABLE,
  MARK,
  PREFERENCE,
  type Prefix,
  route,
  rule,
  TABLE,
} from '../model/index.ts'
import { subnetsOf } from './acceptable.ts'
import { fellowHosts } from './fellow-hosts.ts'
import { ownedByNode } from './owned-prefix.ts'
import type { Plan } from './plan.ts'
import { extrasFor, rangesOf } from './ranges.ts'
import type { PlannedNode, PlannedSite } from './site.ts'

/** Over the network's ranges, the same on every node; and over what single nodes elsewhere own besides. */
export const planGuards = (plan: Plan, site: PlannedSite, planned: PlannedNode): readonly (readonly Entry[])[] => [
  plan.shared('guards', () => [
    ...plan.network.podPrefixes.map((to, index) =>
      guard(to, networkField(plan, `spec.podPrefixes[${index}]`, NEVER_IN_THE_CLEAR)),
    ),
    ...(plan.network.lan === undefined
      ? []
      : [guard(plan.network.lan, networkField(plan, 'spec.lan', NEVER_IN_THE_CLEAR))]),
  ]),
  ...(plan.hasExtras ? [planExtraGuards(plan, site, planned)] : []),
]

const NEVER_IN_THE_CLEAR = 'never in the clear: what no route carries is refused'

/** Not over what the node itself has behind it. */
function planExtraGuards(plan: Plan, site: PlannedSite, planned: PlannedNode): readonly Entry[] {
  const ranges = rangesOf(plan)
  const own = new Set([...ownedByNode(site, planned).map(({ prefix }) => formatPrefix(prefix)), ...planned.leftOut])
  const ofFellows = site.nodes.flatMap((fellow) =>
    fellow === planned ? [] : ownedByNode(site, fellow).filter(({ kind }) => kind === 'offered'),
  )
  const guards = new Map<string, Entry>()
  for (const { prefix, because } of [...extrasFor(plan, site), ...ofFellows]) {
    const text = formatPrefix(prefix)
    if (own.has(text) || ranges.some((range) => equalPrefixes(range, prefix)) || guards.has(text)) continue
    guards.set(text, guard(prefix, { resource: '', ...because[0], rule: NEVER_IN_THE_CLEAR }))
  }
  return [...guards.values()]
}

const guard = (to: Prefix, because: Because): Entry =>
  route({ table: GUARD_TABLE, to, target: { kind: 'unreachable' }, because: [because] })

/** The policy rules, in all families of the network. `fabric`: the parts among which a vxlan device may be. */
export const planRules = (
  plan: Plan,
  site: PlannedSite,
  planned: PlannedNode,
  fabric: readonly (readonly Entry[])[],
): readonly Entry[] => [...planSubnetRules(plan, site, planned), ...planPolicyRules(plan, portOfVxlan(fabric))]

/**
 * What the fabric carries to the private addresses of fellow members comes from elsewhere: machines of one site go on to speak to
 * each other without us, which their tunnels and encapsulations need, and nobody pays for what is not needed.
 */
const planSubnetRules = (plan: Plan, site: PlannedSite, planned: PlannedNode): readonly Entry[] =>
  fellowHosts(plan, site, planned).length === 0
    ? []
    : plan.shared(`rules for the subnets of ${site.name}`, () =>
        subnetsOf(site)
          .filter(({ family }) => plan.families.includes(family))
          .map((ownTo) =>
            rule({
              family: ownTo.family,
              preference: PREFERENCE.vxlan,
              table: MAIN_TABLE,
              ownTo,
              because: [{ ...site.fabricBecause, rule: `machines of site ${site.name} reach each other without us` }],
            }),
          ),
      )

const planPolicyRules = (plan: Plan, vxlanPort: number | undefined): readonly Entry[] => {
  return plan.shared(`rules ${vxlanPort}`, () =>
    plan.families.flatMap((family) => [
      ...(vxlanPort === undefined
        ? []
        : [
            rule({
              family,
              preference: PREFERENCE.vxlan,
              table: MAIN_TABLE,
              ownUdpPort: vxlanPort,
              because: [networkField(plan, 'spec.fabric', 'never in a loop: vxlan packets of this host carry no mark')],
            }),
          ]),
      rule({
        family,
        preference: PREFERENCE.ours,
        table: TABLE,
        withoutMark: MARK,
        because: [networkField(plan, rangeField(plan), 'our routes first, but not for packets of our own tunnels')],
      }),
      rule({
        family,
        preference: PREFERENCE.main,
        table: MAIN_TABLE,
        suppressPrefixLength: 0,
        because: [networkField(plan, rangeField(plan), "then the host's specific routes, without its default route")],
      }),
      rule({
        family,
        preference: PREFERENCE.guards,
        table: GUARD_TABLE,
        because: [networkField(plan, rangeField(plan), 'then the guards')],
      }),
    ]),
  )
}

function portOfVxlan(fabric: readonly (readonly Entry[])[]): number | undefined {
  for (const part of fabric)
    for (const entry of part) if (entry.kind === 'link' && entry.type.kind === 'vxlan') return entry.type.port
  return undefined
}

const networkField = (plan: Plan, field: string, rule: string): Because => ({
  resource: `Network/${plan.network.name}`,
  field,
  rule,
})

/** What all of this is for. */
export const rangeField = ({ network }: Pick<Plan, 'network'>): string =>
  network.podPrefixes.length > 0
    ? 'spec.podPrefixes'
    : network.lan === undefined
      ? 'spec.joinPrivateAddresses'
      : 'spec.lan'
