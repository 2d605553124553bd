// Members of a site that are not on the link of the others, where routes need them there.
import { type Address, containsAddress, type Family, formatPrefix, type Prefix, prefixOf } from '../model/index.ts'
import { bySeniority, findCulprits, type IsStanding } from './seniority.ts'
import type { PlannedNode } from './site.ts'
import { privateAddress } from './underlay-address.ts'

export type Strangers = {
  readonly culprits: readonly string[]
  /** Two members of which the first does not have the second on its own link; one of them is a culprit. */
  readonly pair: readonly [string, string]
}

/** True: some member does not have another on its own link, in a family in which both have an address. */
export function isApart(nodes: readonly PlannedNode[], family: Family): boolean {
  if (isOneSubnet(nodes, family)) return false
  const members = membersOf(nodes, family)
  const subnets = new Map(members.map(({ subnet, text }) => [text, subnet]))
  return [...subnets.values()].some((subnet) => members.some(({ address }) => !containsAddress(subnet, address)))
}

/** Where members are apart: who is a stranger to those that come before. */
export function findStrangers(nodes: readonly PlannedNode[], family: Family, isStanding: IsStanding): Strangers {
  const members = new Map(membersOf(nodes, family).map((member) => [member.name, member]))
  const memberOf = ({ node }: PlannedNode): Member | undefined => members.get(node.name)
  const ordered = bySeniority(nodes, isStanding, (planned) => memberOf(planned)?.text ?? '')
  const fits = openCircle()
  const culprits = findCulprits(ordered, (planned) => {
    const member = memberOf(planned)
    return member === undefined || fits(member)
  })
  return { culprits, pair: pairOf(members, culprits) }
}

type Member = { readonly name: string; readonly address: Address; readonly subnet: Prefix; readonly text: string }

const membersOf = (nodes: readonly PlannedNode[], family: Family): readonly Member[] =>
  nodes.flatMap(({ node }) => {
    const own = privateAddress(node, family)
    if (own === undefined) return []
    const subnet = prefixOf(own.address, own.length)
    return [{ name: node.name, address: own.address, subnet, text: formatPrefix(subnet) }]
  })

/** All in it have all others on their link; who would not stays outside. */
function openCircle(): (member: Member) => boolean {
  const subnets = new Map<string, Prefix>()
  const narrow = new Set<string>() // subnets in which not all are that are in it
  const addresses: Address[] = []
  return ({ address, subnet, text }) => {
    for (const other of subnets.values()) if (!containsAddress(other, address)) return false
    if (narrow.has(text)) return false
    if (!subnets.has(text) && !addresses.every((other) => containsAddress(subnet, other))) {
      narrow.add(text)
      return false
    }
    subnets.set(text, subnet)
    addresses.push(address)
    return true
  }
}

/** Of the first culprit and the first who stays that cannot be with it. */
function pairOf(members: ReadonlyMap<string, Member>, culprits: readonly string[]): readonly [string, string] {
  const out = new Set(culprits)
  const culprit = members.get(culprits[0] ?? '')
  for (const other of members.values()) {
    if (culprit === undefined || out.has(other.name)) continue
    if (!containsAddress(other.subnet, culprit.address)) return [other.name, culprit.name]
    if (!containsAddress(culprit.subnet, other.address)) return [culprit.name, other.name]
  }
  throw new Error('members that are apart have no two that are')
}

/** A next hop is a member's first address: another that would do is of use only there. */
export function commonSubnet(nodes: readonly PlannedNode[]): string | undefined {
  const ofEach = nodes.map(
    ({ node }) => new Set(node.privateAddresses.map(({ address, length }) => formatPrefix(prefixOf(address, length)))),
  )
  const [first, ...rest] = ofEach
  return [...(first ?? [])].find((subnet) => rest.every((subnets) => subnets.has(subnet)))
}

/** As in almost all sites. */
function isOneSubnet(nodes: readonly PlannedNode[], family: Family): boolean {
  let first: Prefix | undefined
  for (const { node } of nodes) {
    const own = privateAddress(node, family)
    if (own === undefined) continue
    first ??= prefixOf(own.address, own.length)
    if (own.length !== first.length || !containsAddress(first, own.address)) return false
  }
  return true
}
