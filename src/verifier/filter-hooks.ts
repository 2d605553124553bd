// Our packet filter, as nftables would run it: chains of a hook by priority, the rules of a chain in order.
import {
  type Address,
  containsAddress,
  type FilterChain,
  type FilterCondition,
  type FilterRule,
  type FilterTable,
  type Prefix,
} from '../model/index.ts'
import { addressKey } from './address-key.ts'
import type { CompiledNode } from './compiled-node.ts'
import type { Step } from './hop.ts'
import type { Packet } from './packet.ts'
import { longestMatch, type PrefixTable, sharedPrefixTable } from './prefix-table.ts'
import { addressOn } from './source-address.ts'

export type Hook = FilterChain['hook']

export type Passage = {
  readonly inLink?: string
  readonly outLink?: string
  /** `rt nexthop`: of the packet's family, else its destination. */
  readonly nextHop?: Address
  /** Connection tracking knows it: rules of NAT chains are asked. */
  readonly isNewFlow: boolean
}

export type Filtered = {
  readonly steps: readonly Step[]
  readonly isDropped: boolean
  readonly isUntracked: boolean
  readonly translation?: { readonly kind: 'snat'; readonly to: Address } | { readonly kind: 'masquerade' }
}

type Chained = { readonly table: FilterTable; readonly chain: FilterChain }

export function runHook(node: CompiledNode, hook: Hook, packet: Packet, passage: Passage): Filtered {
  const steps: Step[] = []
  let isUntracked = false
  let translation: Filtered['translation']
  let current = packet
  for (const { table, chain } of chainsOf(node, hook)) {
    if (chain.type === 'nat' && !passage.isNewFlow) continue
    for (const rule of chain.rules) {
      if (!rule.when.every((condition) => holds(node, table, condition, current, passage))) continue
      const { verdict } = rule
      if (verdict.kind === 'clamp-mss') continue
      steps.push(stepOf(table, chain, rule))
      if (verdict.kind === 'drop') return { steps, isDropped: true, isUntracked }
      if (verdict.kind === 'notrack') isUntracked = true
      else {
        translation = verdict
        // Later chains of the hook see what it was turned into.
        const source = verdict.kind === 'snat' ? verdict.to : addressOn(node, passage.outLink ?? '', current.family)
        if (source !== undefined) current = { ...current, source }
        break
      }
    }
  }
  return { steps, isDropped: false, isUntracked, ...(translation && { translation }) }
}

const stepOf = (entry: FilterTable, chain: FilterChain, rule: FilterRule): Step => ({
  kind: 'filter',
  entry,
  note: `${chain.name}: ${rule.comment}`,
})

const sorted = new WeakMap<FilterTable, Readonly<Record<Hook, readonly Chained[]>>>()

function chainsOf({ filters }: CompiledNode, hook: Hook): readonly Chained[] {
  const [only] = filters
  if (only !== undefined && filters.length === 1) return ownChains(only)[hook]
  return filters.flatMap((table) => ownChains(table)[hook]).sort((a, b) => a.chain.priority - b.chain.priority)
}

function ownChains(table: FilterTable): Readonly<Record<Hook, readonly Chained[]>> {
  let chains = sorted.get(table)
  if (chains === undefined) {
    const at = (hook: Hook): Chained[] =>
      table.chains
        .filter((chain) => chain.hook === hook)
        .sort((a, b) => a.priority - b.priority)
        .map((chain) => ({ table, chain }))
    chains = { prerouting: at('prerouting'), forward: at('forward'), postrouting: at('postrouting') }
    sorted.set(table, chains)
  }
  return chains
}

function holds(
  node: CompiledNode,
  table: FilterTable,
  condition: FilterCondition,
  packet: Packet,
  passage: Passage,
): boolean {
  switch (condition.kind) {
    case 'address': {
      if (condition.family !== packet.family) return false
      return isIn(table, condition.in, packet[condition.field]) !== (condition.not ?? false)
    }
    case 'link': {
      const name = (condition.direction === 'in' ? passage.inLink : passage.outLink) ?? ''
      return isLink(condition.name, name) !== (condition.not ?? false)
    }
    case 'next-hop': {
      if (condition.family !== packet.family) return false
      const hop = passage.nextHop?.family === packet.family ? passage.nextHop : packet.destination
      return isIn(table, condition.in, hop) !== (condition.not ?? false)
    }
    case 'mark':
      return ((packet.mark & condition.mask) === condition.mask) !== (condition.not ?? false)
    case 'translated-destination':
      return condition.not ?? false // nothing in this room puts another destination into a packet
    case 'not-local-destination':
      return !node.addresses[packet.family].has(addressKey(packet.destination))
    case 'tcp-syn':
      return packet.protocol === 'tcp'
  }
}

function isIn(table: FilterTable, set: string | Extract<FilterCondition, { kind: 'address' }>['in'], address: Address) {
  if (typeof set !== 'string') return containsAddress(set, address)
  const elements = setsOf(table).get(set)
  return elements !== undefined && longestMatch(elements, address) !== undefined
}

const compiledSets = new WeakMap<FilterTable, ReadonlyMap<string, PrefixTable<Prefix>>>()

function setsOf(table: FilterTable): ReadonlyMap<string, PrefixTable<Prefix>> {
  let sets = compiledSets.get(table)
  if (sets === undefined) {
    sets = new Map(table.sets.map(({ name, elements }) => [name, sharedPrefixTable(elements)]))
    compiledSets.set(table, sets)
  }
  return sets
}

/** A trailing `*` stands for any rest. */
const isLink = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
