// Which address a new pod gets: the next one after the last given, so that an address rests before it comes again.
import {
  type Address,
  addressBytes,
  containsAddress,
  FAMILY_BITS,
  nthAddress,
  type Prefix,
  prefixSize,
} from '../model/index.ts'

export type AddressQuestion = {
  /** Of one family, without overlap; they are used one after the other, in this order. */
  readonly prefixes: readonly Prefix[]
  /** The address given last. */
  readonly after: Address | undefined
  readonly isTaken: (address: Address) => boolean
}

/**
 * The first free address after `after`, round the prefixes and back to where it began. Never the first of a prefix (the
 * network's, in IPv6 the routers' anycast address), the second (the gateway's), nor the last of IPv4 (broadcast).
 */
export function nextAddress({ prefixes, after, isTaken }: AddressQuestion): Address | undefined {
  const foundIndex = after === undefined ? -1 : prefixes.findIndex((prefix) => containsAddress(prefix, after))
  const startIndex = Math.max(foundIndex, 0)
  const startOffset = after === undefined || foundIndex < 0 ? FIRST_OFFSET : offsetIn(prefixes[startIndex], after) + 1n
  for (let step = 0; step <= prefixes.length; step++) {
    const prefix = prefixes[(startIndex + step) % prefixes.length]
    if (prefix === undefined) return undefined
    const from = step === 0 && startOffset > FIRST_OFFSET ? startOffset : FIRST_OFFSET
    const end = step === prefixes.length ? startOffset : endOffset(prefix)
    for (let offset = from; offset < end && offset < endOffset(prefix); offset++) {
      const address = nthAddress(prefix, offset)
      if (!isTaken(address)) return address
    }
  }
  return undefined
}

/** 0 is the network, 1 the gateway. */
const FIRST_OFFSET = 2n

const endOffset = (prefix: Prefix): bigint => prefixSize(prefix) - (prefix.family === 4 ? 1n : 0n)

/** `prefix` contains the address. */
export function isAssignable(prefix: Prefix, address: Address): boolean {
  const offset = offsetIn(prefix, address)
  return offset >= FIRST_OFFSET && offset < endOffset(prefix)
}

function offsetIn(prefix: Prefix | undefined, address: Address): bigint {
  if (prefix === undefined) return FIRST_OFFSET
  const value = BigInt(`0x${Buffer.from(addressBytes(address)).toString('hex')}`)
  return value & ((1n << BigInt(FAMILY_BITS[prefix.family] - prefix.length)) - 1n)
}

/** How many pods the prefixes have room for. */
export const addressCapacity = (prefixes: readonly Prefix[]): bigint =>
  prefixes.reduce((sum, prefix) => {
    const room = endOffset(prefix) - FIRST_OFFSET
    return room > 0n ? sum + room : sum
  }, 0n)
