// SHA-256 of what is proved, for certificates.
import { createHash } from 'node:crypto'
import { type Entry, equalPrefixes, type Prefix } from '../../model/index.ts'
import type { NetworkInput } from '../../verifier/index.ts'

export function inputHashes({ states, underlay, facts }: NetworkInput): Readonly<Record<string, string>> {
  const hashOfPart = partHasher()
  const whole = createHash('sha256')
  for (const { node, gatewayAddresses, parts } of states)
    whole.update(JSON.stringify([node, gatewayAddresses, parts.map(hashOfPart)]))
  return {
    states: whole.digest('hex'),
    underlay: hashOf({ ...underlay, hosts: [...underlay.hosts], networks: [...underlay.networks] }),
    pods: hashOf({
      hidden: facts.hidden,
      machines: [...facts.machines].map(([name, { podPrefixes }]) => [name, podPrefixes]),
    }),
  }
}

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')

/** Of a large network each machine has the prefixes of all: parts, entries and lists that many have are read once. */
function partHasher(): (part: readonly Entry[]) => string {
  const parts = new Map<readonly Entry[], string>()
  const entries = new Map<Entry, string>()
  const hashOfPrefixes = prefixesHasher()
  const hashOfEntry = (entry: Entry): string =>
    hashOf(
      entry.kind === 'filter-table'
        ? { ...entry, sets: entry.sets.map((set) => ({ ...set, elements: hashOfPrefixes(set.elements) })) }
        : entry,
    )
  const hashOfPart = (part: readonly Entry[]): string => hashOf(part.map((entry) => once(entries, entry, hashOfEntry)))
  return (part) => once(parts, part, hashOfPart)
}

type Hashed = { readonly prefixes: readonly Prefix[]; readonly hash: string }

function prefixesHasher(): (prefixes: readonly Prefix[]) => string {
  const lists = new Map<readonly Prefix[], string>()
  const byEnds = new Map<string, Hashed[]>()
  const find = (prefixes: readonly Prefix[]): string => {
    const alike = once(byEnds, JSON.stringify([prefixes.length, prefixes[0], prefixes.at(-1)]), () => [])
    const same = alike.find((one) => one.prefixes.every((prefix, nth) => isSame(prefix, prefixes[nth])))
    if (same !== undefined) return same.hash
    const hash = hashOf(prefixes)
    alike.push({ prefixes, hash })
    return hash
  }
  return (prefixes) => once(lists, prefixes, find)
}

const isSame = (a: Prefix, b: Prefix | undefined): boolean => a === b || (b !== undefined && equalPrefixes(a, b))

function once<Key, Value>(known: Map<Key, Value>, key: Key, make: (key: Key) => Value): Value {
  const found = known.get(key) ?? make(key)
  known.set(key, found)
  return found
}
