// Faults that are entries of ours taken away, altered or added in a node's kernel.
import { within } from '../../src/lab/within.ts'
import {
  type Change,
  type Entry,
  type FilterRule,
  type FilterTable,
  formatPrefix,
  keyOf,
  type Link,
  POD_LINK_PREFIX,
  PREFERENCE,
} from '../../src/model/index.ts'
import type { BareNode } from './bare-node.ts'
import type { Breaker, Chance, Fault } from './fault.ts'

/** What stands on the node, in the order of their keys. */
export async function standingOf<Kind extends Entry['kind']>(
  node: BareNode,
  kind: Kind,
): Promise<Extract<Entry, { kind: Kind }>[]> {
  const { entries } = await node.kernel.observe([])
  return entries
    .filter((entry): entry is Extract<Entry, { kind: Kind }> => entry.kind === kind)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

export const changing = (node: BareNode, text: string, changes: readonly Change[]): Fault => ({
  text: `on ${node.name}: ${text}`,
  async put() {
    const [failure] = await node.kernel.apply(changes)
    if (failure) throw new Error(`cannot put the fault "${text}" on ${node.name}: ${failure.message}`)
  },
})

type Removable = Extract<
  Entry,
  { kind: 'wireguard-peer' | 'route' | 'rule' | 'next-hop' | 'neighbour' | 'fdb' | 'address' }
>

/** What is taken away along with it (routes with their next hop) is gone too. Mostly one that many packets need. */
export const removeEntry =
  (kind: Removable['kind']): Breaker =>
  async (_, node, pick) => {
    const standing = await standingOf(node, kind)
    const carrying = standing.filter(isCarrying)
    const entry = pick(carrying.length === 0 || pick([0, 1, 2, 3]) === 0 ? standing : carrying)
    return entry && changing(node, `${keyOf(entry)} deleted`, [{ op: 'delete', entry }])
  }

const isOfPod = ({ link }: { readonly link: string }): boolean => link.startsWith(POD_LINK_PREFIX)

function isCarrying(entry: Removable): boolean {
  switch (entry.kind) {
    case 'route':
      return entry.target.kind !== 'unreachable' && entry.target.kind !== 'throw'
    case 'rule':
      return entry.preference === PREFERENCE.ours
    case 'neighbour':
    case 'address':
      return !isOfPod(entry)
    default:
      return true
  }
}

/** Of the table's own chains: before their other rules, for somebody's pods or everybody's. */
export const addFilterRule: Breaker = async (lab, node, pick) => {
  const [table] = await standingOf(node, 'filter-table')
  const chain = pick(table?.chains.filter(({ type }) => type === 'filter') ?? [])
  const { network, nodes } = lab.world
  const owners = pick([[network], [...nodes.values()]]) ?? []
  const prefix = pick(owners.flatMap(({ podPrefixes }) => podPrefixes))
  const field = pick(['source', 'destination'] as const)
  if (!table || !chain || !prefix || !field) return undefined
  const rule: FilterRule = {
    when: [{ kind: 'address', family: prefix.family, field, in: prefix }],
    verdict: { kind: 'drop' },
    comment: 'fault',
  }
  const entry: FilterTable = {
    ...table,
    chains: table.chains.map((one) => (one === chain ? { ...one, rules: [rule, ...one.rules] } : one)),
  }
  const text = `chain ${chain.name} drops ${field} ${formatPrefix(prefix)}`
  return changing(node, text, [{ op: 'update', entry, observed: table }])
}

/** Takes its routes along, and its IPv6 addresses. */
export const downLink: Breaker = async (_, node, pick) => {
  const link = pickLink(await standingOf(node, 'link'), pick)
  return (
    link && {
      text: `on ${node.name}: ${link.name} down`,
      put: () => within(node.namespace, ({ netlink }) => netlink.setLink(link.name, { isUp: false })),
    }
  )
}

/** Devices that carry packets. */
export const pickLink = (links: readonly Link[], pick: Chance): Link | undefined =>
  pick(links.filter(({ type }) => type.kind !== 'dummy'))
