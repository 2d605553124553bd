// An address or a prefix: whose it is, what else claims it, or that it is not of the network.
import {
  containsPrefix,
  FAMILY_BITS,
  formatPrefix,
  overlaps,
  type Prefix,
  prefixOf,
  specialUseOf,
} from '../../model/index.ts'
import type { Plan } from '../../planner/index.ts'
import { type Fact, fact } from './fact.ts'
import type { FoundMeaning } from './meaning.ts'
import { leftOutFacts, type Owner, ownerFact, ownersOf, type Role, rolesOf } from './owners.ts'
import { searchPrefix } from './prefix-search.ts'

/** So many of the prefixes inside one are named. */
const NAMED = 8

export function meaningOfPrefix(plan: Plan, asked: Prefix): FoundMeaning {
  const isAddress = asked.length === FAMILY_BITS[asked.family]
  const owners = ownersOf(plan).filter(({ owned }) => overlaps(owned.prefix, asked))
  const holders = owners
    .filter(({ owned }) => containsPrefix(owned.prefix, asked))
    .sort((a, b) => b.owned.prefix.length - a.owned.prefix.length)
  const inside = owners.filter((owner) => !holders.includes(owner))
  const roles = isAddress ? rolesOf(plan, asked) : []
  const ranges = rangeFacts(plan, asked)
  const near = privateFacts(plan, asked)
  const [owner, ...wider] = holders
  const about = new Set(
    [...roles.map(({ planned }) => planned), ...owners.map(({ planned }) => planned)].map(
      (planned) => `Node/${planned.node.name}`,
    ),
  )
  return {
    kind: isAddress ? 'address' : 'prefix',
    is: headline(plan, asked, { owner, roles, inside, ranges, near }),
    facts: [
      ...roles.map((role) => role.fact),
      ...(owner ? [ownerFact('owner', owner)] : []),
      ...wider.map((one) => ownerFact('inside', one)),
      ...inside.slice(0, NAMED).map((one) => ownerFact('holds', one)),
      ...(inside.length > NAMED ? [fact('holds', `and ${inside.length - NAMED} more prefixes of nodes`)] : []),
      ...leftOutFacts(plan, (prefix) => overlaps(prefix, asked)),
      ...ranges,
      ...near,
    ],
    search: searchPrefix(asked, about),
  }
}

type Known = {
  readonly owner: Owner | undefined
  readonly roles: readonly Role[]
  readonly inside: readonly Owner[]
  readonly ranges: readonly Fact[]
  readonly near: readonly Fact[]
}

function headline({ network }: Plan, asked: Prefix, { owner, roles, inside, ranges, near }: Known): string {
  const [role] = roles
  if (role !== undefined)
    return roles.length === 1
      ? role.is
      : `${role.is}, and ${roles
          .slice(1)
          .map(({ is }) => is)
          .join(', and ')}`
  if (owner !== undefined) {
    const { prefix } = owner.owned
    const what = {
      pods: 'the pods',
      lan: 'the virtual LAN address',
      private: 'the private address',
      offered: 'a network behind',
    }
    const part = prefix.length === asked.length ? '' : `in ${formatPrefix(prefix)}, `
    return `${part}${what[owner.owned.kind]} ${owner.owned.kind === 'offered' ? '' : 'of '}node ${owner.planned.node.name}`
  }
  const [range] = ranges
  if (inside.length > 0)
    return `${range === undefined ? 'no range of the network itself, but holds' : `${range.text}, and holds`} prefixes of nodes`
  if (range !== undefined)
    return range.label === 'services'
      ? `${range.text}: never routed by us`
      : `${range.text}, and no node's: refused, so that it never leaves in the clear`
  if (near.length > 0) return 'of a private network under the sites: reached without us'
  const special = asked.length === FAMILY_BITS[asked.family] ? specialUseOf(asked) : undefined
  if (special !== undefined) return special
  return network.masquerade.includes(asked.family)
    ? 'outside: goes out by masquerade of the node that its pod is on'
    : "outside: goes out by the node that its pod is on, under the pod's own address"
}

/** What of the Network's ranges it lies in or holds. */
function rangeFacts({ network }: Plan, asked: Prefix): readonly Fact[] {
  const { name, podPrefixes, servicePrefixes, lan } = network
  const facts: Fact[] = []
  const add = (label: string, range: Prefix, what: string, field: string): void => {
    if (!overlaps(range, asked)) return
    const isInside = range.length < asked.length
    const text =
      range.length === asked.length
        ? what
        : isInside
          ? `inside ${formatPrefix(range)}, ${what}`
          : `around ${formatPrefix(range)}, ${what}`
    facts.push(fact(label, text, `Network/${name}`, field))
  }
  for (const [index, range] of podPrefixes.entries())
    add('range', range, "the network's range of pods", `spec.podPrefixes[${index}]`)
  for (const [index, range] of servicePrefixes.entries())
    add('services', range, 'the range of services', `spec.servicePrefixes[${index}]`)
  if (lan !== undefined) add('range', lan, 'the virtual LAN', 'spec.lan')
  return facts
}

/** The private networks that it lies in, each once a site. */
function privateFacts(plan: Plan, asked: Prefix): readonly Fact[] {
  const facts = new Map<string, Fact>()
  for (const { node, siteName } of plan.nodes.values())
    for (const [index, { address, length }] of node.privateAddresses.entries()) {
      const subnet = prefixOf(address, length)
      if (!overlaps(subnet, asked)) continue
      const text = `${formatPrefix(subnet)} of site ${siteName}`
      if (!facts.has(text))
        facts.set(text, fact('private network', text, `Node/${node.name}`, `spec.privateAddresses[${index}]`))
    }
  return [...facts.values()]
}
