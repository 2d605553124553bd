// All machines of a network with the underlay below them, ready to be walked. Machines are compiled when somebody comes by.
import type { NodeState, Prefix, PublicKey } from '../model/index.ts'
import { type CompiledNode, compileNode } from './compiled-node.ts'
import { type MachineFacts, NO_FACTS, type WorldFacts } from './machine-facts.ts'
import { partIndexOf } from './part-index.ts'
import { type PrefixTable, prefixTableOf } from './prefix-table.ts'
import type { Session } from './session.ts'
import type { Underlay } from './underlay.ts'
import { indexUnderlay, type UnderlayIndex } from './underlay-index.ts'

export type CompiledNetwork = {
  readonly index: UnderlayIndex
  readonly hidden: PrefixTable<Prefix>
  readonly nodeNamed: (name: string) => CompiledNode | undefined
  /** Where devices of this key are. */
  readonly devicesOf: (key: PublicKey) => readonly { readonly node: string; readonly link: string }[]
  /** By node, link and peer; each is worked out once. */
  readonly sessions: Map<string, Session | 'under way'>
  readonly visits: Visits
}

/** What walks came by: whoever asks empties `current` before. */
export type Visits = {
  /** Machines, by name. */
  current: Set<string>
  /** Those by which a session was opened; `sessions` has what came of it. */
  readonly bySession: Map<string, ReadonlySet<string>>
  /** A session hung on more than its machines and those on the way: on a route of one of them, or on itself. */
  isEntangled: boolean
}

/** A network before, on the same underlay and with the same devices: what did not change is taken over. */
export type Before = { readonly network: CompiledNetwork; readonly isSame: (name: string) => boolean }

export type NetworkInput = {
  /** Planned, or as kernels were seen to have it. */
  readonly states: Iterable<NodeState>
  readonly facts: WorldFacts
  readonly underlay: Underlay
}

export function compileNetwork({ states, facts, underlay }: NetworkInput, before?: Before): CompiledNetwork {
  const byName = new Map<string, NodeState>()
  for (const state of states) byName.set(state.node, state)
  const compiled = new Map<string, CompiledNode>()
  let devices: Map<PublicKey, { readonly node: string; readonly link: string }[]> | undefined
  const visits: Visits = { current: new Set(), bySession: new Map(), isEntangled: false }
  return {
    index: before?.network.index ?? indexUnderlay(underlay, byName.values()),
    hidden: prefixTableOf(facts.hidden),
    visits,
    nodeNamed: (name) => {
      visits.current.add(name)
      if (before?.isSame(name)) return before.network.nodeNamed(name)
      const known = compiled.get(name)
      if (known !== undefined) return known
      const state = byName.get(name)
      if (state === undefined) return undefined
      const host = underlay.hosts.get(name)
      const made = compileNode(state, factsAt(facts, name), host, host && underlay.networks.get(host.network))
      compiled.set(name, made)
      return made
    },
    devicesOf: (key) => {
      if (before !== undefined) return before.network.devicesOf(key)
      devices ??= devicesByKey(byName.values())
      return devices.get(key) ?? []
    },
    sessions: new Map(),
  }
}

const factsAt = ({ machines }: WorldFacts, name: string): MachineFacts => machines.get(name) ?? NO_FACTS

function devicesByKey(states: Iterable<NodeState>): Map<PublicKey, { readonly node: string; readonly link: string }[]> {
  const found = new Map<PublicKey, { readonly node: string; readonly link: string }[]>()
  for (const { node, parts } of states)
    for (const part of parts)
      for (const { link, publicKey } of partIndexOf(part).devices) {
        const list = found.get(publicKey) ?? []
        found.set(publicKey, list)
        list.push({ node, link })
      }
  return found
}
