// Two lists of prefixes, one by one: what came and what went.
import type { Prefix } from '../../model/index.ts'

const placeKey = ({ family, w0, w1, w2, w3, length }: Prefix): string => `${family} ${w0} ${w1} ${w2} ${w3} ${length}`

/** What stands in one of two lists of prefixes alone. */
export type Difference = { readonly removed: readonly Prefix[]; readonly added: readonly Prefix[] }
const differences = new WeakMap<readonly Prefix[], Difference & { readonly after: readonly Prefix[] }>()

/** Of lists that many machines share it is found once. */
export function differenceOf(before: readonly Prefix[], after: readonly Prefix[]): Difference {
  const known = differences.get(before)
  if (known?.after === after) return known
  const found = { after, removed: without(before, after), added: without(after, before) }
  differences.set(before, found)
  return found
}

function without(prefixes: readonly Prefix[], others: readonly Prefix[]): Prefix[] {
  if (others.length === 0) return [...prefixes]
  const known = new Set(others.map(placeKey))
  return prefixes.filter((prefix) => !known.has(placeKey(prefix)))
}
