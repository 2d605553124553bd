// The fewest causes that account for everything: each thing may be put down to any of several, and the one that most have in common
// is taken first.

/** Equal keys are one cause. */
export type Candidate = { readonly key: string; readonly text: string }

export type Covered<Item> = { readonly cause: Candidate; readonly items: readonly Item[]; readonly weight: number }

/** Greedy, heaviest first. Every item stands in one group, or in none where it has no candidates. */
export function coverByCauses<Item>(
  items: readonly Item[],
  candidatesOf: (item: Item) => readonly Candidate[],
  weightOf: (item: Item) => number,
): readonly Covered<Item>[] {
  const options = new Map(items.map((item) => [item, candidatesOf(item)]))
  const open = new Map<string, { readonly cause: Candidate; readonly items: Set<Item>; weight: number }>()
  for (const [item, candidates] of options)
    for (const cause of candidates) {
      const one = open.get(cause.key) ?? { cause, items: new Set<Item>(), weight: 0 }
      open.set(cause.key, one)
      if (!one.items.has(item)) one.weight += weightOf(item)
      one.items.add(item)
    }
  const groups: Covered<Item>[] = []
  for (;;) {
    let heaviest: { readonly cause: Candidate; readonly items: Set<Item>; weight: number } | undefined
    for (const one of open.values())
      if (one.items.size > 0 && (heaviest === undefined || one.weight > heaviest.weight)) heaviest = one
    if (heaviest === undefined) return groups
    const { cause, weight } = heaviest
    const taken = [...heaviest.items]
    groups.push({ cause, items: taken, weight })
    for (const item of taken)
      for (const { key } of options.get(item) ?? []) {
        const other = open.get(key)
        if (other?.items.delete(item)) other.weight -= weightOf(item)
      }
  }
}
