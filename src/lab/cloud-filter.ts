// What a cloud's router translates and lets in, and what the ports of its nodes let through, as nftables text.
import { type Family, formatAddress } from '../model/index.ts'
import type { CloudLayout } from './cloud-layout.ts'
import type { NodeLayout } from './layout.ts'

/** The router's end of its link to the internet, in every cloud. */
export const WAN = 'wan'

const WORD = { 4: 'ip', 6: 'ip6' } as const
const FAMILIES = [4, 6] as const

export function cloudFilterText(cloud: CloudLayout, nodes: readonly NodeLayout[]): string {
  return [
    `table inet cloud {`,
    ...forwardChain(cloud),
    ...natChains(cloud),
    `}`,
    ...sourceCheck(cloud, nodes),
    '',
  ].join('\n')
}

// Invalid is dropped: the kernel would send it on without a translation, with an address that only the cloud knows.
function forwardChain({ nat, allow }: CloudLayout): string[] {
  return [
    '  chain forward {',
    '    type filter hook forward priority filter; policy drop;',
    ...(nat === 'none' ? [] : ['    ct state invalid drop']),
    '    ct state established,related accept',
    `    iifname "lan*" oifname "${WAN}" accept`,
    '    iifname "lan*" oifname "lan*" ct status ! dnat accept',
    ...allow.map(({ protocol, port }) => `    ${protocol} dport ${port} accept`),
    '    icmpv6 type { packet-too-big, time-exceeded, destination-unreachable } accept',
    '  }',
  ]
}

// A node that asks for a fellow's public address is turned round here, and comes out under its own public address.
function natChains({ nat, translations }: CloudLayout): string[] {
  if (nat === 'none') return []
  const of = (family: Family) => translations.filter(({ inside }) => inside.family === family)
  const pairs = (family: Family, order: 'in' | 'out'): string =>
    of(family)
      .map(({ outside, inside }) => (order === 'in' ? [outside, inside] : [inside, outside]))
      .map((pair) => pair.map(formatAddress).join(' : '))
      .join(', ')
  return [
    '  chain translateIn {',
    '    type nat hook prerouting priority dstnat;',
    ...FAMILIES.filter((family) => of(family).length > 0).map(
      (family) => `    dnat ${WORD[family]} to ${WORD[family]} daddr map { ${pairs(family, 'in')} }`,
    ),
    '  }',
    '  chain translateOut {',
    '    type nat hook postrouting priority srcnat;',
    ...FAMILIES.filter((family) => of(family).length > 0).flatMap((family) => [
      `    oifname "${WAN}" snat ${WORD[family]} to ${WORD[family]} saddr map { ${pairs(family, 'out')} }`,
      `    oifname "lan*" ct status dnat snat ${WORD[family]} to ${WORD[family]} saddr map { ${pairs(family, 'out')} }`,
    ]),
    `    iifname "lan*" oifname "${WAN}" masquerade`,
    '  }',
  ]
}

// As clouds do it, at the port: a frame carries the node's own address, going out and coming in, whatever its hardware
// address says. ARP and what IPv6 needs on a wire pass.
function sourceCheck({ sourceCheck, members }: CloudLayout, nodes: readonly NodeLayout[]): string[] {
  if (!sourceCheck) return []
  const checked = nodes.filter(({ name }) => members.includes(name))
  const own = (node: NodeLayout, family: Family): string[] =>
    node.addresses.filter(({ address }) => address.family === family).map(({ address }) => formatAddress(address))
  const rules = (direction: 'from' | 'to'): string[] =>
    checked.flatMap((node) => [
      portRule(node.port, direction, 4, direction === 'from' ? own(node, 4) : [...own(node, 4), ...GROUPS[4]]),
      portRule(
        node.port,
        direction,
        6,
        direction === 'from' ? [...own(node, 6), ...LINK_LOCAL] : [...own(node, 6), ...LINK_LOCAL, ...GROUPS[6]],
      ),
    ])
  return [
    'table bridge cloud {',
    '  chain from {',
    '    type filter hook prerouting priority filter;',
    ...rules('from'),
    '  }',
    '  chain to {',
    '    type filter hook postrouting priority filter;',
    ...rules('to'),
    '  }',
    '}',
  ]
}

const GROUPS = { 4: ['224.0.0.0/4', '255.255.255.255'], 6: ['ff00::/8'] } as const
/** `::` is the source of duplicate address detection. */
const LINK_LOCAL = ['fe80::/10', '::']

function portRule(port: string, direction: 'from' | 'to', family: Family, allowed: readonly string[]): string {
  const [link, field] = direction === 'from' ? ['iifname', 'saddr'] : ['oifname', 'daddr']
  const rule = `    ${link} "${port}" ether type ${WORD[family]}`
  return allowed.length > 0
    ? `${rule} ${WORD[family]} ${field} != { ${allowed.join(', ')} } counter drop`
    : `${rule} counter drop`
}
