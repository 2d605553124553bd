// Underlays of several widths, and what has to come out of them: worlds, and the largest packet of a pod by the sizes of headers.
import { documentText } from '../document-text.ts'
import { combinations, IS_WHOLE, pairwise, type Row } from '../pairwise.ts'

export const AXES = {
  underlayBytes: [1280, 1400, 1420, 1500, 9000],
  clouds: ['one cloud', 'two clouds', 'two clouds, one of 1500'],
  tooBig: ['let through', 'dropped'],
  fabric: ['vxlan', 'wireguard', 'ipip', 'direct'],
  outer: ['IPv4', 'IPv6'],
  pods: ['IPv4', 'IPv6', 'IPv4 and IPv6'],
} as const

export type MtuCase = Row<typeof AXES>

/** IPIP is IPv4 in IPv4. */
const isPossible = ({ fabric, outer, pods }: MtuCase): boolean =>
  fabric !== 'ipip' || (outer === 'IPv4' && pods === 'IPv4')

const ALL = combinations(AXES, isPossible)
/** All of them, or a selection. */
export const CASES: readonly MtuCase[] = IS_WHOLE ? ALL : pairwise(ALL)

export const titleOf = ({ underlayBytes, clouds, tooBig, fabric, outer, pods }: MtuCase): string =>
  `${underlayBytes} bytes of ${outer}, ${clouds}, ${fabric}, pods of ${pods}, too big ${tooBig}`

const IP = { IPv4: 20, IPv6: 40 }
const UDP = 8
const VXLAN = 8
const ETHERNET = 14
/** RFC draft and kernel: type, receiver, counter, tag. */
const WIREGUARD = 4 + 4 + 8 + 16

/** Of each packet, by the way it goes. */
const headerBytes = (way: MtuCase['fabric'], outer: MtuCase['outer']): number =>
  ({ direct: 0, ipip: IP[outer], vxlan: IP[outer] + UDP + VXLAN + ETHERNET, wireguard: IP[outer] + UDP + WIREGUARD })[
    way
  ]

/** Of the internet between two clouds. */
const INTERNET = 1500

/** The largest packet that a pod may send: it fits whatever way it goes. */
export function largestBytes({ underlayBytes, clouds, fabric, outer }: MtuCase): number {
  const inside = underlayBytes - headerBytes(fabric, outer)
  return clouds === 'one cloud'
    ? inside
    : Math.min(inside, Math.min(underlayBytes, INTERNET) - headerBytes('wireguard', outer))
}

/** RFC 8200: whatever carries IPv6 takes 1280 bytes. */
export const isRefused = (one: MtuCase): boolean => one.pods.includes('IPv6') && largestBytes(one) < 1280

export const familiesOf = ({ pods }: MtuCase): (4 | 6)[] =>
  ([4, 6] as const).filter((family) => pods.includes(`IPv${family}`))

/** In cloud a: a1, a2, and a3, which has a subnet of its own where the fabric can bear it. In cloud b: b1. */
export function worldText(one: MtuCase): string {
  const { underlayBytes, clouds, fabric } = one
  const isApart = fabric !== 'direct'
  return [
    document(
      'Network',
      'default',
      `podPrefixes: [${podPrefixes(one, '10.42.0.0/16', 'fd42:42::/48')}], fabric: { kind: ${fabric} }`,
    ),
    node(one, { name: 'a1', subnet: 1, hasEndpoint: true }),
    node(one, { name: 'a2', subnet: 1 }),
    node(one, { name: 'a3', subnet: isApart ? 2 : 1 }),
    ...(clouds === 'one cloud' ? [] : [node(one, { name: 'b1', subnet: 3, hasEndpoint: true })]),
    document(
      'Lab',
      'mtu',
      `clouds: [${['a', 'b']
        .slice(0, clouds === 'one cloud' ? 1 : 2)
        .map((name) => cloud(name, name === 'b' && clouds !== 'two clouds' ? 1500 : underlayBytes))
        .join(', ')}], podsPerNode: 1`,
    ),
  ].join('---\n')
}

const document = (kind: string, name: string, spec: string): string => documentText(kind, name, `spec: { ${spec} }`)

const cloud = (name: string, mtu: number): string =>
  `{ name: ${name}, nat: one-to-one, sourceCheck: false, mtu: ${mtu}, allow: [{ protocol: udp, port: 51820 }] }`

const podPrefixes = ({ pods }: MtuCase, ipv4: string, ipv6: string): string =>
  [...(pods.includes('IPv4') ? [ipv4] : []), ...(pods.includes('IPv6') ? [`"${ipv6}"`] : [])].join(', ')

type Place = { readonly name: string; readonly subnet: number; readonly hasEndpoint?: boolean }

function node(one: MtuCase, { name, subnet, hasEndpoint }: Place): string {
  const { fabric, outer } = one
  const [site = '', own = ''] = name
  const number = 10 * subnet + Number(own)
  const ipv4 = `10.0.${subnet}.${number}/24`
  const ipv6 = `"fd00:${subnet}::${number}/64"`
  // Where nothing is around a pod's packet, the private network takes it in its own family.
  const addresses = fabric === 'direct' ? [ipv4, ipv6] : [outer === 'IPv4' ? ipv4 : ipv6]
  const host = outer === 'IPv4' ? `203.0.113.${number}` : `"2001:db8::${number}"`
  const endpoint = hasEndpoint ? `, endpoint: { host: ${host}, port: 51820 }` : ''
  const pods = podPrefixes(one, `10.42.${number}.0/24`, `fd42:42:0:${number}::/64`)
  return document(
    'Node',
    name,
    `site: ${site}, privateAddresses: [${addresses.join(', ')}]${endpoint}, podPrefixes: [${pods}]`,
  )
}
