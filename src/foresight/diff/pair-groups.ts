// Pairs that differ alike, told once: who, to whom.
import type { Family } from '../../model/index.ts'
import type { EndPairs, Networks } from './end-pairs.ts'
import type { EndKind } from './ends.ts'
import type { Cell } from './node-groups.ts'

export type EndSet = { readonly kind: EndKind; readonly nodes: readonly string[] }

export type PairGroup<T> = {
  /** Each of these with each of those, other than on its own node. */
  readonly from: readonly EndSet[]
  readonly to: readonly EndSet[]
  /** The same holds the other way round. */
  readonly isBothWays: boolean
  /** Of those alone that stand in one private network, or in none together. Left out: wherever they stand. */
  readonly networks?: Networks
  readonly families: readonly Family[]
  readonly pairs: number
  /** One of them. */
  readonly example: T
}

/** `alike`: pairs of which it says the same stand in one group. No node is in two different cells. */
export function groupPairs<T extends EndPairs>(
  pairs: readonly T[],
  alike: (pair: T) => string,
): readonly PairGroup<T>[] {
  const cells = cellsIn(pairs)
  const places = Map.groupBy(pairs, (pair) => `${senderOf(pair)}\n${receiverOf(pair)}\n${alike(pair)}`)
  const familiesOf = (same: readonly T[]): readonly Family[] => [...new Set(same.map(({ from }) => from.family))].sort()
  const buckets = Map.groupBy(places.values(), (same) => `${same[0] && alike(same[0])}\n${familiesOf(same)}`)
  return [...buckets.values()]
    .flatMap((bucket) => {
      const [first = []] = bucket
      return mergeWays(mergeSources(bucket, cells).flatMap(amongEachOther)).map(({ rows, isBothWays }) => {
        const pairsOfRows = rows.flatMap(({ pairs: own }) => own)
        const [example] = pairsOfRows
        const [row] = rows
        if (example === undefined || row === undefined) return []
        return [
          {
            from: endSets(row.from, cells),
            to: endSets(row.to, cells),
            isBothWays,
            ...(example.networks && { networks: example.networks }),
            families: familiesOf(first),
            pairs: pairsOfRows.reduce((sum, { pairs: number }) => sum + number, 0),
            example,
          },
        ]
      })
    })
    .flat()
}

/** By name. */
type Cells = ReadonlyMap<string, Cell>

const cellsIn = (pairs: readonly EndPairs[]): Cells =>
  new Map(pairs.flatMap(({ fromNodes, toNodes }) => [fromNodes, toNodes].map((cell) => [cell.name, cell] as const)))

const senderOf = ({ from: { kind }, fromNodes: { name } }: EndPairs): string => `${kind} ${name}`
const receiverOf = ({ to: { kind }, toNodes: { name } }: EndPairs): string => `${kind} ${name}`
const cellIn = (end: string): string => end.slice(end.indexOf(' ') + 1)

type Row<T> = { readonly from: readonly string[]; readonly to: ReadonlySet<string>; readonly pairs: readonly T[] }

/** Senders that have the same receivers, but for the node of each. */
function mergeSources<T extends EndPairs>(bucket: readonly (readonly T[])[], cells: Cells): readonly Row<T>[] {
  const bySource = Map.groupBy(bucket, ([pair]) => (pair === undefined ? '' : senderOf(pair)))
  const rows: { first: Sender; from: string[]; to: Set<string>; pairs: T[] }[] = []
  for (const [name, places] of bySource) {
    const pairs = places.flat()
    const cell = cellIn(name)
    const isAlone = cells.get(cell)?.nodes.length === 1
    const sender = { ...(isAlone && { node: cell }), to: new Set(pairs.map(receiverOf)) }
    const row = rows.find(({ first }) => isSameBut(first, sender))
    if (row === undefined) rows.push({ first: sender, from: [name], to: new Set(sender.to), pairs })
    else {
      row.from.push(name)
      row.pairs.push(...pairs)
      for (const to of sender.to) row.to.add(to)
    }
  }
  return rows
}

/** `node`: where it is one alone, as nobody meets himself. */
type Sender = { readonly node?: string; readonly to: ReadonlySet<string> }

function isSameBut(a: Sender, b: Sender): boolean {
  const isIn = ({ to }: Sender, name: string): boolean => to.has(name) || [a.node, b.node].includes(cellIn(name))
  return [...a.to].every((name) => isIn(b, name)) && [...b.to].every((name) => isIn(a, name))
}

/** Who meets each other, and others too, in the same way: two rows. */
function amongEachOther<T extends EndPairs>(row: Row<T>): readonly Row<T>[] {
  const [from, others] = [new Set(row.from), [...row.to].filter((name) => !row.from.includes(name))]
  if (others.length === 0 || !row.from.every((name) => row.to.has(name))) return [row]
  const inside = row.pairs.filter((pair) => from.has(receiverOf(pair)))
  const outside = row.pairs.filter((pair) => !from.has(receiverOf(pair)))
  if (inside.length === 0) return [row]
  return [
    { from: row.from, to: from, pairs: inside },
    { from: row.from, to: new Set(others), pairs: outside },
  ]
}

/** A to B and B to A. */
function mergeWays<T>(
  rows: readonly Row<T>[],
): readonly { readonly rows: readonly Row<T>[]; readonly isBothWays: boolean }[] {
  const taken = new Set<Row<T>>()
  return rows.flatMap((row) => {
    if (taken.has(row)) return []
    taken.add(row)
    const [from, to] = [setText(row.from), setText(row.to)]
    if (from === to) return [{ rows: [row], isBothWays: true }]
    const back = rows.find((other) => !taken.has(other) && setText(other.from) === to && setText(other.to) === from)
    if (back !== undefined) taken.add(back)
    return [{ rows: back === undefined ? [row] : [row, back], isBothWays: back !== undefined }]
  })
}

const setText = (names: Iterable<string>): string => [...names].sort().join('\n')

const KINDS: readonly EndKind[] = ['pod', 'host', 'behind', 'outside']

function endSets(names: Iterable<string>, cells: Cells): readonly EndSet[] {
  const all = [...names]
  return KINDS.flatMap((kind) => {
    const own = all.filter((name) => name.startsWith(`${kind} `)).flatMap((name) => cells.get(cellIn(name)) ?? [])
    const nodes = own.flatMap(({ nodes: same }) => same.map(({ node }) => node))
    return nodes.length === 0 ? [] : [{ kind, nodes: nodes.sort() }]
  })
}
