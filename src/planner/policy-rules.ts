// The policy rules that lead a packet through our tables and past them. Each family has its own.
import {
  containsPrefix,
  type Entry,
  equalAddresses,
  GUARD_TABLE,
  MAIN_TABLE,
  MARK,
  PREFERENCE,
  type Prefix,
  rule,
  subtractPrefixes,
  TABLE,
} from '../model/index.ts'
import { acceptableFrom, subnetsOf } from './acceptable.ts'
import { fellowHosts } from './fellow-hosts.ts'
import { lanAddress } from './gateway-address.ts'
import { memo } from './memo.ts'
import { ownedBySite } from './owned-prefix.ts'
import type { Plan } from './plan.ts'
import { networkBecause, rangeField } from './ranges.ts'
import type { PlannedNode, PlannedSite } from './site.ts'

/** The policy rules, in all families of the network. `fabric`: the parts among which a vxlan device may be. */
export const planRules = (
  plan: Plan,
  site: PlannedSite,
  planned: PlannedNode,
  fabric: readonly (readonly Entry[])[],
): readonly Entry[] => {
  const subnetRules = planSubnetRules(plan, site, planned)
  const vxlanPort = subnetRules.length === 0 ? portOfVxlan(fabric) : undefined // what goes to those subnets is vxlan's too
  const whose = subnetRules.length > 0 || (vxlanPort !== undefined && plan.hasExtras) ? site.name : ''
  const key = `all rules ${vxlanPort} ${subnetRules.length} ${whose} ${site.fabricBecause.resource}`
  const make = () => [
    ...subnetRules,
    ...(vxlanPort === undefined ? [] : planVxlanRules(plan, site, vxlanPort)),
    ...planPolicyRules(plan),
  ]
  return plan.hasExtras ? plan.shared(key, make) : memo(plan.ofNetwork, `${key} ${plan.families.join()}`, make)
}

/**
 * What the fabric carries to the private addresses of fellow members comes from elsewhere: machines of one site go on to speak to
 * each other without us, which their tunnels and encapsulations need, and nobody pays for what is not needed.
 */
const planSubnetRules = (plan: Plan, site: PlannedSite, planned: PlannedNode): readonly Entry[] =>
  fellowHosts(plan, site, planned).length === 0 || hasLanAddressOnly(site, planned)
    ? []
    : plan.shared(`rules for the subnets of ${site.name}`, () =>
        subtractPrefixes(
          subnetsOf(site).filter(({ family }) => plan.families.includes(family)),
          farInside(plan, site),
        ).map((ownTo) =>
          rule({
            family: ownTo.family,
            preference: PREFERENCE.vxlan,
            table: MAIN_TABLE,
            ownTo,
            because: [{ ...site.fabricBecause, rule: `machines of site ${site.name} reach each other without us` }],
          }),
        ),
      )

/** By an address that the private network does not know it cannot answer a neighbour there: it goes through the fabric, both ways. */
const hasLanAddressOnly = ({ network }: PlannedSite, { node }: PlannedNode): boolean => {
  const lan = lanAddress(network, node)
  return lan !== undefined && !node.privateAddresses.some(({ address }) => equalAddresses(address, lan))
}

/** Addresses of machines elsewhere that lie inside the site's subnets all the same: a virtual LAN may be as broad as they are. */
const farInside = (plan: Plan, site: PlannedSite): readonly Prefix[] =>
  [...plan.sites.values()].flatMap((far) =>
    far === site
      ? []
      : (acceptableFrom(site, far) ?? ownedBySite(far)).flatMap(({ prefix }) =>
          subnetsOf(site).some((subnet) => containsPrefix(subnet, prefix)) ? [prefix] : [],
        ),
  )

/** Another network on top of a virtual LAN may speak vxlan by the same port: its packets go to other addresses, and are ours to carry. */
const planVxlanRules = (plan: Plan, site: PlannedSite, ownUdpPort: number): readonly Entry[] =>
  plan.shared(`rules for vxlan in ${plan.hasExtras ? site.name : site.fabricBecause.resource} ${ownUdpPort}`, () => {
    const because = [{ ...site.fabricBecause, rule: 'never in a loop: vxlan packets of this host carry no mark' }]
    const common = { preference: PREFERENCE.vxlan, table: MAIN_TABLE, ownUdpPort, because }
    return plan.hasExtras
      ? subnetsOf(site)
          .filter(({ family }) => plan.families.includes(family))
          .map((ownTo) => rule({ ...common, family: ownTo.family, ownTo }))
      : plan.families.map((family) => rule({ ...common, family }))
  })

const planPolicyRules = (plan: Plan): readonly Entry[] =>
  memo(plan.ofNetwork, `rules ${plan.families.join()}`, () =>
    plan.families.flatMap((family) => [
      rule({
        family,
        preference: PREFERENCE.ours,
        table: TABLE,
        withoutMark: MARK,
        because: [networkBecause(plan, rangeField(plan), 'our routes first, but not for packets of our own tunnels')],
      }),
      rule({
        family,
        preference: PREFERENCE.main,
        table: MAIN_TABLE,
        suppressPrefixLength: 0,
        because: [networkBecause(plan, rangeField(plan), "then the host's specific routes, without its default route")],
      }),
      rule({
        family,
        preference: PREFERENCE.guards,
        table: GUARD_TABLE,
        because: [networkBecause(plan, rangeField(plan), 'then the guards')],
      }),
    ]),
  )

function portOfVxlan(fabric: readonly (readonly Entry[])[]): number | undefined {
  for (const part of fabric)
    for (const entry of part) if (entry.kind === 'link' && entry.type.kind === 'vxlan') return entry.type.port
  return undefined
}
