// Where prefixes that nobody named before would stand in the tree of those that are known.
import { comparePrefixes, containsPrefix, type Prefix } from '../../model/index.ts'
import type { Regions } from './regions.ts'

export type Places = {
  /** Positions of what the prefix holds, itself too: from `start`, before `end`. */
  readonly inside: (prefix: Prefix) => { readonly start: number; readonly end: number }
  /** Positions of what holds the prefix, itself not, the innermost first. */
  readonly around: (prefix: Prefix) => readonly number[]
  readonly prefixAt: (position: number) => Prefix
}

export function placesIn({ things, tree: { order, parent } }: Regions): Places {
  const prefixAt = (position: number): Prefix => things.prefix(order[position] ?? -1) as Prefix
  /** Of the first that does not stand before it. */
  const startOf = (prefix: Prefix): number => {
    let [low, high] = [0, order.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (comparePrefixes(prefixAt(middle), prefix) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    prefixAt,
    inside: (prefix) => {
      const start = startOf(prefix)
      let end = start
      while (end < order.length && containsPrefix(prefix, prefixAt(end))) end++
      return { start, end }
    },
    around: (prefix) => {
      const found: number[] = []
      for (let at = startOf(prefix) - 1; at >= 0; at = parent[at] ?? -1)
        if (prefixAt(at).length < prefix.length && containsPrefix(prefixAt(at), prefix)) found.push(at)
      return found
    },
  }
}
