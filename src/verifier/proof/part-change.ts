// What became of one part of a state: facts that are looked up by prefix change by addresses; by all others their machine is altered.
import {
  type Address,
  type Entry,
  type FilterTable,
  formatAddress,
  hostPrefix,
  keyOf,
  LINK_PREFIX,
  type Prefix,
  type Route,
} from '../../model/index.ts'
import { type Difference, differenceOf } from './prefix-difference.ts'
import { areSameChains, areSamePrefixes, isSameEntry, isSamePeer, isSameValue } from './same-entry.ts'

/** An address, or the text of a key or of a hardware address, as `Things` knows it. */
export type Name = Address | string

/** Prefixes that one holder looks up with one result. Without a table: whether an address is in a set. */
export type KeyedChange = {
  readonly table: string | undefined
  readonly slot: Slot
  readonly removed: readonly Prefix[]
  readonly added: readonly Prefix[]
}

export type Slot = {
  readonly text: string
  readonly names: readonly Name[]
  /** The next hop, by the part's number of it. */
  readonly hop?: number
}

export type PartChange = {
  readonly before: Part
  readonly after: Part
  readonly keyed: readonly KeyedChange[]
  /** Their holders are not as they were, in more than what they look up by prefix. */
  readonly isAltered: boolean
  /** What the altered entries name, as they were and as they are. */
  readonly names: readonly Name[]
  /** The prefixes in them. */
  readonly prefixes: readonly Prefix[]
  /** Addresses that the holder took up or gave up. */
  readonly claims: readonly Prefix[]
}

type Part = readonly Entry[]
const NOTHING: Part = []

/** Undefined: what it does is the same. `unusual`: more may hang on it than is known here. */
export function partChange(before: Part = NOTHING, after: Part = NOTHING): PartChange | 'unusual' | undefined {
  const [table, other] = [before[0], after[0]]
  if (before.length === 1 && after.length === 1 && table?.kind === 'filter-table' && other?.kind === 'filter-table')
    return filterChange(before, after, table, other)
  const length = Math.min(before.length, after.length)
  let start = 0
  while (start < length && isSameEntry(before[start] as Entry, after[start] as Entry)) start++
  if (start === length && before.length === after.length) return undefined
  let end = 0
  while (
    end < length - start &&
    isSameEntry(before[before.length - 1 - end] as Entry, after[after.length - 1 - end] as Entry)
  )
    end++
  const [gone, come] = [before.slice(start, before.length - end), after.slice(start, after.length - end)]
  const old = new Map(gone.map((entry) => [keyOf(entry), entry]))
  const keys = come.map(keyOf)
  // Of several of one key the order counts.
  if (old.size < gone.length || new Set(keys).size < keys.length) return 'unusual'
  const gathered = gatheredNone()
  for (const [nth, entry] of come.entries()) {
    const other = old.get(keys[nth] ?? '')
    old.delete(keys[nth] ?? '')
    if (other === undefined || !isSameEntry(other, entry)) take(gathered, other, entry)
  }
  for (const entry of old.values()) take(gathered, entry, undefined)
  return gathered.isUnusual || isEmpty(gathered) ? 'unusual' : changeOf(gathered, before, after)
}

/** What is compared with care is compared once. */
function filterChange(
  before: Part,
  after: Part,
  table: FilterTable,
  other: FilterTable,
): PartChange | 'unusual' | undefined {
  if (table.name !== other.name) return 'unusual'
  const gathered = gatheredNone()
  take(gathered, table, other)
  return isEmpty(gathered) ? undefined : changeOf(gathered, before, after)
}

type Gathered = {
  isUnusual: boolean
  isAltered: boolean
  readonly names: Name[]
  readonly prefixes: Prefix[]
  readonly claims: Prefix[]
  readonly sets: KeyedChange[]
  readonly keyed: Map<string, KeyedChange & { readonly removed: Prefix[]; readonly added: Prefix[] }>
}

const gatheredNone = (): Gathered => ({
  isUnusual: false,
  isAltered: false,
  names: [],
  prefixes: [],
  claims: [],
  sets: [],
  keyed: new Map(),
})

function changeOf(into: Gathered, before: Part, after: Part): PartChange {
  const { isAltered, names, prefixes, claims } = into
  return { before, after, keyed: [...into.keyed.values(), ...into.sets], isAltered, names, prefixes, claims }
}

/** Its entries at most stand in another order. */
function isEmpty(into: Gathered): boolean {
  return !into.isAltered && into.keyed.size === 0 && into.sets.length === 0
}

function take(into: Gathered, before: Entry | undefined, after: Entry | undefined): void {
  for (const entry of [before, after]) if (entry?.kind === 'route') takeRoute(into, entry, entry === after)
  const { kind } = before ?? after ?? {}
  if (kind === 'wireguard-peer') takePeers(into, before as Peer | undefined, after as Peer | undefined)
  else if (kind === 'filter-table')
    takeFilters(into, before as FilterTable | undefined, after as FilterTable | undefined)
  else if (kind !== 'route')
    for (const entry of [before, after]) if (entry !== undefined) alter(into, entry, before, after)
}

function slotNamed(into: Gathered, table: string | undefined, slot: Slot): { removed: Prefix[]; added: Prefix[] } {
  const key = `${table} ${slot.text} ${slot.hop} ${slot.names.map((name) => textOf(name)).join()}`
  const known = into.keyed.get(key) ?? { table, slot, removed: [], added: [] }
  into.keyed.set(key, known)
  return known
}

