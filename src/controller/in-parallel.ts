// Work on many items, of which a server takes some at a time.
/** At most so many at once, in their order. `run` never rejects. */
export async function inParallel<Item>(
  items: readonly Item[],
  most: number,
  run: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values()
  const work = async (): Promise<void> => {
    for (const item of rest) await run(item)
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, work))
}
