// In which ways nodes of two groups stand to each other on both sides: in each way all pairs fare alike, before and after.
import type { Networks } from './end-pairs.ts'
import type { Cell, MatchedNode, NodeGroup } from './node-groups.ts'
import type { ProvedSide } from './proved-side.ts'

export type Meeting = {
  /** How the two stand to each other, before and after. */
  readonly way: string
  /** Undefined: they share a private network on one side alone. */
  readonly networks?: Networks
  readonly pairs: number
  /** Two nodes that meet so. */
  readonly example: readonly [MatchedNode, MatchedNode]
}

/** All pairs of two cells: one meeting. */
export type CellPair = Meeting & { readonly from: Cell; readonly to: Cell }

export type Meetings = {
  /** Each way once. */
  readonly waysOf: (from: NodeGroup, to: NodeGroup) => readonly Meeting[]
  /** Undefined: each is a cell of one and the same node. */
  readonly cellPairOf: (from: Cell, to: Cell) => CellPair | undefined
}

export function meetingsBetween(old: ProvedSide, next: ProvedSide): Meetings {
  const relationIn = ({ proof }: ProvedSide, a: number | undefined, b: number | undefined): string =>
    a === undefined || b === undefined ? '' : proof.relationOf(a, b)
  const wayOf = (a: MatchedNode, b: MatchedNode): Pick<Meeting, 'way' | 'networks'> => {
    const relations = [relationIn(old, a.old, b.old), relationIn(next, a.next, b.next)]
    const places = new Set(relations.filter((one) => one !== '').map((one) => (one === 'far' ? 'other' : 'same')))
    const [networks] = places
    return { way: relations.join(' '), ...(networks !== undefined && places.size === 1 && { networks }) }
  }
  const cellPairOf = (from: Cell, to: Cell): CellPair | undefined => {
    const [a, b] = [from.nodes[0], to.nodes[from === to ? 1 : 0]]
    if (a === undefined || b === undefined) return undefined
    return { from, to, ...wayOf(a, b), pairs: pairsOf(from, to), example: [a, b] }
  }
  const placesOf = ({ nodes: [first] }: Cell): readonly string[] => [
    ...placesIn(old, first?.old).map((place) => `before ${place}`),
    ...placesIn(next, first?.next).map((place) => `after ${place}`),
  ]
  const indices = new Map<NodeGroup, ReadonlyMap<string, readonly Cell[]>>()
  const byPlace = (group: NodeGroup): ReadonlyMap<string, readonly Cell[]> => {
    const known = indices.get(group)
    if (known !== undefined) return known
    const found = new Map<string, Cell[]>()
    for (const cell of group.cells)
      for (const place of placesOf(cell)) {
        const list = found.get(place) ?? []
        found.set(place, list)
        list.push(cell)
      }
    indices.set(group, found)
    return found
  }
  return {
    cellPairOf,
    waysOf(from, to) {
      const found = new Map<string, Meeting>()
      const note = (meeting: Meeting): void => {
        const before = found.get(meeting.way)
        found.set(meeting.way, { ...(before ?? meeting), pairs: (before?.pairs ?? 0) + meeting.pairs })
      }
      const index = byPlace(to)
      let near = 0
      for (const cell of from.cells) {
        const others = new Set(placesOf(cell).flatMap((place) => index.get(place) ?? []))
        for (const other of others) {
          const pair = cellPairOf(cell, other)
          if (pair === undefined) continue
          near += pair.pairs
          note(pair)
        }
      }
      // All that share no place on either side are far from each other, one like the other.
      const far = pairsOf(from.whole, to.whole) - near
      const example = far === 0 ? undefined : farPair(from, to, placesOf, cellPairOf)
      if (example !== undefined) note({ ...example, pairs: far })
      return [...found.values()]
    },
  }
}

const pairsOf = (from: Cell, to: Cell): number =>
  from === to ? from.nodes.length * (from.nodes.length - 1) : from.nodes.length * to.nodes.length

/** Where two machines are that are not far from each other. */
function placesIn({ proof, classOf }: ProvedSide, machine: number | undefined): readonly string[] {
  if (machine === undefined) return []
  const network = proof.networkOf[machine]
  return [`class ${classOf[machine]}`, ...(network === undefined ? [] : [`network ${network}`])]
}

function farPair(
  from: NodeGroup,
  to: NodeGroup,
  placesOf: (cell: Cell) => readonly string[],
  cellPairOf: Meetings['cellPairOf'],
): CellPair | undefined {
  for (const cell of from.cells) {
    const own = new Set(placesOf(cell))
    for (const other of to.cells)
      if (other !== cell && !placesOf(other).some((place) => own.has(place))) return cellPairOf(cell, other)
  }
  return undefined
}
