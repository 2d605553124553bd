// What each prefix holds of the classes of machines.
import { add, type Fingerprint, mix } from './fingerprint.ts'
import type { Regions } from './regions.ts'
import { NOBODY, type Thing } from './things.ts'

/** What a prefix holds: `whole`, of classes of which it holds all or none; `parts`, the regions of the others. */
export type Cover = { readonly whole: Fingerprint; readonly parts: readonly Thing[] }

const NO_PARTS: readonly Thing[] = []

/** At a position in the tree, as machines of that network see it; none where no machine stands in it. */
export type Covers = (position: number, network: number | undefined) => Cover | undefined

export function coversOf(
  { things, tree, marked }: Regions,
  blockOf: Int32Array,
  roleOf: Float64Array,
  classOf: Int32Array,
): Covers {
  const { order, end } = tree
  const orbits = new Map<Fingerprint, number>()
  const keys: Fingerprint[] = []
  const totals: number[] = []
  const isWhole = (orbit: number): boolean =>
    counts[orbit] === totals[orbit] && ((totals[orbit] ?? 0) > 1 || lone[orbit] === true)
  const lone: boolean[] = []
  const sizes = new Map<number, number>()
  for (const kind of classOf) sizes.set(kind, (sizes.get(kind) ?? 0) + 1)
  const orbitAt = new Int32Array(order.length).fill(-1)
  for (const [position, thing] of order.entries()) {
    const owner = things.owner(thing)
    const block = owner === NOBODY ? -1 : (blockOf[owner] ?? -1)
    if (block < 0) continue
    const key = mix(classOf[block] ?? 0, mix(roleOf[owner] ?? 0, things.role(thing)))
    let orbit = orbits.get(key)
    if (orbit === undefined) {
      orbit = keys.push(key) - 1
      orbits.set(key, orbit)
      totals.push(0)
      lone.push(sizes.get(classOf[block] ?? -1) === 1)
    }
    orbitAt[position] = orbit
    totals[orbit] = (totals[orbit] ?? 0) + 1
  }
  const counts = new Int32Array(keys.length)
  const found = new Map<number, Cover | undefined>()
  const ofNetworks = networksBefore(things, order)
  const coverOf = (position: number, network: number | undefined): Cover | undefined => {
    const last = end[position] ?? 0
    const isSeen = (at: number): boolean => {
      const own = network === undefined ? undefined : things.networkOf(order[at] ?? -1)
      return own === undefined || own === network
    }
    const met: number[] = []
    let whole = 0
    for (let at = position; at < last; at++) {
      const orbit = orbitAt[at] ?? -1
      if (orbit < 0) {
        if (marked.has(at) && isSeen(at)) whole = add(whole, mix(0xc0, order[at] ?? 0))
        continue
      }
      if (!isSeen(at)) continue
      if (counts[orbit] === 0) met.push(orbit)
      counts[orbit] = (counts[orbit] ?? 0) + 1
    }
    let isPart = false
    for (const orbit of met)
      if (isWhole(orbit)) whole = add(whole, mix(0xa11, keys[orbit] ?? 0))
      else isPart = true
    let parts = NO_PARTS
    if (isPart) {
      const list: Thing[] = []
      for (let at = position; at < last; at++) {
        const orbit = orbitAt[at] ?? -1
        if (orbit >= 0 && isSeen(at) && !isWhole(orbit)) list.push(order[at] ?? -1)
      }
      parts = list
    }
    for (const orbit of met) counts[orbit] = 0
    return whole !== 0 || parts.length > 0 ? { whole, parts } : undefined
  }
  return (position, network) => {
    const isSame = ofNetworks[position] === ofNetworks[end[position] ?? 0]
    const seenBy = isSame ? undefined : network
    const key = position + ((seenBy ?? -1) + 1) * order.length
    const known = found.get(key)
    if (known !== undefined || found.has(key)) return known
    const cover = coverOf(position, seenBy)
    found.set(key, cover)
    return cover
  }
}

/** How many things before each position mean something in one network alone. */
function networksBefore(things: Regions['things'], order: readonly Thing[]): Int32Array {
  const before = new Int32Array(order.length + 1)
  for (const [at, thing] of order.entries())
    before[at + 1] = (before[at] ?? 0) + (things.networkOf(thing) === undefined ? 0 : 1)
  return before
}
