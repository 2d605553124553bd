// IP addresses of both families, as four 32-bit words: cheap to compare, to mask and to keep by the thousand.

export type Family = 4 | 6

/** Bits of an address. */
export const FAMILY_BITS = { 4: 32, 6: 128 } as const

/**
 * An IP address, most significant word first. IPv4 uses `w0` alone; `w1` to `w3` are 0. Words are signed (192.0.0.0 is below 0): what
 * is beyond 31 bits V8 keeps as an object of its own, and there are tens of thousands of these. `compareAddresses` knows the order.
 */
export type Address = {
  readonly family: Family
  readonly w0: number
  readonly w1: number
  readonly w2: number
  readonly w3: number
}

/** Reads `10.1.2.3` (four decimal octets, nothing shorter, no leading zeros) or IPv6 as RFC 4291 writes it, without a zone. */
export function parseAddress(text: string): Address {
  const read = readAddress(text)
  if (typeof read === 'string') throw new Error(`"${text}" is not an IP address: ${read}`)
  return read
}

export function tryAddress(text: string): Address | undefined {
  const read = readAddress(text)
  return typeof read === 'string' ? undefined : read
}

/** The address, or the reason why it is none. */
function readAddress(text: string): Address | string {
  if (text.includes(':')) return readIpv6(text)
  const word = readIpv4(text)
  return typeof word === 'string' ? word : { family: 4, w0: word, w1: 0, w2: 0, w3: 0 }
}

function readIpv4(text: string): number | string {
  const octets = text.split('.')
  if (octets.length !== 4) return 'write four decimal numbers, as in 10.1.2.3, or IPv6, as in 2001:db8::1'
  let word = 0
  for (const octet of octets) {
    if (!/^\d{1,3}$/.test(octet)) return `"${octet}" is not a decimal number from 0 to 255`
    if (octet.length > 1 && octet.startsWith('0'))
      return `"${octet}" has a leading zero, which some programs read as octal`
    const value = Number(octet)
    if (value > 255) return `"${octet}" is above 255`
    word = (word << 8) | value
  }
  return word
}

function readIpv6(text: string): Address | string {
  if (text.includes('%')) return 'leave out the zone after "%"'
  const halves = text.split('::')
  if (halves.length > 2) return '"::" may stand once only'
  const head = readGroups(halves[0] ?? '', halves.length === 1)
  if (typeof head === 'string') return head
  const tail = readGroups(halves[1] ?? '', true)
  if (typeof tail === 'string') return tail
  const count = head.length + tail.length
  if (halves.length === 1 && count !== 8) return `it has ${count} groups of 16 bits in place of 8`
  if (halves.length === 2 && count > 7) return 'its "::" stands for nothing'
  const groups = new Uint16Array(8)
  groups.set(head, 0)
  groups.set(tail, 8 - tail.length)
  const word = (index: number): number => ((groups[index] ?? 0) << 16) | (groups[index + 1] ?? 0)
  return { family: 6, w0: word(0), w1: word(2), w2: word(4), w3: word(6) }
}

/** `2001:db8` as two groups; where the text is the end of the address, `192.0.2.1` may stand for the last two. */
function readGroups(text: string, isEnd: boolean): number[] | string {
  const groups: number[] = []
  if (text === '') return groups
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (isEnd && index === parts.length - 1 && part.includes('.')) {
      const word = readIpv4(part)
      if (typeof word === 'string') return word
      groups.push(word >>> 16, word & 0xffff)
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return `"${part}" is not a group of one to four hexadecimal digits`
  }
  return groups.length > 8 ? `it has ${groups.length} groups of 16 bits in place of 8` : groups
}

/** The one canonical text of an address; for IPv6 that of RFC 5952, with `::ffff:192.0.2.1` for mapped IPv4 (its section 5). */
export function formatAddress({ family, w0, w1, w2, w3 }: Address): string {
  if (family === 4) return formatIpv4(w0)
  if (w0 === 0 && w1 === 0 && w2 === 0xffff) return `::ffff:${formatIpv4(w3)}`
  const groups = [w0 >>> 16, w0 & 0xffff, w1 >>> 16, w1 & 0xffff, w2 >>> 16, w2 & 0xffff, w3 >>> 16, w3 & 0xffff]
  const { start, length } = longestZeroRun(groups)
  const text = (from: number, to: number): string => {
    let joined = ''
    for (let index = from; index < to; index++) joined += `${index === from ? '' : ':'}${groups[index]?.toString(16)}`
    return joined
  }
  return length < 2 ? text(0, 8) : `${text(0, start)}::${text(start + length, 8)}`
}

const formatIpv4 = (word: number): string =>
  `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < 8; start++) {
    let end = start
    while (end < 8 && groups[end] === 0) end++
    if (end - start > best.length) best = { start, length: end - start }
    start = end
  }
  return best
}

/** Ascending: IPv4 before IPv6, then by value. */
export function compareAddresses(a: Address, b: Address): number {
  return a.family - b.family || compareWords(a, b)
}

/** As if they were unsigned. */
export const compareWords = (a: Address, b: Address): number =>
  (a.w0 >>> 0) - (b.w0 >>> 0) ||
  (a.w1 >>> 0) - (b.w1 >>> 0) ||
  (a.w2 >>> 0) - (b.w2 >>> 0) ||
  (a.w3 >>> 0) - (b.w3 >>> 0)

export function equalAddresses(a: Address, b: Address): boolean {
  return a.w0 === b.w0 && a.w3 === b.w3 && a.w1 === b.w1 && a.w2 === b.w2 && a.family === b.family
}

/** In network order: 4 bytes or 16. */
export function addressBytes({ family, w0, w1, w2, w3 }: Address): Uint8Array {
  const bytes = new Uint8Array(FAMILY_BITS[family] / 8)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, w0)
  if (family === 4) return bytes
  view.setUint32(4, w1)
  view.setUint32(8, w2)
  view.setUint32(12, w3)
  return bytes
}

/** Of 4 bytes or 16 in network order. */
export function addressOfBytes(bytes: Uint8Array): Address {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length === 4) return { family: 4, w0: view.getInt32(0), w1: 0, w2: 0, w3: 0 }
  if (bytes.length !== 16) throw new Error(`an IP address has 4 or 16 bytes, and here are ${bytes.length}`)
  return { family: 6, w0: view.getInt32(0), w1: view.getInt32(4), w2: view.getInt32(8), w3: view.getInt32(12) }
}
