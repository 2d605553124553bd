// Prefixes (CIDR) of both families. All host bits are zero, so equal prefixes have equal words.
import { type Address, compareWords, FAMILY_BITS, formatAddress, parseAddress } from './address.ts'

export type Prefix = Address & {
  /** Bits that count, from the left: 0 to 32 or 128. */
  readonly length: number
}

/** Reads `10.1.0.0/16` or `fd00:1::/48`; refuses host bits, naming the prefix that was probably meant. */
export function parsePrefix(text: string): Prefix {
  const slash = text.indexOf('/')
  if (slash < 0) throw new Error(`"${text}" is not a prefix: it has no length; write ${suggestLength(text)}`)
  const address = parseAddressOf(text, slash)
  const digits = text.slice(slash + 1)
  if (!/^(0|[1-9]\d{0,2})$/.test(digits) || Number(digits) > FAMILY_BITS[address.family]) {
    const most = FAMILY_BITS[address.family]
    throw new Error(`"${text}" is not a prefix: its length "${digits}" is not a decimal number from 0 to ${most}`)
  }
  const prefix = prefixOf(address, Number(digits))
  if (!equalWords(prefix, address)) {
    throw new Error(`${text} has host bits set; did you mean ${formatPrefix(prefix)}?`)
  }
  return prefix
}

function parseAddressOf(text: string, slash: number): Address {
  try {
    return parseAddress(text.slice(0, slash))
  } catch (cause) {
    throw new Error(`"${text}" is not a prefix: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

const suggestLength = (text: string): string =>
  text.includes(':')
    ? 'one as in 2001:db8::/32, or /128 for one address'
    : 'one as in 10.0.0.0/8, or /32 for one address'

export function tryPrefix(text: string): Prefix | undefined {
  try {
    return parsePrefix(text)
  } catch {
    return undefined
  }
}

export const formatPrefix = (prefix: Prefix): string => `${formatAddress(prefix)}/${prefix.length}`

/** The prefix of this length that holds the address. */
export function prefixOf({ family, w0, w1, w2, w3 }: Address, length: number): Prefix {
  if (!Number.isInteger(length) || length < 0 || length > FAMILY_BITS[family]) {
    throw new Error(`an IPv${family} prefix cannot have the length ${length}; write 0 to ${FAMILY_BITS[family]}`)
  }
  return {
    family,
    w0: w0 & mask(length),
    w1: w1 & mask(length - 32),
    w2: w2 & mask(length - 64),
    w3: w3 & mask(length - 96),
    length,
  }
}

/** One address as a prefix: /32 or /128. */
export const hostPrefix = ({ family, w0, w1, w2, w3 }: Address): Prefix => ({
  family,
  w0,
  w1,
  w2,
  w3,
  length: FAMILY_BITS[family],
})

export function containsPrefix(outer: Prefix, inner: Prefix): boolean {
  return outer.length <= inner.length && containsAddress(outer, inner)
}

export function containsAddress(prefix: Prefix, address: Address): boolean {
  const { length } = prefix
  return (
    ((prefix.w0 ^ address.w0) & mask(length)) === 0 &&
    prefix.family === address.family &&
    ((prefix.w1 ^ address.w1) & mask(length - 32)) === 0 &&
    ((prefix.w2 ^ address.w2) & mask(length - 64)) === 0 &&
    ((prefix.w3 ^ address.w3) & mask(length - 96)) === 0
  )
}

/** True where one of the two holds the other: prefixes cannot overlap in any other way. */
export const overlaps = (a: Prefix, b: Prefix): boolean =>
  a.length <= b.length ? containsAddress(a, b) : containsAddress(b, a)

/** Ascending: IPv4 before IPv6, then by first address, then the shorter (larger) first. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  return a.family - b.family || compareWords(a, b) || a.length - b.length
}

export const equalPrefixes = (a: Prefix, b: Prefix): boolean =>
  a.length === b.length && a.family === b.family && equalWords(a, b)

const equalWords = (a: Address, b: Address): boolean => a.w0 === b.w0 && a.w1 === b.w1 && a.w2 === b.w2 && a.w3 === b.w3

/** The highest address inside. */
export function lastAddress({ family, w0, w1, w2, w3, length }: Prefix): Address {
  if (family === 4) return { family, w0: w0 | ~mask(length), w1: 0, w2: 0, w3: 0 }
  return {
    family,
    w0: w0 | ~mask(length),
    w1: w1 | ~mask(length - 32),
    w2: w2 | ~mask(length - 64),
    w3: w3 | ~mask(length - 96),
  }
}

/** How many addresses are inside. */
export const prefixSize = ({ family, length }: Prefix): bigint => 1n << BigInt(FAMILY_BITS[family] - length)

/** The address `n` after the first; 0 is the first itself. */
export function nthAddress(prefix: Prefix, n: number | bigint): Address {
  const { family, w0, w1, w2, w3 } = prefix
  const isCount = typeof n === 'bigint' || Number.isSafeInteger(n)
  if (!isCount || n < 0 || BigInt(n) >= prefixSize(prefix)) {
    throw new Error(`${formatPrefix(prefix)} has no address number ${n}: it has ${prefixSize(prefix)}, counted from 0`)
  }
  // The host bits are zero and n fits into them, so there is nothing to carry.
  const word = (shift: bigint): number => Number((BigInt(n) >> shift) & 0xffff_ffffn)
  if (family === 4) return { family, w0: w0 | word(0n), w1: 0, w2: 0, w3: 0 }
  return {
    family,
    w0: w0 | word(96n),
    w1: w1 | word(64n),
    w2: w2 | word(32n),
    w3: w3 | word(0n),
  }
}

/** The first `bits` of a 32-bit word; below 0 none, above 32 all. */
const mask = (bits: number): number => (bits >= 32 ? -1 : bits <= 0 ? 0 : -1 << (32 - bits))
