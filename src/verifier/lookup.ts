// The kernel's choice of a route: rules in order, the longest prefix of each table, then one or several next hops.
import { type Address, containsAddress, MAIN_TABLE, type Rule } from '../model/index.ts'
import type { CompiledNode, TableRoute } from './compiled-node.ts'
import type { Step } from './hop.ts'
import type { Packet } from './packet.ts'
import { longestMatch } from './prefix-table.ts'

/** One next hop: the link, and the address that is asked for there. */
export type Way = { readonly link: string; readonly via?: Address; readonly steps: readonly Step[] }

export type Lookup =
  | { readonly kind: 'ways'; readonly ways: readonly Way[]; readonly steps: readonly Step[]; readonly source?: Address }
  | {
      readonly kind: 'machine'
      readonly route: Exclude<TableRoute, { kind: 'entry' }>
      readonly steps: readonly Step[]
    }
  /** `unreachable`, or no route at all (`step` left out). */
  | { readonly kind: 'none'; readonly reason: string; readonly steps: readonly Step[]; readonly last?: Step }

/** What rules read of a packet. */
export type LookedUp = Pick<Packet, 'mark' | 'protocol' | 'destinationPort'>

/** `isOwn`: the machine itself sends it (`iif lo` in rules). */
export function lookUp(node: CompiledNode, packet: LookedUp, destination: Address, isOwn: boolean): Lookup {
  const steps: Step[] = []
  for (const rule of node.rules[destination.family]) {
    if (!isForPacket(rule, packet, destination, isOwn)) continue
    const found = readTable(node, rule.table, destination, rule.suppressPrefixLength)
    if (found === undefined) continue
    steps.push({ kind: 'rule', entry: rule })
    if (found.kind !== 'entry') return { kind: 'machine', route: found, steps }
    const step: Step = { kind: 'route', entry: found.route }
    steps.push(step)
    if (found.route.target.kind === 'throw') continue
    return follow(node, found.route, steps, step)
  }
  // The kernel's own rule, 32766.
  const found = readTable(node, MAIN_TABLE, destination, undefined)
  if (found === undefined) return { kind: 'none', reason: 'no route leads there', steps }
  if (found.kind !== 'entry') return { kind: 'machine', route: found, steps }
  const step: Step = { kind: 'route', entry: found.route }
  return follow(node, found.route, [...steps, step], step)
}

function isForPacket(rule: Rule, packet: LookedUp, destination: Address, isOwn: boolean): boolean {
  const { withoutMark, ownUdpPort, ownTo } = rule
  if (withoutMark !== undefined && (packet.mark & withoutMark) === withoutMark) return false
  if (ownUdpPort !== undefined && !(isOwn && packet.protocol === 'udp' && packet.destinationPort === ownUdpPort))
    return false
  return ownTo === undefined || (isOwn && containsAddress(ownTo, destination))
}

function readTable(
  node: CompiledNode,
  number: number,
  destination: Address,
  suppressPrefixLength: number | undefined,
): TableRoute | undefined {
  const table = node.tables.get(number)
  const found = table && longestMatch(table, destination)
  if (found === undefined) return undefined
  return suppressPrefixLength !== undefined && found.length <= suppressPrefixLength ? undefined : found.value
}

function follow(
  node: CompiledNode,
  route: Extract<TableRoute, { kind: 'entry' }>['route'],
  steps: readonly Step[],
  last: Step,
): Lookup {
  const { target } = route
  const given = route.source === 'gateway-address' ? node.state.gatewayAddresses[route.to.family] : route.source
  const source = given === undefined ? {} : { source: given }
  switch (target.kind) {
    case 'unreachable':
    case 'throw':
      return { kind: 'none', reason: 'the route says that it is unreachable', steps, last }
    case 'link':
      return { kind: 'ways', ways: [{ link: target.link, steps: [] }], steps, ...source }
    case 'via':
      return { kind: 'ways', ways: target.hops.map(({ via, link }) => ({ via, link, steps: [] })), steps, ...source }
    case 'next-hop-object': {
      const ways = waysOf(node, target.id)
      if (ways === undefined || ways.length === 0)
        return { kind: 'none', reason: `there is no next hop ${target.id} to which the route leads`, steps, last }
      return { kind: 'ways', ways, steps, ...source }
    }
  }
}

function waysOf({ nextHops, groups }: CompiledNode, id: number): Way[] | undefined {
  const single = (one: number, before: readonly Step[]): Way[] => {
    const hop = nextHops.get(one)
    if (hop === undefined) return []
    const steps: Step[] = [...before, { kind: 'next-hop', entry: hop }]
    return [{ link: hop.link, ...(hop.via && { via: hop.via }), steps }]
  }
  const group = groups.get(id)
  if (group === undefined) return single(id, [])
  return group.members.flatMap((member) => single(member, [{ kind: 'next-hop', entry: group }]))
}
