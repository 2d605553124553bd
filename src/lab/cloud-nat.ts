// What a cloud's router translates, as nftables text: addresses one to one, ports it hands to nodes, all else by itself.
import { type Address, type Family, formatAddress } from '../model/index.ts'
import type { CloudLayout } from './cloud-layout.ts'
import type { PortForward } from './port-forward.ts'

/** The router's end of its link to the internet, in every cloud. */
export const WAN = 'wan'
export const FAMILY_WORD = { 4: 'ip', 6: 'ip6' } as const
const FAMILIES = [4, 6] as const

/** None where addresses are public. */
export function natChains(cloud: CloudLayout): string[] {
  if (cloud.nat === 'none') return []
  return [
    '  chain translateIn {',
    '    type nat hook prerouting priority dstnat;',
    ...FAMILIES.flatMap((family) => [...pairsIn(cloud, family), ...forwardsIn(cloud, family)]),
    '  }',
    '  chain translateOut {',
    '    type nat hook postrouting priority srcnat;',
    ...FAMILIES.flatMap((family) => [...pairsOut(cloud, family), ...forwardsOut(cloud, family)]),
    `    iifname "lan*" oifname "${WAN}" masquerade`,
    // Turned round, for who has no public address: else the answer would come past the router, from an address that was not asked.
    '    iifname "lan*" oifname "lan*" ct status dnat masquerade',
    '  }',
  ]
}

const pairText = (pair: readonly Address[]): string => pair.map(formatAddress).join(' : ')

function pairsIn({ translations }: CloudLayout, family: Family): string[] {
  const pairs = translations.filter(({ inside }) => inside.family === family)
  if (pairs.length === 0) return []
  const word = FAMILY_WORD[family]
  const map = pairs.map(({ outside, inside }) => pairText([outside, inside])).join(', ')
  return [`    dnat ${word} to ${word} daddr map { ${map} }`]
}

// A node that asks for a fellow's public address is turned round here, and comes out under its own public address.
function pairsOut({ translations }: CloudLayout, family: Family): string[] {
  const pairs = translations.filter(({ inside }) => inside.family === family)
  if (pairs.length === 0) return []
  const word = FAMILY_WORD[family]
  const isFirst = ({ node }: { node: string }, nth: number): boolean =>
    pairs.findIndex((other) => other.node === node) === nth
  const map = pairs
    .filter(isFirst)
    .map(({ outside, inside }) => pairText([inside, outside]))
    .join(', ')
  return [
    `    oifname "${WAN}" snat ${word} to ${word} saddr map { ${map} }`,
    `    oifname "lan*" ct status dnat snat ${word} to ${word} saddr map { ${map} }`,
  ]
}

const of = (forwards: readonly PortForward[], family: Family): PortForward[] =>
  forwards.filter(({ outside }) => outside.family === family)

const socketText = (address: Address, port: number | string): string =>
  address.family === 4 ? `${formatAddress(address)}:${port}` : `[${formatAddress(address)}]:${port}`

const forwardsIn = ({ forwards }: CloudLayout, family: Family): string[] =>
  of(forwards, family).map(({ outside, outsidePort, inside, insidePort }) => {
    const word = FAMILY_WORD[family]
    const to = socketText(inside, insidePort)
    return `    ${word} daddr ${formatAddress(outside)} udp dport ${outsidePort} dnat ${word} to ${to}`
  })

// What a node sends from a forwarded port leaves under the port that leads back to it, and nothing else takes that port:
// else an answer to one node could be the first packet for another.
function forwardsOut({ forwards, ownAddresses }: CloudLayout, family: Family): string[] {
  const own = ownAddresses.find((address) => address.family === family)
  if (!own) return []
  const word = FAMILY_WORD[family]
  const leaving = [`oifname "${WAN}"`, 'iifname "lan*" oifname "lan*" ct status dnat']
  const mapped = of(forwards, family).filter(({ outside }) => formatAddress(outside) === formatAddress(own))
  const taken = [...new Set(mapped.map(({ outsidePort }) => outsidePort))]
  return leaving.flatMap((out) => [
    ...mapped.map(
      ({ inside, insidePort, outsidePort }) =>
        `    ${out} ${word} saddr ${formatAddress(inside)} udp sport ${insidePort} snat ${word} to ${socketText(own, outsidePort)}`,
    ),
    ...(taken.length === 0
      ? []
      : [
          `    ${out} meta nfproto ipv${family} udp sport { ${taken.join(', ')} } snat ${word} to ${socketText(own, sparePorts(taken))}`,
        ]),
    `    ${out} meta nfproto ipv${family} snat ${word} to ${formatAddress(own)}`,
  ])
}

const SPARE_PORTS = 1024

/** The highest 1024 ports in a row of which none is taken. */
function sparePorts(taken: readonly number[]): string {
  for (let first = 65_536 - SPARE_PORTS; first > SPARE_PORTS; first -= SPARE_PORTS) {
    const last = first + SPARE_PORTS - 1
    if (!taken.some((port) => first <= port && port <= last)) return `${first}-${last}`
  }
  throw new Error('a cloud of a lab forwards so many ports that none are left for its other flows')
}
