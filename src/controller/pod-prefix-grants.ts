// Pod prefixes for nodes that the cluster gives none: out of the Network's, each a node's own for as long as the node is there.
import {
  comparePrefixes,
  containsPrefix,
  FAMILY_BITS,
  type Family,
  mergePrefixes,
  type Network,
  nthAddress,
  overlaps,
  type Prefix,
  subtractPrefixes,
  tryPrefix,
} from '../model/index.ts'

/** Of whom a grant counts before that of others; the first of a list is the first. */
export type GrantHolder = {
  readonly name: string
  /** What it was granted so far. */
  readonly has: readonly Prefix[]
  /** False: what it has stays its own while it is there, and nothing is added (it is going, or it is not ours). */
  readonly isWanting: boolean
}

export type GrantInput = {
  readonly network: Pick<Network, 'podPrefixes' | 'podPrefixLengths' | 'servicePrefixes' | 'lan'>
  readonly holders: readonly GrantHolder[]
  /** What nobody may be granted: pod prefixes that others gave, machines' own addresses. */
  readonly reserved: readonly Prefix[]
  /** Of each family the one that was granted last: the search goes on after it, so that what became free is taken last. */
  readonly last: LastGranted
}

export type LastGranted = { readonly [family in Family]?: Prefix }

export type GrantResult = {
  /** Of those that want some, by name. */
  readonly granted: ReadonlyMap<string, readonly Prefix[]>
  /** Families of which nothing was left for a node, by name. */
  readonly lacking: ReadonlyMap<string, readonly Family[]>
  readonly last: LastGranted
}

/** Of each family of the Network's pod prefixes one. Who has one that is still good keeps it, whatever its length. */
export function grantPodPrefixes({ network, holders, reserved, last }: GrantInput): GrantResult {
  const fixed = mergePrefixes([...reserved, ...network.servicePrefixes, ...(network.lan ? [network.lan] : [])])
  const kept = keptGrants(holders, network.podPrefixes, fixed)
  const granted = new Map<string, readonly Prefix[]>()
  const lacking = new Map<string, readonly Family[]>()
  const taken = [...fixed, ...[...kept.values()].flat()]
  const add = <Value>(to: Map<string, readonly Value[]>, name: string, value: Value): void =>
    void to.set(name, [...(to.get(name) ?? []), value])
  const newest: { [family in Family]?: Prefix } = { ...last }
  for (const { name, isWanting } of holders) if (isWanting) granted.set(name, [])
  for (const family of [4, 6] as const) {
    const pools = network.podPrefixes.filter((pool) => pool.family === family)
    if (pools.length === 0) continue
    let free: Iterator<Prefix> | undefined
    for (const { name, isWanting } of holders) {
      if (!isWanting) continue
      const own = kept.get(name)?.find((prefix) => prefix.family === family)
      // Without anybody in need nothing is searched.
      free ??= own ? undefined : freePrefixes(pools, taken, lengthOf(network, family), last[family])
      const next = own ?? free?.next().value
      if (next === undefined) add(lacking, name, family)
      else add(granted, name, next)
      if (own === undefined && next !== undefined) newest[family] = next
    }
  }
  return { granted, lacking, last: newest }
}

const lengthOf = ({ podPrefixLengths }: GrantInput['network'], family: Family): number =>
  family === 4 ? (podPrefixLengths?.ipv4 ?? 24) : (podPrefixLengths?.ipv6 ?? 64)

/** Grants that are inside the Network's, apart from what is fixed, and apart from those of holders before them. */
function keptGrants(
  holders: readonly GrantHolder[],
  pools: readonly Prefix[],
  fixed: readonly Prefix[],
): ReadonlyMap<string, readonly Prefix[]> {
  const all = holders.flatMap(({ name, has, isWanting }, rank) =>
    has.filter((prefix) => !isWanting || isUsable(prefix, pools, fixed)).map((prefix) => ({ name, prefix, rank })),
  )
  const good = apartByRank(all)
  const kept = new Map<string, Prefix[]>()
  for (const { name, prefix } of good) {
    const own = kept.get(name) ?? []
    kept.set(name, [...own, prefix])
  }
  return kept
}

