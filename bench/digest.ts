// A number made of everything that stands in NodeStates, so that nothing of a plan can be left unmade. What several nodes
// share is read once.
import type { Address, Because, Entry, NodeState, Prefix } from '../src/model/index.ts'

export type Digest = {
  readonly add: (state: NodeState) => void
  readonly value: () => number
  /** Entries that were read. */
  readonly entries: () => number
}

export function createDigest(): Digest {
  const seen = new Set<readonly Entry[]>()
  let hash = 0x811c9dc5
  let entries = 0
  /** One step of FNV-1a on 32 bits in place of 8: cheap, and hangs on every value and its place. */
  const mix = (value: number): void => {
    hash = Math.imul(hash ^ value, 0x01000193)
  }
  /** A look into a text makes the engine put it together, which is what it costs; every letter would only cost more. */
  const mixText = (text: string): void => {
    mix(text.length)
    mix(text.charCodeAt(text.length >> 1))
    mix(text.charCodeAt(text.length - 1))
  }

  function mixValue(value: unknown): void {
    if (typeof value === 'number') mix(value)
    else if (typeof value === 'string') mixText(value)
    else if (Array.isArray(value)) for (const item of value) mixValue(item)
    else if (isRecord(value)) for (const key in value) mixValue(value[key])
    else mix(value === true ? 1 : 0)
  }

  const mixAddress = ({ family, w0, w1, w2, w3 }: Address): void => {
    mix(family)
    mix(w0)
    mix(w1)
    mix(w2)
    mix(w3)
  }
  const mixPrefixes = (prefixes: readonly Prefix[]): void => {
    for (const prefix of prefixes) {
      mixAddress(prefix)
      mix(prefix.length)
    }
  }
  const mixBecause = (because: readonly Because[]): void => {
    for (const { resource, field, rule } of because) {
      mixText(resource)
      mixText(field ?? '')
      mixText(rule)
    }
  }

  /** What there are thousands of is read field by field; the way that suits all entries takes five times as long. */
  function mixEntry(entry: Entry): void {
    mixText(entry.kind)
    if (entry.kind === 'route') {
      const { table, to, target, source, because } = entry
      mix(table)
      mixPrefixes([to])
      mixText(target.kind)
      if (target.kind === 'next-hop-object') mix(target.id)
      else mixValue(target)
      mixValue(source)
      mixBecause(because)
    } else if (entry.kind === 'filter-table') {
      const { sets, ...rest } = entry
      for (const { name, elements } of sets) {
        mixText(name)
        mixPrefixes(elements)
      }
      mixValue(rest)
    } else if (entry.kind === 'wireguard-peer') {
      const { publicKey, endpoint, allowedIps, keepaliveSeconds, because } = entry
      mixText(publicKey)
      mixValue(endpoint)
      mixPrefixes(allowedIps)
      mix(keepaliveSeconds)
      mixBecause(because)
    } else mixValue(entry)
  }

  return {
    add({ node, gatewayAddresses, parts }) {
      mixText(node)
      mixValue(gatewayAddresses)
      for (const part of parts) {
        if (seen.has(part)) continue
        seen.add(part)
        entries += part.length
        for (const entry of part) mixEntry(entry)
      }
    },
    value: () => hash >>> 0,
    entries: () => entries,
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
