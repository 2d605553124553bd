// Every prefix has one owner, and neighbouring prefixes that go the same way are one route.
import { type Because, comparePrefixes, type Prefix, prefixOf } from '../model/index.ts'
import type { PlannedNode } from './site.ts'

export type OwnedPrefix = { readonly prefix: Prefix; readonly because: readonly Because[] }

/** The pod prefixes of a node, ascending. */
export const ownedPrefixes = ({ node }: PlannedNode): readonly OwnedPrefix[] =>
  node.podPrefixes
    .map((prefix, index) => ({
      prefix,
      because: [{ resource: `Node/${node.name}`, field: `spec.podPrefixes[${index}]`, rule: 'owns the prefix' }],
    }))
    .sort((a, b) => comparePrefixes(a.prefix, b.prefix))

/** The fewest prefixes that cover exactly the same addresses. The input ascends and nothing in it overlaps. */
export function mergeOwned(ascending: readonly OwnedPrefix[]): readonly OwnedPrefix[] {
  const merged: { prefix: Prefix; from: number }[] = []
  for (const [index, { prefix }] of ascending.entries()) {
    merged.push({ prefix, from: index })
    for (
      let halves = lastTwo(merged);
      halves !== undefined && areHalves(halves[0].prefix, halves[1].prefix);
      halves = lastTwo(merged)
    ) {
      merged.length -= 2
      merged.push({ prefix: prefixOf(halves[0].prefix, halves[0].prefix.length - 1), from: halves[0].from })
    }
  }
  return merged.map(({ prefix, from }, index) => {
    const to = merged[index + 1]?.from ?? ascending.length
    const only = ascending[from]
    return to - from === 1 && only !== undefined
      ? only
      : { prefix, because: ascending.slice(from, to).flatMap((owned) => owned.because) }
  })
}

function lastTwo<T>(list: readonly T[]): readonly [T, T] | undefined {
  const lower = list[list.length - 2]
  const upper = list[list.length - 1]
  return lower === undefined || upper === undefined ? undefined : [lower, upper]
}

/** True for the two halves of one prefix, the lower first. */
function areHalves(lower: Prefix, upper: Prefix): boolean {
  if (lower.family !== upper.family || lower.length !== upper.length || lower.length === 0) return false
  const bit = lower.length - 1
  const flip = (word: number, first: number) =>
    bit >= first && bit < first + 32 ? (word ^ (1 << (31 - (bit - first)))) >>> 0 : word
  return (
    flip(lower.w0, 0) === upper.w0 &&
    flip(lower.w1, 32) === upper.w1 &&
    flip(lower.w2, 64) === upper.w2 &&
    flip(lower.w3, 96) === upper.w3 &&
    lower.w0 <= upper.w0 &&
    lower.w1 <= upper.w1 &&
    lower.w2 <= upper.w2 &&
    lower.w3 <= upper.w3
  )
}
