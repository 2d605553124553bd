// Sets of addresses as lists of prefixes: the fewest prefixes that say them, ascending.
import { comparePrefixes, containsPrefix, nthAddress, overlaps, type Prefix, prefixSize } from './prefix.ts'

/** The fewest prefixes that hold the same addresses, ascending. */
export function mergePrefixes(prefixes: readonly Prefix[]): Prefix[] {
  const merged: Prefix[] = []
  for (let prefix of ascending(prefixes)) {
    let last = merged.at(-1)
    if (last !== undefined && containsPrefix(last, prefix)) continue
    while (last !== undefined && areHalves(last, prefix)) {
      merged.pop()
      prefix = { ...last, length: last.length - 1 }
      last = merged.at(-1)
    }
    merged.push(prefix)
  }
  return merged
}

/** The input itself where it is in order already: what was sorted once is not sorted at every plan. */
function ascending(prefixes: readonly Prefix[]): readonly Prefix[] {
  let previous: Prefix | undefined
  for (const prefix of prefixes) {
    if (previous !== undefined && comparePrefixes(previous, prefix) > 0) return prefixes.toSorted(comparePrefixes)
    previous = prefix
  }
  return prefixes
}

/** True where two prefixes, `low` before `high`, are the halves of one: they differ in the last bit of their length alone. */
export function areHalves(low: Prefix, high: Prefix): boolean {
  if (low.family !== high.family || low.length !== high.length || low.length === 0) return false
  const word = (low.length - 1) >>> 5
  const bit = 1 << (31 - ((low.length - 1) & 31))
  return (
    (low.w0 ^ high.w0) === (word === 0 ? bit : 0) &&
    (low.w1 ^ high.w1) === (word === 1 ? bit : 0) &&
    (low.w2 ^ high.w2) === (word === 2 ? bit : 0) &&
    (low.w3 ^ high.w3) === (word === 3 ? bit : 0)
  )
}

/** What is in the list and not in the cut: the fewest prefixes, ascending. */
export function subtractPrefixes(prefixes: readonly Prefix[], cut: readonly Prefix[]): Prefix[] {
  const cuts = mergePrefixes(cut)
  const rest: Prefix[] = []
  let from = 0
  for (const prefix of mergePrefixes(prefixes)) {
    from = skipWhile(cuts, from, (one) => !overlaps(one, prefix) && comparePrefixes(one, prefix) < 0)
    const to = skipWhile(cuts, from, (one) => overlaps(one, prefix))
    carve(prefix, cuts, from, to, rest)
    // A cut may reach over several prefixes, so `from` stays at it.
  }
  return rest
}

/** Adds what is left of the prefix after the cuts `from` up to `to`, all of which overlap it. */
function carve(prefix: Prefix, cuts: readonly Prefix[], from: number, to: number, rest: Prefix[]): void {
  const first = cuts[from]
  if (from === to || first === undefined) {
    rest.push(prefix)
    return
  }
  if (containsPrefix(first, prefix)) return
  const low: Prefix = { ...prefix, length: prefix.length + 1 }
  const high: Prefix = { ...nthAddress(prefix, prefixSize(low)), length: low.length }
  const middle = skipWhile(cuts, from, (one) => overlaps(one, low), to)
  carve(low, cuts, from, middle, rest)
  carve(high, cuts, middle, to, rest)
}

function skipWhile(
  cuts: readonly Prefix[],
  from: number,
  isSkipped: (cut: Prefix) => boolean,
  to = cuts.length,
): number {
  let index = from
  for (let cut = cuts[index]; index < to && cut !== undefined && isSkipped(cut); cut = cuts[index]) index++
  return index
}
