// A bare number: the tables, rules, ports, marks and next hops that have it.
import {
  type Entry,
  type FilterTable,
  GUARD_TABLE,
  isOurNextHopId,
  MAIN_TABLE,
  MARK,
  PREFERENCE,
  TABLE,
} from '../../model/index.ts'
import type { Plan } from '../../planner/index.ts'
import { listOf } from '../../render/index.ts'
import { type Fact, fact } from './fact.ts'
import type { FoundMeaning } from './meaning.ts'

export type NumberKind = 'table' | 'rule' | 'port' | 'mark' | 'next hop'

/** What the number may be; whether any node has it is for the search to say, save for what is settled in the program. */
export const meaningsOfNumber = (plan: Plan, number: number): readonly FoundMeaning[] =>
  (['table', 'rule', 'port', 'mark', 'next hop'] as const).map((kind) => meaningOfNumber(plan, kind, number))

export function meaningOfNumber(plan: Plan, kind: NumberKind, number: number): FoundMeaning {
  const facts = kind === 'port' ? portFacts(plan, number) : []
  const search = {
    isWanted: (entry: Entry) => HAS[kind](entry, number),
    ...(kind === 'mark' && { say: sayMarked(number) }),
  }
  return { kind, is: wordsFor(kind, number), facts, search }
}

function wordsFor(kind: NumberKind, number: number): string {
  switch (kind) {
    case 'table':
      return TABLES.get(number) ?? 'a table of routes'
    case 'rule':
      return RULES.get(number) ?? 'the preference of a rule'
    case 'port':
      return 'a UDP port'
    case 'mark':
      return number === MARK ? "the mark of our tunnels' own packets, which skip our table" : 'a packet mark'
    case 'next hop':
      return isOurNextHopId(number) ? 'the id of a next hop of ours' : 'the id of a next hop'
  }
}

const TABLES: ReadonlyMap<number, string> = new Map([
  [TABLE, 'the table of the routes that carry the network'],
  [GUARD_TABLE, 'the table of the guards: what no route carries is refused there'],
  [MAIN_TABLE, "the host's main table, in which there is nothing of ours"],
])

const RULES: ReadonlyMap<number, string> = new Map([
  [PREFERENCE.vxlan, 'the preference of the rules for what our table must not catch'],
  [PREFERENCE.ours, 'the preference of the rule that reads our table'],
  [PREFERENCE.main, "the preference of the rule that reads the host's specific routes"],
  [PREFERENCE.guards, 'the preference of the rule that reads the guards'],
])

const HAS: { readonly [kind in NumberKind]: (entry: Entry, number: number) => boolean } = {
  table: (entry, number) => (entry.kind === 'rule' || entry.kind === 'route') && entry.table === number,
  rule: (entry, number) => entry.kind === 'rule' && entry.preference === number,
  port: (entry, number) =>
    (entry.kind === 'wireguard-device' && entry.listenPort === number) ||
    (entry.kind === 'wireguard-peer' && entry.endpoint?.port === number) ||
    (entry.kind === 'link' && entry.type.kind === 'vxlan' && entry.type.port === number) ||
    (entry.kind === 'rule' && entry.ownUdpPort === number),
  mark: (entry, number) =>
    (entry.kind === 'rule' && entry.withoutMark === number) ||
    (entry.kind === 'wireguard-device' && entry.mark === number) ||
    (entry.kind === 'link' && entry.type.kind === 'ipip' && entry.type.mark === number) ||
    (entry.kind === 'filter-table' && rulesWithMark(entry, number).length > 0),
  'next hop': (entry, number) =>
    ((entry.kind === 'next-hop' || entry.kind === 'next-hop-group') && entry.id === number) ||
    (entry.kind === 'next-hop-group' && entry.members.includes(number)) ||
    (entry.kind === 'route' && entry.target.kind === 'next-hop-object' && entry.target.id === number),
}

const rulesWithMark = ({ chains }: FilterTable, mark: number) =>
  chains.flatMap(({ rules }) =>
    rules.filter(({ when }) => when.some((condition) => condition.kind === 'mark' && condition.mask === mark)),
  )

const sayMarked = (mark: number) => (entry: Entry) =>
  entry.kind === 'filter-table'
    ? `table inet ${entry.name}: rules ${[...new Set(rulesWithMark(entry, mark).map(({ comment }) => `"${comment}"`))].join(', ')}`
    : undefined

function portFacts({ network, nodes }: Plan, port: number): readonly Fact[] {
  const resource = `Network/${network.name}`
  const listeners = [...nodes.values()].filter(
    ({ node: { endpoint } }) => endpoint?.port === port || endpoint?.ports?.includes(port),
  )
  return [
    ...(network.tunnel.port === port
      ? [fact('tunnels', 'the first of the ports on which tunnels listen', resource, 'spec.tunnel')]
      : []),
    ...(network.fabric.kind === 'vxlan' && network.fabric.port === port
      ? [fact('fabric', 'the port of vxlan', resource, 'spec.fabric')]
      : []),
    ...(listeners.length > 0
      ? [
          fact(
            'endpoints',
            `of ${listOf(
              listeners.map(({ node }) => node.name),
              8,
            )}`,
          ),
        ]
      : []),
  ]
}
