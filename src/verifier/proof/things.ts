// Everything that a state can name of a machine, as numbers: addresses and prefixes, keys, hardware addresses, names, next hops;
// whose each is, and what it is to its owner.
import { type Address, comparePrefixes, containsPrefix, hostPrefix, type Prefix } from '../../model/index.ts'
import { type Fingerprint, fingerprintOf, mix } from './fingerprint.ts'

export type Thing = number
/** No machine's, or of several. */
export const NOBODY = -1

export type Things = {
  /** The same as machines of this private network name them; undefined: of several. */
  readonly within: (network: number | undefined) => Things
  readonly ofPrefix: (prefix: Prefix) => Thing
  readonly ofAddress: (address: Address) => Thing
  readonly ofHardwareAddress: (address: string) => Thing
  readonly ofText: (text: string) => Thing
  /** In which private network alone it means what it means. */
  readonly networkOf: (thing: Thing) => number | undefined
  /** `role`: the same for the things of two machines that stand for each other. */
  readonly claim: (thing: Thing, node: number, role: string) => void
  readonly owner: (thing: Thing) => number
  readonly role: (thing: Thing) => Fingerprint
  readonly identity: (thing: Thing) => Fingerprint
  readonly prefix: (thing: Thing) => Prefix | undefined
  readonly count: () => number
  readonly isDisputed: (thing: Thing) => boolean
  /** Machines that claim what another claims too. */
  readonly disputing: ReadonlySet<number>
}

/** `isOfNetwork`: addresses that mean one machine in each private network, and often others in others. */
export function createThings(isOfNetwork: (prefix: Prefix) => boolean): Things {
  const ids = new Map<number | string, Thing>()
  const prefixes: (Prefix | undefined)[] = []
  const owners: number[] = []
  const roles: Fingerprint[] = []
  const identities: Fingerprint[] = []
  const networks = new Map<Thing, number>()
  /** What is another thing in each network, by what all call it. */
  const namesakes = new Map<number | string, Thing[]>()
  const disputed = new Set<Thing>()
  const disputing = new Set<number>()
  const intern = (key: number | string, prefix: Prefix | undefined): Thing => {
    const known = ids.get(key)
    if (known !== undefined) return known
    const made = prefixes.push(prefix) - 1
    ids.set(key, made)
    owners.push(NOBODY)
    roles.push(0)
    identities.push(mix(0x1d, made))
    return made
  }
  const internIn = (network: number | undefined, key: number | string, prefix: Prefix | undefined): Thing => {
    const list = namesakes.get(key) ?? []
    if (network === undefined) {
      // Machines of several networks name it, each another: whom it means is not followed up.
      for (const one of list) if (owners[one] !== NOBODY) disputing.add(owners[one] ?? NOBODY)
      return intern(key, prefix)
    }
    const own = intern(`in ${network} ${key}`, prefix)
    if (!networks.has(own)) {
      networks.set(own, network)
      namesakes.set(key, list)
      list.push(own)
    }
    return own
  }
  const within = (network: number | undefined): Things => {
    const ofPrefix = (prefix: Prefix): Thing =>
      isOfNetwork(prefix) ? internIn(network, prefixKey(prefix), prefix) : intern(prefixKey(prefix), prefix)
    return {
      within: (other) => {
        const known = views.get(other)
        if (known !== undefined) return known
        const made = within(other)
        views.set(other, made)
        return made
      },
      ofPrefix,
      ofAddress: (address) => ofPrefix(hostPrefix(address)),
      ofHardwareAddress: (address) => internIn(network, `hw ${address}`, undefined),
      ofText: (text) => intern(text, undefined),
      networkOf: (thing) => networks.get(thing),
      claim: (thing, node, role) => {
        const owner = owners[thing] ?? NOBODY
        if (disputed.has(thing) || (owner !== NOBODY && owner !== node)) {
          disputed.add(thing)
          disputing.add(node)
          if (owner !== NOBODY) disputing.add(owner)
          owners[thing] = NOBODY
        } else if (owner === NOBODY) {
          owners[thing] = node
          roles[thing] = fingerprintOf(role)
        }
      },
      owner: (thing) => owners[thing] ?? NOBODY,
      role: (thing) => roles[thing] ?? 0,
      identity: (thing) => identities[thing] ?? 0,
      prefix: (thing) => prefixes[thing],
      count: () => prefixes.length,
      isDisputed: (thing) => disputed.has(thing),
      disputing,
    }
  }
  const views = new Map<number | undefined, Things>()
  return within(undefined)
}

const prefixKey = ({ family, w0, w1, w2, w3, length }: Prefix): number | string =>
  family === 4 ? w0 * 64 + length : `${w0},${w1},${w2},${w3}/${length}`

/** Prefixes by what holds what. A region is what a prefix holds and no longer one does: every table treats it as one. */
export type PrefixTree = {
  /** Things in ascending order: what a prefix holds follows it, up to `end`. */
  readonly order: readonly Thing[]
  readonly place: ReadonlyMap<Thing, number>
  readonly parent: Int32Array
  readonly end: Int32Array
}

export function prefixTreeOf(things: Things): PrefixTree {
  const found: { readonly thing: Thing; readonly prefix: Prefix; readonly isOfNetwork: boolean }[] = []
  for (let thing = 0; thing < things.count(); thing++) {
    const prefix = things.prefix(thing)
    if (prefix !== undefined) found.push({ thing, prefix, isOfNetwork: things.networkOf(thing) !== undefined })
  }
  found.sort((a, b) => comparePrefixes(a.prefix, b.prefix) || Number(a.isOfNetwork) - Number(b.isOfNetwork))
  const parent = new Int32Array(found.length).fill(-1)
  const end = new Int32Array(found.length)
  const open: number[] = []
  for (const [index, { prefix, isOfNetwork }] of found.entries()) {
    for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
      const outer = found[last]
      if (outer !== undefined && containsPrefix(outer.prefix, prefix)) break
      end[last] = index
      open.pop()
    }
    parent[index] = open.at(-1) ?? -1
    if (isOfNetwork) end[index] = index + 1
    else open.push(index)
  }
  for (const last of open) end[last] = found.length
  const order = found.map(({ thing }) => thing)
  return { order, place: new Map(order.map((thing, index) => [thing, index])), parent, end }
}

/** What stands inside of a machine's prefix is the machine's too, at that place of it. */
export function claimInsides(things: Things, { order, parent }: PrefixTree): void {
  for (const [index, thing] of order.entries()) {
    if (things.owner(thing) !== NOBODY) continue
    const outer = order[parent[index] ?? -1]
    const prefix = things.prefix(thing)
    const around = outer === undefined ? undefined : things.prefix(outer)
    if (outer === undefined || prefix === undefined || around === undefined) continue
    const owner = things.owner(outer)
    if (owner === NOBODY) continue
    const words = [prefix.w0 - around.w0, prefix.w1 - around.w1, prefix.w2 - around.w2, prefix.w3 - around.w3]
    things.claim(thing, owner, `${things.role(outer)} + ${words.join()} /${prefix.length}`)
  }
}
