// Addresses on the private network, and what is made of them.
import type { Address, Family, Node, PrivateAddress } from '../model/index.ts'

export function privateAddress({ privateAddresses }: Node, family: Family): PrivateAddress | undefined {
  for (const own of privateAddresses) if (own.address.family === family) return own
  return undefined
}

/** What the fabric speaks to: IPv4 where there is one. */
export const underlayAddress = (node: Node): Address | undefined =>
  (privateAddress(node, 4) ?? privateAddress(node, 6))?.address

/** fe80:: with the node's private IPv4 address in its last 32 bits: an IPv6 next hop where the underlay knows only IPv4. */
export const linkLocalOf = (address: Address): Address => ({
  family: 6,
  w0: 0xfe800000 | 0,
  w1: 0,
  w2: 0,
  w3: lastWord(address),
})

/** `02:da:` and 32 bits of the private address: locally administered, unicast, the same after every start. */
export function hardwareAddressOf(address: Address): string {
  const word = lastWord(address)
  const bytes = [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]
  return ['02', 'da', ...bytes.map((byte) => byte.toString(16).padStart(2, '0'))].join(':')
}

/** IPv4 as it is; IPv6 as FNV-1a over its 16 bytes, for neighbours differ in a bit or two, and in any of them. */
function lastWord({ family, w0, w1, w2, w3 }: Address): number {
  if (family === 4) return w0
  let hash = 0x811c9dc5
  for (const word of [w0, w1, w2, w3])
    for (let shift = 24; shift >= 0; shift -= 8) hash = Math.imul(hash ^ ((word >>> shift) & 255), 0x01000193)
  return hash
}
