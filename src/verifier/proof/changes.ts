// What differs between two networks of the same machines on the same underlay.
import { type Entry, type Family, hostPrefix, type NodeState, type Prefix, TABLE } from '../../model/index.ts'
import type { NetworkInput } from '../compiled-network.ts'
import { type MachineFacts, NO_FACTS } from '../machine-facts.ts'
import type { Underlay } from '../underlay.ts'
import type { KeyedChange } from './keyed-change.ts'
import { type PartChange, partChange } from './part-change.ts'
import { differenceOf } from './prefix-difference.ts'
import { areSamePrefixes, isSameValue } from './same-entry.ts'

export type Changes = {
  /** By machine, where it has any. */
  readonly parts: ReadonlyMap<number, readonly PartChange[]>
  /** What its pods have addresses of. */
  readonly pods: ReadonlyMap<number, KeyedChange>
  /** The addresses by which machines speak, as they were and as they are. */
  readonly gatewayAddresses: ReadonlyMap<number, readonly Prefix[]>
  readonly hidden: KeyedChange | undefined
}

/** Undefined: more differs than can be followed up. */
export function findChanges(old: NetworkInput, input: NetworkInput): Changes | undefined {
  if (!isSameUnderlay(old.underlay, input.underlay)) return undefined
  const states = [...input.states]
  const parts = new Map<number, readonly PartChange[]>()
  const pods = new Map<number, KeyedChange>()
  const gatewayAddresses = new Map<number, readonly Prefix[]>()
  const carried = new Map<MachineFacts['carriedByOthers'], MachineFacts['carriedByOthers']>()
  const changeOf = rememberedChanges()
  let number = 0
  for (const before of old.states) {
    const after = states[number]
    if (after === undefined || after.node !== before.node) return undefined
    const own = changesOfParts(before, after, changeOf)
    if (own === undefined) return undefined
    if (own.length > 0) parts.set(number, own)
    const { podPrefixes: was, carriedByOthers } = old.facts.machines.get(before.node) ?? NO_FACTS
    const { podPrefixes, carriedByOthers: others } = input.facts.machines.get(before.node) ?? NO_FACTS
    if (carried.get(carriedByOthers) !== others) {
      if (!isSameValue(carriedByOthers, others)) return undefined
      carried.set(carriedByOthers, others)
    }
    if (!areSamePrefixes(was, podPrefixes)) pods.set(number, changeOfList(`table ${TABLE}`, 'pods', was, podPrefixes))
    if (!isSameGateway(before, after, 4) || !isSameGateway(before, after, 6)) {
      const all = [before, after].flatMap((state) => Object.values(state.gatewayAddresses))
      gatewayAddresses.set(number, all.map(hostPrefix))
    }
    number++
  }
  if (number !== states.length) return undefined
  const [before, after] = [old.facts.hidden, input.facts.hidden]
  const hidden = areSamePrefixes(before, after) ? undefined : changeOfList(undefined, 'hidden', before, after)
  return { parts, pods, gatewayAddresses, hidden }
}

const isSameGateway = (a: NodeState, b: NodeState, family: Family): boolean =>
  isSameValue(a.gatewayAddresses[family], b.gatewayAddresses[family])

function changeOfList(
  table: string | undefined,
  text: string,
  before: readonly Prefix[],
  after: readonly Prefix[],
): KeyedChange {
  return { table, slot: { text, names: [] }, ...differenceOf(before, after) }
}

type Part = readonly Entry[]
type ChangeOf = (before: Part | undefined, after: Part | undefined) => ReturnType<typeof partChange>

/** Parts that machines share are compared once. */
function rememberedChanges(): ChangeOf {
  const found = new Map<Part, { readonly after: Part; readonly change: ReturnType<typeof partChange> }>()
  return (before, after) => {
    if (before === undefined || after === undefined || isOwn(before)) return partChange(before, after)
    const known = found.get(before)
    if (known?.after === after) return known.change
    const change = partChange(before, after)
    found.set(before, { after, change })
    return change
  }
}

const OWN: ReadonlySet<Entry['kind'] | undefined> = new Set([undefined, 'address', 'link', 'filter-table'])
/** Of one machine, in all likelihood. */
const isOwn = ([first]: Part): boolean => OWN.has(first?.kind)

const NO_CHANGES: readonly PartChange[] = []

function changesInPlace(
  old: NodeState['parts'],
  own: NodeState['parts'],
  changeOf: ChangeOf,
): readonly PartChange[] | undefined {
  let found = NO_CHANGES
  for (let nth = 0; nth < old.length; nth++) {
    if (old[nth] === own[nth]) continue
    const change = changeOf(old[nth], own[nth])
    if (change === 'unusual') return undefined
    if (change !== undefined) found = [...found, change]
  }
  return found
}

/** Parts that stand at the same place from either end belong together. */
function changesOfParts(before: NodeState, after: NodeState, changeOf: ChangeOf): readonly PartChange[] | undefined {
  const [old, own] = [before.parts, after.parts]
  if (old.length === own.length) return changesInPlace(old, own, changeOf)
  const shorter = Math.min(old.length, own.length)
  let start = 0
  while (start < shorter && changeOf(old[start], own[start]) === undefined) start++
  const tail = shorter - start
  const found: PartChange[] = []
  const take = (a: Part | undefined, b: Part | undefined): boolean => {
    const change = a === b ? undefined : changeOf(a, b)
    if (change === 'unusual') return false
    if (change !== undefined) found.push(change)
    return true
  }
  for (let nth = start; nth < old.length - tail; nth++) if (!take(old[nth], undefined)) return undefined
  for (let nth = start; nth < own.length - tail; nth++) if (!take(undefined, own[nth])) return undefined
  for (let nth = tail; nth > 0; nth--) if (!take(old[old.length - nth], own[own.length - nth])) return undefined
  return found
}

function isSameUnderlay(old: Underlay, own: Underlay): boolean {
  if (old === own) return true
  if (old.hosts.size !== own.hosts.size || old.networks.size !== own.networks.size) return false
  return (
    isSameValue(old.internet, own.internet) &&
    isSameValue([...old.networks], [...own.networks]) &&
    areSameHosts(old, own)
  )
}

function areSameHosts(old: Underlay, own: Underlay): boolean {
  const others = own.hosts.entries()
  for (const [name, host] of old.hosts) {
    const { value } = others.next()
    if (value === undefined || value[0] !== name || !isSameValue(host, value[1])) return false
  }
  return true
}
