// What a cloud's router lets in, and what the ports of its nodes let through, as nftables text.
import { type Family, formatAddress } from '../model/index.ts'
import type { CloudLayout } from './cloud-layout.ts'
import { FAMILY_WORD, natChains, WAN } from './cloud-nat.ts'
import type { NodeLayout } from './layout.ts'

export function cloudFilterText(cloud: CloudLayout, nodes: readonly NodeLayout[]): string {
  return [
    `table inet cloud {`,
    ...forwardChain(cloud),
    ...natChains(cloud),
    `}`,
    ...sourceCheck(cloud, nodes),
    ...noFragments(cloud),
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
    // What its owner forwards, he lets in.
    ...(nat === 'masquerade' ? ['    ct status dnat accept'] : []),
    ...allow.map(({ protocol, port }) => `    ${protocol} dport ${port} accept`),
    '    icmpv6 type { packet-too-big, time-exceeded, destination-unreachable } accept',
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

// Where IPv6 is narrower than the wires, many networks drop fragments besides (RFC 7872). So that a tunnel whose packets are
// too large is seen to fail, and not only to be slow.
const noFragments = ({ ipv6MtuBytes }: CloudLayout): string[] =>
  ipv6MtuBytes === undefined
    ? []
    : [
        'table bridge fragments {',
        ...['prerouting', 'postrouting'].flatMap((hook) => [
          `  chain ${hook} {`,
          `    type filter hook ${hook} priority filter;`,
          '    ether type ip6 ip6 nexthdr 44 counter drop',
          '  }',
        ]),
        '}',
      ]

const GROUPS = { 4: ['224.0.0.0/4', '255.255.255.255'], 6: ['ff00::/8'] } as const
/** `::` is the source of duplicate address detection. */
const LINK_LOCAL = ['fe80::/10', '::']

function portRule(port: string, direction: 'from' | 'to', family: Family, allowed: readonly string[]): string {
  const [link, field] = direction === 'from' ? ['iifname', 'saddr'] : ['oifname', 'daddr']
  const rule = `    ${link} "${port}" ether type ${FAMILY_WORD[family]}`
  return allowed.length > 0
    ? `${rule} ${FAMILY_WORD[family]} ${field} != { ${allowed.join(', ')} } counter drop`
    : `${rule} counter drop`
}