function takeRoute(into: Gathered, route: Route, isAfter: boolean): void {
  const own = slotNamed(into, `table ${route.table}`, slotOf(route))
  if (isAfter) own.added.push(route.to)
  else own.removed.push(route.to)
}

function takePeers(into: Gathered, before: Peer | undefined, after: Peer | undefined): void {
  if (before === undefined || after === undefined || !isSamePeer(before, after)) {
    into.isAltered = true
    for (const peer of [before, after])
      if (peer !== undefined) into.names.push(keyName(peer), ...(peer.endpoint ? [peer.endpoint.address] : []))
  }
  const peer = before ?? after
  if (peer === undefined) return
  const slot = { text: `allowed ${peer.link}`, names: [keyName(peer)] }
  takeLists(into, `allowed ${peer.link}`, slot, before?.allowedIps ?? [], after?.allowedIps ?? [])
}

function takeLists(
  into: Gathered,
  table: string,
  slot: Slot,
  before: readonly Prefix[],
  after: readonly Prefix[],
): void {
  if (areSamePrefixes(before, after)) return
  const own = slotNamed(into, table, slot)
  const { removed, added } = differenceOf(before, after)
  own.removed.push(...removed)
  own.added.push(...added)
}

function takeFilters(into: Gathered, before: FilterTable | undefined, after: FilterTable | undefined): void {
  if (!areSameChains(before?.chains ?? [], after?.chains ?? [])) {
    into.isAltered = true
    for (const place of [...placesIn(before?.chains), ...placesIn(after?.chains)])
      if ('length' in place) into.prefixes.push(place as Prefix)
      else into.names.push(place)
  }
  const table = (before ?? after)?.name
  const sets = before?.sets ?? []
  const others = after?.sets ?? []
  const isInOrder = sets.length === others.length && sets.every(({ name }, nth) => name === others[nth]?.name)
  if (isInOrder) {
    for (let nth = 0; nth < sets.length; nth++) {
      const [old, own] = [sets[nth]?.elements ?? [], others[nth]?.elements ?? []]
      if (!areSamePrefixes(old, own)) into.sets.push(setChange(`set ${table} ${sets[nth]?.name}`, old, own))
    }
    return
  }
  for (const name of new Set([...sets, ...others].map((set) => set.name))) {
    const [old, own] = [sets, others].map((list) => list.find((set) => set.name === name)?.elements)
    if (old === undefined || own === undefined) into.isAltered = true
    into.sets.push(setChange(`set ${table} ${name}`, old ?? [], own ?? []))
  }
}

function alter(into: Gathered, entry: Entry, before: Entry | undefined, after: Entry | undefined): void {
  into.isAltered = true
  switch (entry.kind) {
    case 'link': {
      const other = entry === before ? after : before
      // With a link come and go what its name means; with its hardware address, who is meant by it.
      const isKept =
        other?.kind === 'link' && isSameValue(other.type, entry.type) && other.hardwareAddress === entry.hardwareAddress
      if (!isKept) into.isUnusual = true
      return
    }
    case 'address':
      if (!entry.link.startsWith(LINK_PREFIX)) into.isUnusual = true
      into.claims.push(hostPrefix(entry.address))
      return
    case 'neighbour':
      into.names.push(entry.address, `hw ${entry.hardwareAddress}`)
      return
    case 'fdb':
      into.names.push(entry.remote, `hw ${entry.hardwareAddress}`)
      return
    case 'next-hop':
      if (entry.via !== undefined) into.names.push(entry.via)
      return
    case 'next-hop-group':
    case 'sysctl':
      return
    default:
      into.isUnusual = true
  }
}

type Peer = Extract<Entry, { kind: 'wireguard-peer' }>
const keyName = ({ publicKey }: Peer): string => `key ${publicKey}`
export const textOf = (name: Name): string => (typeof name === 'string' ? name : formatAddress(name))

function slotOf({ source, target }: Route): Slot {
  const by = source === undefined ? '' : source === 'gateway-address' ? source : 'source'
  const from = typeof source === 'object' ? [source] : []
  switch (target.kind) {
    case 'next-hop-object':
      return { text: by, names: from, hop: target.id }
    case 'via': {
      const links = target.hops.map(({ link, onlink }) => `${link} ${onlink}`).join()
      return { text: `${by} via ${links}`, names: [...target.hops.map(({ via }) => via), ...from] }
    }
    case 'link':
      return { text: `${by} link ${target.link}`, names: from }
    default:
      return { text: `${by} ${target.kind}`, names: from }
  }
}

const setChanges = new WeakMap<Difference, Map<string, KeyedChange>>()

function setChange(text: string, before: readonly Prefix[], after: readonly Prefix[]): KeyedChange {
  const difference = differenceOf(before, after)
  const known = setChanges.get(difference) ?? new Map<string, KeyedChange>()
  setChanges.set(difference, known)
  const { removed, added } = difference
  const change = known.get(text) ?? { table: undefined, slot: { text, names: [] }, removed, added }
  known.set(text, change)
  return change
}

function placesIn(value: unknown): (Address | Prefix)[] {
  if (typeof value !== 'object' || value === null) return []
  return 'w3' in value ? [value as Address | Prefix] : Object.values(value).flatMap(placesIn)
}
