// The sets of the table in libnftables' JSON, both ways. Every set is of intervals: its elements may be prefixes, and
// are listed as they were added, never joined.
import {
  type Address,
  addressBytes,
  addressOfBytes,
  comparePrefixes,
  type Family,
  type FilterSet,
  lastAddress,
  type Prefix,
  prefixOf,
  tryAddress,
} from '../../model/index.ts'
import { encodePrefix, tryElement } from './condition-json.ts'
import { at, hasOnly, sameFlags } from './json.ts'

const TYPES: Readonly<Record<Family, string>> = { 4: 'ipv4_addr', 6: 'ipv6_addr' }
const KEYS = ['family', 'table', 'name', 'handle', 'type', 'flags', 'elem']

/** A set without its elements. */
export const encodeSet = ({ name, family }: FilterSet): object => ({ name, type: TYPES[family], flags: ['interval'] })

export const encodeElements = (elements: readonly Prefix[]): readonly (string | object)[] => elements.map(encodePrefix)

/** A set that is not as we make them gets a name that no plan holds. */
export function decodeSet(set: unknown): FilterSet {
  const name = String(at(set, 'name'))
  const family = at(set, 'type') === TYPES[6] ? 6 : 4
  const elements = tryElements(at(set, 'elem') ?? [], family)
  const isOurs = at(set, 'type') === TYPES[family] && hasOnly(set, KEYS) && sameFlags(at(set, 'flags'), ['interval'])
  if (!isOurs || elements === undefined) return foreignSet(`set ${name}`)
  return { name, family, elements: elements.sort(comparePrefixes) }
}

/** Stands for what somebody else put into our table: a plan never holds it, so it differs. */
export const foreignSet = (what: string): FilterSet => ({ name: `not by Damask: ${what}`, family: 4, elements: [] })

function tryElements(elements: unknown, family: Family): Prefix[] | undefined {
  if (!Array.isArray(elements)) return undefined
  const prefixes: Prefix[] = []
  for (const element of elements) {
    const prefix = tryElement(element)
    const parts = prefix === undefined ? tryRange(at(element, 'range')) : [prefix]
    if (parts === undefined || parts[0]?.family !== family) return undefined
    prefixes.push(...parts)
  }
  return prefixes
}

/** `["10.0.0.0", "10.0.2.255"]` as the fewest prefixes. */
function tryRange(range: unknown): Prefix[] | undefined {
  if (!Array.isArray(range) || range.length !== 2) return undefined
  const [from, to] = range.map((end: unknown) => (typeof end === 'string' ? tryAddress(end) : undefined))
  if (from === undefined || to === undefined || from.family !== to.family || numberOf(from) > numberOf(to))
    return undefined
  const prefixes: Prefix[] = []
  const bits = from.family === 4 ? 32 : 128
  const last = numberOf(to)
  for (let next = numberOf(from); next <= last; ) {
    let length = bits
    while (length > 0 && isAligned(next, bits - length + 1) && next + (1n << BigInt(bits - length + 1)) - 1n <= last)
      length--
    const prefix = prefixOf(addressOf(next, from.family), length)
    prefixes.push(prefix)
    next = numberOf(lastAddress(prefix)) + 1n
  }
  return prefixes
}

const isAligned = (number: bigint, bits: number): boolean => (number & ((1n << BigInt(bits)) - 1n)) === 0n

const numberOf = (address: Address): bigint =>
  addressBytes(address).reduce((number, byte) => (number << 8n) | BigInt(byte), 0n)

function addressOf(number: bigint, family: Family): Address {
  const bytes = new Uint8Array(family === 4 ? 4 : 16)
  for (let index = bytes.length - 1, rest = number; index >= 0; index--, rest >>= 8n)
    bytes[index] = Number(rest & 0xffn)
  return addressOfBytes(bytes)
}
