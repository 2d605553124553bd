// What the packet filter of a NodeState says to a packet: whether a chain drops it.
import {
  type Address,
  containsAddress,
  type FilterCondition,
  type FilterRule,
  type FilterTable,
} from '../../src/model/index.ts'

export type FilteredPacket = {
  readonly source: Address
  readonly destination: Address
  /** Left out: it is the host's own. */
  readonly inLink?: string
  readonly outLink: string
  /** Of its route; the destination itself where it is on the link. */
  readonly nextHop: Address
}

/** The comment of the rule that drops the packet in one of these chains; undefined: none does. */
export function droppedBy(
  filter: FilterTable | undefined,
  chains: readonly string[],
  packet: FilteredPacket,
): string | undefined {
  if (filter === undefined) return undefined
  for (const chain of filter.chains)
    if (chains.includes(chain.name))
      for (const rule of chain.rules)
        if (rule.verdict.kind === 'drop' && holds(filter, rule, packet)) return rule.comment
  return undefined
}

/** True where the packet is not tracked: a gateway only carries it. */
export const isUntracked = (filter: FilterTable | undefined, packet: FilteredPacket): boolean =>
  filter?.chains.some(({ rules }) =>
    rules.some((rule) => rule.verdict.kind === 'notrack' && holds(filter, rule, packet)),
  ) === true

const holds = (filter: FilterTable, rule: FilterRule, packet: FilteredPacket): boolean =>
  rule.when.every((condition) => {
    const isSo = isTrue(filter, condition, packet)
    return 'not' in condition && condition.not ? isSo === false : isSo === true
  })

/** Undefined where the condition is of the other family: then neither it nor its opposite holds. */
function isTrue(filter: FilterTable, condition: FilterCondition, packet: FilteredPacket): boolean | undefined {
  switch (condition.kind) {
    case 'address': {
      const address = packet[condition.field]
      if (address.family !== condition.family) return undefined
      return typeof condition.in === 'string'
        ? isInSet(filter, condition.in, address)
        : containsAddress(condition.in, address)
    }
    case 'link':
      return isLink(condition.name, (condition.direction === 'in' ? packet.inLink : packet.outLink) ?? '')
    case 'next-hop':
      return packet.destination.family === condition.family ? isInSet(filter, condition.in, packet.nextHop) : undefined
    case 'mark':
    case 'translated-destination':
    case 'tcp-syn':
      return false // of no packet that is walked here
    case 'not-local-destination':
      return true
  }
}

const isInSet = ({ sets }: FilterTable, name: string, address: Address): boolean =>
  sets.some((set) => set.name === name && set.elements.some((prefix) => containsAddress(prefix, address)))

const isLink = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
