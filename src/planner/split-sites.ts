// Sites whose members cannot speak to each other: they share no family of private addresses, or no subnet where routes need one.
import type { Family } from '../model/index.ts'
import { isMultiSubnet } from './acceptable.ts'
import { memo } from './memo.ts'
import type { Plan } from './plan.ts'
import type { PlanIssue } from './plan-issue.ts'
import { rangesOf } from './ranges.ts'
import { bySeniority, findCulprits, type IsStanding } from './seniority.ts'
import type { PlannedNode, PlannedSite } from './site.ts'
import { commonSubnet, findStrangers, isApart } from './subnet-strangers.ts'
import { privateAddress } from './underlay-address.ts'

type Split =
  /** Some do not have others on their own link. */
  | { readonly kind: 'apart'; readonly family: Family }
  /** Some have no private IPv4 address. */
  | { readonly kind: 'lacking' }
  /** Nobody there can send this family to anybody. */
  | { readonly kind: 'uncarried'; readonly family: Family }

export const findSplitSites = (plan: Plan, isStanding: IsStanding): PlanIssue[] => {
  const issues: PlanIssue[] = []
  for (const site of plan.sites.values()) {
    const split = site.nodes.length < 2 ? 'whole' : memo(site, 'split', () => splitOf(site) ?? 'whole')
    if (split !== 'whole') issues.push({ severity: 'error', ...explain(plan, site, split, isStanding) })
  }
  return issues
}

const isBare = ({ fabric }: PlannedSite): boolean => fabric.kind === 'direct' || fabric.kind === 'none'
const lacksIpv4 = ({ node }: PlannedNode): boolean => privateAddress(node, 4) === undefined

function splitOf(site: PlannedSite): Split | undefined {
  const { fabric, nodes, families } = site
  if (isBare(site)) for (const family of [4, 6] as const) if (isApart(nodes, family)) return { kind: 'apart', family }
  if (fabric.kind === 'ipip' && families.includes(6)) return { kind: 'uncarried', family: 6 }
  if (!nodes.some(lacksIpv4)) return undefined
  if (!nodes.every(lacksIpv4)) return { kind: 'lacking' }
  // IPv4 pods have no next hop on a private network that knows only IPv6.
  const isCarried = !isBare(site) && fabric.kind !== 'ipip' && (fabric.encapsulate === 'always' || isMultiSubnet(site))
  return isCarried || !families.includes(4) ? undefined : { kind: 'uncarried', family: 4 }
}

type Explanation = { readonly message: string; readonly nodes: readonly string[] }

function explain(plan: Plan, site: PlannedSite, split: Split, isStanding: IsStanding): Explanation {
  const { name, fabric } = site
  switch (split.kind) {
    case 'apart':
      return explainApart(site, split.family, isStanding)
    case 'lacking':
      return explainLacking(site, isStanding)
    case 'uncarried': {
      const nodes = culpritsOfUncarried(plan, site, split.family, isStanding)
      const message =
        split.family === 6
          ? `site ${name} has fabric ipip, which carries no IPv6: take vxlan, or a network of IPv4 only`
          : `site ${name} has IPv4 pods over ${fabric.kind} and no private IPv4 addresses: take fabric vxlan, or give its nodes spec.privateAddresses of IPv4`
      return { message, nodes }
    }
  }
}

function explainApart({ name, fabric, nodes }: PlannedSite, family: Family, isStanding: IsStanding): Explanation {
  const { culprits, pair } = findStrangers(nodes, family, isStanding)
  const way =
    fabric.kind === 'none'
      ? 'members send to their gateway by a route there, which has no next hop'
      : 'a route has no next hop there'
  const common = commonSubnet(nodes)
  const first = common === undefined ? '' : `, or put the address in ${common}, which all of them have, first`
  const message = `site ${name} has fabric ${fabric.kind}, and ${pair[1]} is not in the subnet of ${pair[0]} (the first of each in spec.privateAddresses): ${way}; take vxlan${first}`
  return { message, nodes: culprits }
}

function explainLacking({ name, nodes }: PlannedSite, isStanding: IsStanding): Explanation {
  const ordered = bySeniority(nodes, isStanding, (planned) => String(lacksIpv4(planned)))
  const isFirstLacking = ordered.slice(0, 1).some(lacksIpv4)
  const without = nodes.filter(lacksIpv4).map(({ node }) => node.name)
  return {
    message: `site ${name} has nodes without a private IPv4 address (${without.join(', ')}) beside nodes that have one: they cannot reach each other; give all of them one`,
    nodes: findCulprits(ordered, (planned) => lacksIpv4(planned) === isFirstLacking),
  }
}

/** All but one, for a site of one needs no fabric; or who brought the family into a network that has none of it. The fewer of them. */
function culpritsOfUncarried(
  { network, sites }: Plan,
  { nodes }: PlannedSite,
  family: Family,
  isStanding: IsStanding,
): readonly string[] {
  const [first] = bySeniority(nodes, isStanding, ({ node }) => node.name)
  const members = findCulprits(nodes, (planned) => planned === first)
  if (rangesOf({ network }, family).length > 0) return members
  const brings = ({ node }: PlannedNode): boolean =>
    node.offeredPrefixes.some((prefix) => prefix.family === family) ||
    (network.joinPrivateAddresses && privateAddress(node, family) !== undefined)
  const bringers = [...sites.values()].flatMap((site) => site.nodes.filter(brings).map(({ node }) => node.name)).sort()
  const isCheaper = bringers.length <= members.length || members.some(isStanding)
  return isCheaper && !bringers.some(isStanding) ? bringers : members
}