const isUsable = (prefix: Prefix, pools: readonly Prefix[], fixed: readonly Prefix[]): boolean =>
  pools.some((pool) => containsPrefix(pool, prefix)) && !overlapsAny(fixed, prefix)

type RankedGrant = { readonly name: string; readonly prefix: Prefix; readonly rank: number }

/** Prefixes overlap only by one holding the other: in order, those that do follow their widest. */
function apartByRank(all: readonly RankedGrant[]): readonly RankedGrant[] {
  const groups: RankedGrant[][] = []
  for (const grant of all.toSorted((a, b) => comparePrefixes(a.prefix, b.prefix))) {
    const group = groups.at(-1)
    if (group?.[0] !== undefined && containsPrefix(group[0].prefix, grant.prefix)) group.push(grant)
    else groups.push([grant])
  }
  return groups.flatMap((group) => (group.length === 1 ? group : firstsApart(group)))
}

function firstsApart(group: readonly RankedGrant[]): readonly RankedGrant[] {
  const apart: RankedGrant[] = []
  for (const grant of group.toSorted((a, b) => a.rank - b.rank))
    if (!apart.some(({ prefix }) => overlaps(prefix, grant.prefix))) apart.push(grant)
  return apart
}

/** `merged`: ascending, and none overlaps another. */
function overlapsAny(merged: readonly Prefix[], prefix: Prefix): boolean {
  let [low, high] = [0, merged.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const found = merged[middle]
    if (found !== undefined && comparePrefixes(found, prefix) <= 0) low = middle + 1
    else high = middle
  }
  return [merged[low - 1], merged[low]].some((other) => other !== undefined && overlaps(other, prefix))
}

/** All of this length that overlap nothing taken: ascending from the one after `last`, then from the start up to it. */
function* freePrefixes(
  pools: readonly Prefix[],
  taken: readonly Prefix[],
  length: number,
  last: Prefix | undefined,
): Generator<Prefix, undefined> {
  const free = subtractPrefixes(pools, taken).filter((prefix) => prefix.length <= length)
  for (const block of free) yield* insideOf(block, length, firstAfter(last, block, length))
  if (last === undefined) return
  for (const block of free) yield* insideOf(block, length, 0n, firstAfter(last, block, length))
}

/** Number `from` up to, and without, number `to` of the prefixes of this length in a block. */
function* insideOf(block: Prefix, length: number, from: bigint, to = countIn(block, length)): Generator<Prefix> {
  for (let index = from; index < to; index++) yield { ...nthAddress(block, index * sizeOf(block, length)), length }
}

/** Which of the prefixes in a block is the first after `last`; as many as there are where none is. */
function firstAfter(last: Prefix | undefined, block: Prefix, length: number): bigint {
  if (last === undefined || comparePrefixes(last, block) < 0) return 0n
  const number = (numberOf(last) - numberOf(block)) / sizeOf(block, length) + 1n
  const count = countIn(block, length)
  return number < count ? number : count
}

const countIn = (block: Prefix, length: number): bigint => 1n << BigInt(length - block.length)
const sizeOf = ({ family }: Prefix, length: number): bigint => 1n << BigInt(FAMILY_BITS[family] - length)

const numberOf = ({ family, w0, w1, w2, w3 }: Prefix): bigint =>
  family === 4 ? word(w0) : (word(w0) << 96n) | (word(w1) << 64n) | (word(w2) << 32n) | word(w3)

const word = (signed: number): bigint => BigInt(signed >>> 0)

/** Of those that are there the ones of the youngest, so that a controller that begins goes on where the one before was. */
export function lastGrantedOf(
  all: readonly { readonly createdAt: string; readonly grantedPodPrefixes: readonly string[] }[],
): LastGranted {
  const last: { [family in Family]?: Prefix } = {}
  for (const { grantedPodPrefixes } of all.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1)))
    for (const prefix of grantedPodPrefixes.flatMap((text) => tryPrefix(text) ?? [])) last[prefix.family] = prefix
  return last
}
