// The entries of a NodeState apart by kind, each list in one order whatever the order of the plan.
import {
  compareAddresses,
  comparePrefixes,
  type Entry,
  entriesOf,
  type NextHop,
  type NextHopGroup,
  type NodeState,
} from '../model/index.ts'

type OfKind<Kind extends Entry['kind']> = Extract<Entry, { readonly kind: Kind }>

export type SortedEntries = { readonly [Kind in Entry['kind']]: readonly OfKind<Kind>[] }

export function sortEntries(state: NodeState): SortedEntries {
  const entries = [...entriesOf(state)]
  const pick = <Kind extends Entry['kind']>(
    kind: Kind,
    ...order: ((a: OfKind<Kind>, b: OfKind<Kind>) => number)[]
  ): readonly OfKind<Kind>[] =>
    entries
      .filter((entry): entry is OfKind<Kind> => entry.kind === kind)
      .sort((a, b) => order.reduce((decided, compare) => decided || compare(a, b), 0))
  return {
    sysctl: pick('sysctl', (a, b) => compareNames(a.key, b.key)),
    link: pick('link', (a, b) => compareNames(a.name, b.name)),
    address: pick('address', byLink, (a, b) => compareAddresses(a.address, b.address)),
    rule: pick(
      'rule',
      (a, b) => a.family - b.family,
      (a, b) => a.preference - b.preference,
      (a, b) => a.table - b.table,
    ),
    'filter-table': pick('filter-table', (a, b) => compareNames(a.name, b.name)),
    'wireguard-device': pick('wireguard-device', byLink),
    'wireguard-peer': pick('wireguard-peer', byLink, (a, b) => compareTexts(a.publicKey, b.publicKey)),
    neighbour: pick('neighbour', byLink, (a, b) => compareAddresses(a.address, b.address)),
    fdb: pick('fdb', byLink, (a, b) => compareTexts(a.hardwareAddress, b.hardwareAddress)),
    'next-hop': pick('next-hop', byId),
    'next-hop-group': pick('next-hop-group', byId),
    route: pick(
      'route',
      (a, b) => a.table - b.table,
      (a, b) => comparePrefixes(a.to, b.to),
    ),
  }
}

const byLink = (a: { readonly link: string }, b: { readonly link: string }): number => compareNames(a.link, b.link)
const byId = (a: NextHop | NextHopGroup, b: NextHop | NextHopGroup): number => a.id - b.id

/** By code unit: no locale may change what a golden says. */
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** As people count: `damask-t2` before `damask-t10`. */
export function compareNames(a: string, b: string): number {
  const [left, right] = [a.split(/(\d+)/), b.split(/(\d+)/)]
  for (const [index, word] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    if (word === other) continue
    // Odd places hold the digits.
    return (index % 2 === 1 && Number(word) - Number(other)) || compareTexts(word, other)
  }
  return left.length - right.length
}
