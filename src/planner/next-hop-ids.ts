// Ids of next-hop objects: made of a name, so that a newcomer leaves everybody else's as they are.

const BITS = 22

/** An id for each name inside the range that begins at `base`. Two names of one hash: the later name takes the next free id. */
export function nextHopIds(base: number, ascendingNames: Iterable<string>): ReadonlyMap<string, number> {
  const ids = new Map<string, number>()
  const taken = new Set<number>()
  for (const name of ascendingNames) {
    let offset = hash(name)
    while (taken.has(offset)) offset = (offset + 1) % 2 ** BITS
    taken.add(offset)
    ids.set(name, base + offset)
  }
  return ids
}

/** FNV-1a, folded to 22 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return ((value >>> BITS) ^ value) & (2 ** BITS - 1)
}
