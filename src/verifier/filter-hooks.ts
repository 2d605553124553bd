// Our packet filter, as nftables would run it: chains of a hook by priority, the rules of a chain in order.
import {
  type Address,
  containsAddress,
  type Family,
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
import { longestMatch, sharedPrefixTable } from './prefix-table.ts'
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

/** `rules`: those that can hold of a packet of one family. */
type Chained = { readonly table: FilterTable; readonly chain: FilterChain; readonly rules: readonly FilterRule[] }
type Chains = Readonly<Record<Hook, readonly Chained[]>>

export function runHook(node: CompiledNode, hook: Hook, packet: Packet, passage: Passage): Filtered {
  const steps: Step[] = []
  let isUntracked = false
  let translation: Filtered['translation']
  let current = packet
  for (const { table, chain, rules } of chainsOf(node, hook, packet.family)) {
    if (chain.type === 'nat' && !passage.isNewFlow) continue
    for (const rule of rules) {
      const { when, verdict } = rule
      // It does nothing to where a packet goes.
      if (verdict.kind === 'clamp-mss') continue
      if (!when.every((condition) => holds(node, table, condition, current, passage))) continue
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

const sorted = new WeakMap<FilterTable, Readonly<Record<Family, Chains>>>()

function chainsOf({ filters }: CompiledNode, hook: Hook, family: Family): readonly Chained[] {
  const [only] = filters
  if (only !== undefined && filters.length === 1) return ownChains(only)[family][hook]
  return filters.flatMap((table) => ownChains(table)[family][hook]).sort((a, b) => a.chain.priority - b.chain.priority)
}

function ownChains(table: FilterTable): Readonly<Record<Family, Chains>> {
  let chains = sorted.get(table)
  if (chains === undefined) {
    const at = (hook: Hook, family: Family): Chained[] =>
      table.chains
        .filter((chain) => chain.hook === hook)
        .sort((a, b) => a.priority - b.priority)
        .map((chain) => ({ table, chain, rules: chain.rules.filter((rule) => isOf(rule, family)) }))
    const ofFamily = (family: Family): Chains => ({
      prerouting: at('prerouting', family),
      forward: at('forward', family),
      postrouting: at('postrouting', family),
    })
    chains = { 4: ofFamily(4), 6: ofFamily(6) }
    sorted.set(table, chains)
  }
  return chains
}

const isOf = ({ when }: FilterRule, family: Family): boolean =>
  when.every((condition) => !('family' in condition) || condition.family === family)

function holds(
  node: CompiledNode,
  table: FilterTable,
  condition: FilterCondition,
  packet: Packet,
  passage: Passage,
): boolean {
  switch (condition.kind) {
    case 'address':
      return isIn(table, condition.in, packet[condition.field]) !== (condition.not ?? false)
    case 'link': {
      const name = (condition.direction === 'in' ? passage.inLink : passage.outLink) ?? ''
      return isLink(condition.name, name) !== (condition.not ?? false)
    }
    case 'next-hop': {
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
  return setsOf(table).get(set)?.(address) ?? false
}

type Membership = (address: Address) => boolean

const compiledSets = new WeakMap<FilterTable, ReadonlyMap<string, Membership>>()

function setsOf(table: FilterTable): ReadonlyMap<string, Membership> {
  let sets = compiledSets.get(table)
  if (sets === undefined) {
    sets = new Map(table.sets.map(({ name, elements }) => [name, membershipOf(elements)]))
    compiledSets.set(table, sets)
  }
  return sets
}

/** So few elements are compared faster than an address is looked up. */
const FEW = 4

function membershipOf(elements: readonly Prefix[]): Membership {
  if (elements.length <= FEW) return (address) => elements.some((prefix) => containsAddress(prefix, address))
  const table = sharedPrefixTable(elements)
  return (address) => longestMatch(table, address) !== undefined
}

/** A trailing `*` stands for any rest. */
const isLink = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
