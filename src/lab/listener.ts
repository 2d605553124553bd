// The internet's ear: counts, in the kernel, every packet that shows an address of the network outside an encryption, in
// its own header or inside vxlan or ipip, and remembers a few of them. It stands before routing, so it also hears what
// the internet then throws away.
import { type Address, addressBytes, FAMILY_BITS, type Family, formatPrefix, type Prefix } from '../model/index.ts'
import type { Layout } from './layout.ts'
import { countersOf } from './nft-counters.ts'

export const LISTENER_TABLE = 'listener'

export type Heard = {
  readonly packets: number
  /** `10.42.1.2 > 10.42.4.2 udp`: outer headers, at most 16. */
  readonly examples: readonly string[]
}

// The inner header is read at fixed offsets, in bits from the transport header. It stands in chains of its own behind a
// jump: nft 1.0.6 aborts when it lists a rule with both `meta l4proto 4` and a masked `@th`.
const VXLAN_BITS = 8 * (8 + 8) // UDP, VXLAN
const ETHERNET_BITS = 8 * 14
const ETHERTYPE_OFFSET_BITS = VXLAN_BITS + 8 * 12
const ETHERTYPE = { 4: '0x0800', 6: '0x86dd' } as const
const ADDRESS_OFFSET_BITS = { 4: [8 * 12, 8 * 16], 6: [8 * 8, 8 * 24] } as const
const PRIORITY_BEFORE_RAW = -310

export function listenerText({ hidden, vxlanPorts }: Pick<Layout, 'hidden' | 'vxlanPorts'>): string {
  const of = (family: Family): Prefix[] => hidden.filter((prefix) => prefix.family === family)
  return [
    `table inet ${LISTENER_TABLE} {`,
    '  counter heard { }',
    '  set examples4 { type ipv4_addr . ipv4_addr . inet_proto; flags dynamic; size 16; }',
    '  set examples6 { type ipv6_addr . ipv6_addr . inet_proto; flags dynamic; size 16; }',
    '  chain heard {',
    '    add @examples4 { ip saddr . ip daddr . meta l4proto }',
    '    add @examples6 { ip6 saddr . ip6 daddr . meta l4proto }',
    '    counter name heard accept',
    '  }',
    '  chain inIpip4 {',
    ...innerRules(of(4), 0),
    '  }',
    '  chain inIpip6 {',
    ...innerRules(of(6), 0),
    '  }',
    '  chain inVxlan {',
    ...innerRules(of(4), VXLAN_BITS + ETHERNET_BITS, `@th,${ETHERTYPE_OFFSET_BITS},16 ${ETHERTYPE[4]} `),
    ...innerRules(of(6), VXLAN_BITS + ETHERNET_BITS, `@th,${ETHERTYPE_OFFSET_BITS},16 ${ETHERTYPE[6]} `),
    '  }',
    '  chain hear {',
    `    type filter hook prerouting priority ${PRIORITY_BEFORE_RAW};`,
    ...outerRules('ip', of(4)),
    ...outerRules('ip6', of(6)),
    '    meta l4proto vmap { 4 : jump inIpip4, 41 : jump inIpip6 }',
    `    udp dport { ${vxlanPorts.join(', ')} } jump inVxlan`,
    '  }',
    '}',
    '',
  ].join('\n')
}

const outerRules = (word: 'ip' | 'ip6', prefixes: readonly Prefix[]): string[] =>
  prefixes.length === 0
    ? []
    : ['saddr', 'daddr'].map((field) => `    ${word} ${field} { ${prefixes.map(formatPrefix).join(', ')} } goto heard`)

const innerRules = (prefixes: readonly Prefix[], headerBits: number, condition = ''): string[] =>
  prefixes.flatMap((prefix) =>
    ADDRESS_OFFSET_BITS[prefix.family].map(
      (offset) => `    ${condition}${rawMatch(prefix, headerBits + offset)} goto heard`,
    ),
  )

function rawMatch(prefix: Prefix, offsetBits: number): string {
  const bits = FAMILY_BITS[prefix.family]
  const mask = ((1n << BigInt(prefix.length)) - 1n) << BigInt(bits - prefix.length)
  const hex = (value: bigint): string => `0x${value.toString(16).padStart(bits / 4, '0')}`
  return `@th,${offsetBits},${bits} & ${hex(mask)} == ${hex(wordOf(prefix))}`
}

const wordOf = (address: Address): bigint => BigInt(`0x${Buffer.from(addressBytes(address)).toString('hex')}`)

/** From the listed counters of the table and its two sets of examples. */
export const readListener = (listed: readonly unknown[]): Heard => ({
  packets: countersOf(listed, LISTENER_TABLE).get('heard')?.packets ?? 0,
  examples: listed.flatMap((object) => elementsOf(object).flatMap(describe)),
})

const elementsOf = (object: unknown): readonly unknown[] => {
  const set = fieldOf(object, 'set')
  const elements = fieldOf(set, 'elem')
  return Array.isArray(elements) ? elements : []
}

// An element of a dynamic set may be wrapped, as one with a timeout is.
function describe(element: unknown): string[] {
  const wrapped = fieldOf(fieldOf(element, 'elem'), 'val')
  if (wrapped !== undefined) return describe(wrapped)
  const parts = fieldOf(element, 'concat')
  if (!Array.isArray(parts)) return []
  const [source, destination, protocol] = parts
  return [`${source} > ${destination} ${protocol}`]
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
