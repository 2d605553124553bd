// Pairs that differ alike, told once: who, to whom.
import type { Family } from '../../model/index.ts'
import type { EndKind, MatchedEnd } from './ends.ts'

export type EndSet = { readonly kind: EndKind; readonly nodes: readonly string[] }

export type PairGroup<T> = {
  /** Each of these with each of those, other than on its own node. */
  readonly from: readonly EndSet[]
  readonly to: readonly EndSet[]
  /** The same holds the other way round. */
  readonly isBothWays: boolean
  readonly families: readonly Family[]
  readonly pairs: number
  /** One of them. */
  readonly example: T
}

type Pair = { readonly from: MatchedEnd; readonly to: MatchedEnd }

/** `alike`: pairs of which it says the same stand in one group. */
export function groupPairs<T extends Pair>(pairs: readonly T[], alike: (pair: T) => string): readonly PairGroup<T>[] {
  const places = Map.groupBy(pairs, (pair) => `${nameOf(pair.from)}\n${nameOf(pair.to)}\n${alike(pair)}`)
  const familiesOf = (same: readonly T[]): readonly Family[] => [...new Set(same.map(({ from }) => from.family))].sort()
  const buckets = Map.groupBy(places.values(), (same) => `${same[0] && alike(same[0])}\n${familiesOf(same)}`)
  return [...buckets.values()]
    .flatMap((bucket) => {
      const [first = []] = bucket
      return mergeWays(mergeSources(bucket).flatMap(amongEachOther)).map(({ rows, isBothWays }) => {
        const pairsOfRows = rows.flatMap(({ pairs: own }) => own)
        const [example] = pairsOfRows
        const [row] = rows
        if (example === undefined || row === undefined) return []
        return [
          {
            from: endSets(row.from),
            to: endSets(row.to),
            isBothWays,
            families: familiesOf(first),
            pairs: pairsOfRows.length,
            example,
          },
        ]
      })
    })
    .flat()
}

const nameOf = ({ kind, node }: MatchedEnd): string => `${kind} ${node}`
const nodeIn = (name: string): string => name.slice(name.indexOf(' ') + 1)

type Row<T> = { readonly from: readonly string[]; readonly to: ReadonlySet<string>; readonly pairs: readonly T[] }

/** Senders that have the same receivers, but for the node of each. */
function mergeSources<T extends Pair>(bucket: readonly (readonly T[])[]): readonly Row<T>[] {
  const bySource = Map.groupBy(bucket, ([pair]) => (pair === undefined ? '' : nameOf(pair.from)))
  const rows: { first: Sender; from: string[]; to: Set<string>; pairs: T[] }[] = []
  for (const [name, places] of bySource) {
    const pairs = places.flat()
    const sender = { node: nodeIn(name), to: new Set(pairs.map((pair) => nameOf(pair.to))) }
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

type Sender = { readonly node: string; readonly to: ReadonlySet<string> }

function isSameBut(a: Sender, b: Sender): boolean {
  const isIn = ({ to }: Sender, name: string): boolean => to.has(name) || [a.node, b.node].includes(nodeIn(name))
  return [...a.to].every((name) => isIn(b, name)) && [...b.to].every((name) => isIn(a, name))
}

/** Who meets each other, and others too, in the same way: two rows. */
function amongEachOther<T extends Pair>(row: Row<T>): readonly Row<T>[] {
  const [from, others] = [new Set(row.from), [...row.to].filter((name) => !row.from.includes(name))]
  if (others.length === 0 || !row.from.every((name) => row.to.has(name))) return [row]
  const inside = row.pairs.filter(({ to }) => from.has(nameOf(to)))
  const outside = row.pairs.filter(({ to }) => !from.has(nameOf(to)))
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

function endSets(names: Iterable<string>): readonly EndSet[] {
  const all = [...names]
  return KINDS.flatMap((kind) => {
    const nodes = all.filter((name) => name.startsWith(`${kind} `)).map(nodeIn)
    return nodes.length === 0 ? [] : [{ kind, nodes: nodes.sort() }]
  })
}
