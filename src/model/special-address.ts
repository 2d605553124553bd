// Addresses that no route leads to, whoever asks (RFC 6890, 4291, 5771).
import type { Address } from './address.ts'
import { containsAddress, parsePrefix } from './prefix.ts'

const SPECIAL = [
  ['0.0.0.0/8', 'no address of a machine: it stands for "this one", or for none'],
  ['127.0.0.0/8', "a machine's way to itself: each has it, and it never leaves one"],
  ['169.254.0.0/16', 'of a single link: no router passes it on'],
  ['224.0.0.0/4', 'a multicast group, which the network does not carry'],
  ['255.255.255.255/32', 'the broadcast address: no router passes it on'],
  ['::/128', 'no address of a machine: it stands for "this one", or for none'],
  ['::1/128', "a machine's way to itself: each has it, and it never leaves one"],
  ['fe80::/10', 'of a single link: no router passes it on'],
  ['ff00::/8', 'a multicast group, which the network does not carry'],
].map(([prefix = '', is = '']) => ({ prefix: parsePrefix(prefix), is }))

/** A clause that completes "X is"; undefined of an address that may be anywhere. */
export const specialUseOf = (address: Address): string | undefined =>
  SPECIAL.find(({ prefix }) => containsAddress(prefix, address))?.is

/** 169.254.0.0/16 (RFC 3927) and fe80::/10 (RFC 4291): on another wire it is another machine's. */
export const isLinkLocal = ({ family, w0 }: Address): boolean =>
  family === 4 ? w0 >>> 16 === 0xa9fe : w0 >>> 22 === 0xfe80 >>> 6
