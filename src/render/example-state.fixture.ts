// A NodeState with an entry of every kind and form, for the tests of this room: a gateway that has a vxlan and also
// reaches fellows over its NIC, whose name the plan does not know. It is no plan that the planner would make.
import {
  type Because,
  fdbEntry,
  filterTable,
  interfaceAddress,
  link,
  type NodeState,
  neighbour,
  nextHop,
  nextHopGroup,
  type PublicKey,
  parseAddress,
  parsePrefix,
  route,
  rule,
  sysctl,
  wireguardDevice,
  wireguardPeer,
} from '../model/index.ts'

const because: readonly Because[] = [
  { resource: 'Node/gcp-1', field: 'spec.podPrefixes[0]', rule: 'reached through the gateway of site gcp' },
]
const many = Array.from({ length: 100 }, (_, index) => ({ resource: `Node/n-${index}`, rule: 'owns a part of it' }))

const tunnelHop = 0xda00_0001
const memberHop = 0xda80_0001
const siteGroup = 0xda40_0001
const bothGroup = 0xda40_0002

const common = (family: 4 | 6) => [
  rule({ family, preference: 4990, table: 254, ownUdpPort: 8472, because }),
  rule({ family, preference: 5000, table: 218, withoutMark: 0x1000, because }),
  rule({ family, preference: 5001, table: 254, suppressPrefixLength: 0, because: [] }),
  rule({ family, preference: 5002, table: 219, because }),
]

const guard = (to: string, kind: 'unreachable' | 'throw', table = 219) =>
  route({ table, to: parsePrefix(to), target: { kind }, because })

const addressesOf = (name: string) => [
  interfaceAddress({ link: name, address: parseAddress('fd42:42:0:1::1'), because }),
  interfaceAddress({ link: name, address: parseAddress('10.42.1.1'), because }),
]

const to = (prefix: string, target: Parameters<typeof route>[0]['target'], reasons: readonly Because[] = because) =>
  route({ table: 218, to: parsePrefix(prefix), target, source: 'gateway-address', because: reasons })

const via = (...hops: readonly string[]) =>
  ({ kind: 'via', hops: hops.map((hop) => ({ via: parseAddress(hop), link: '$NIC' })) }) as const

/** Another order or division of the parts must give the same text. */
export const exampleState = (keys: { readonly own: PublicKey; readonly peer: PublicKey }): NodeState => ({
  node: 'aws-1',
  gatewayAddresses: { 4: parseAddress('10.42.1.1'), 6: parseAddress('fd42:42:0:1::1') },
  parts: [
    [
      sysctl({ key: 'net/ipv4/conf/damask-t1/rp_filter', value: '2', because }),
      sysctl({ key: 'net/ipv4/conf/$NIC/rp_filter', value: '2', because }),
      sysctl({ key: 'net/ipv4/ip_forward', value: '1', because }),
    ],
    [...common(6), ...common(4)],
    [
      guard('10.42.0.0/16', 'unreachable'),
      guard('fd42:42::/48', 'unreachable'),
      guard('10.42.250.0/24', 'throw'),
      guard('10.42.250.0/24', 'throw', 218),
      guard('fd42:42:0:fa::/64', 'throw', 218),
    ],
    [
      link({ name: 'damask0', type: { kind: 'dummy' }, mtuBytes: 1390, because }),
      link({ name: 'damask-t1', type: { kind: 'wireguard' }, mtuBytes: 1440, because }),
      link({
        name: 'damask-vx',
        type: { kind: 'vxlan', networkIdentifier: 218, port: 8472, local: parseAddress('172.31.0.11') },
        mtuBytes: 1390,
        hardwareAddress: '02:da:ac:1f:00:0b',
        because,
      }),
      link({ name: 'dmk0', type: { kind: 'veth' }, mtuBytes: 1390, hardwareAddress: '02:00:00:00:00:05', because }),
      ...['damask0', 'damask-t1', 'damask-vx'].flatMap(addressesOf),
      interfaceAddress({ link: '$NIC', address: parseAddress('fe80::ac1f:b'), because }),
    ],
    [
      wireguardDevice({ link: 'damask-t1', publicKey: keys.own, listenPort: 51820, mark: 0x1000, because }),
      wireguardPeer({
        link: 'damask-t1',
        publicKey: keys.peer,
        endpoint: { address: parseAddress('198.51.100.11'), port: 51820 },
        allowedIps: ['10.42.4.0/23', 'fd42:42:0:4::/63'].map(parsePrefix),
        keepaliveSeconds: 25,
        because: many,
      }),
      wireguardPeer({
        link: 'damask-t1',
        publicKey: '?home-1' as PublicKey,
        allowedIps: ['10.42.7.0/24'].map(parsePrefix),
        keepaliveSeconds: 0,
        because,
      }),
    ],
    [
      neighbour({
        link: 'damask-vx',
        address: parseAddress('fe80::ac1f:c'),
        hardwareAddress: '02:da:ac:1f:00:0c',
        because,
      }),
      fdbEntry({
        link: 'damask-vx',
        hardwareAddress: '02:da:ac:1f:00:0c',
        remote: parseAddress('172.31.0.12'),
        because,
      }),
      nextHop({ id: tunnelHop, link: 'damask-t1', because }),
      nextHop({ id: memberHop, link: 'damask-vx', via: parseAddress('fe80::ac1f:c'), because }),
      nextHopGroup({ id: siteGroup, members: [tunnelHop], because }),
      nextHopGroup({ id: bothGroup, members: [tunnelHop, memberHop], because }),
    ],
    [
      to('10.42.4.0/23', { kind: 'next-hop-object', id: siteGroup }, many),
      to('fd42:42:0:4::/63', { kind: 'next-hop-object', id: siteGroup }),
      to('10.42.2.0/24', { kind: 'next-hop-object', id: memberHop }),
      to('fd42:42:0:2::/64', { kind: 'next-hop-object', id: memberHop }),
      to('10.42.8.0/24', { kind: 'next-hop-object', id: bothGroup }),
      to('fd42:42:0:8::/64', { kind: 'next-hop-object', id: bothGroup }),
      to('10.42.10.0/24', via('172.31.0.21')),
      to('fd42:42:0:10::/64', via('fe80::ac1f:15')),
      to('10.42.12.0/24', via('172.31.0.22', '172.31.0.21')),
      to('fd42:42:0:12::/64', via('fe80::ac1f:16', 'fe80::ac1f:15')),
      to('10.42.1.5/32', { kind: 'link', link: 'dmk0' }),
    ],
    [
      filterTable({
        name: 'damask',
        sets: [
          {
            name: 'known4',
            family: 4,
            elements: ['10.42.1.0/24', '10.42.2.0/23', '10.42.4.0/22', '10.42.8.5/32', '10.42.8.6/31'].map(parsePrefix),
          },
          { name: 'known6', family: 6, elements: ['fd42:42:0:1::/64', 'fd42:42:0:2::1/128'].map(parsePrefix) },
          { name: 'hop4', family: 4, elements: ['172.31.0.21/32', '172.31.0.22/32'].map(parsePrefix) },
          { name: 'hop6', family: 6, elements: [] },
        ],
        chains: [
          {
            name: 'transit',
            type: 'filter',
            hook: 'prerouting',
            priority: -300,
            rules: [
              {
                when: [
                  { kind: 'address', family: 4, field: 'source', in: 'known4' },
                  { kind: 'address', family: 4, field: 'destination', not: true, in: parsePrefix('10.42.1.0/24') },
                ],
                verdict: { kind: 'notrack' },
                comment: 'transit is stateless',
              },
            ],
          },
          {
            name: 'forward',
            type: 'filter',
            hook: 'forward',
            priority: 0,
            rules: [
              {
                when: [
                  { kind: 'link', direction: 'in', name: '$NIC' },
                  { kind: 'link', direction: 'out', name: '$NIC' },
                  { kind: 'address', family: 6, field: 'source', in: 'known6' },
                ],
                verdict: { kind: 'drop' },
                comment: 'no bounce',
              },
              {
                when: [{ kind: 'tcp-syn' }, { kind: 'address', family: 6, field: 'destination', in: 'known6' }],
                verdict: { kind: 'clamp-mss' },
                comment: 'into the network',
              },
            ],
          },
          {
            name: 'leak',
            type: 'filter',
            hook: 'postrouting',
            priority: 200,
            rules: [
              {
                when: [
                  { kind: 'address', family: 4, field: 'destination', in: 'known4' },
                  { kind: 'link', direction: 'out', not: true, name: 'damask*' },
                  { kind: 'next-hop', family: 4, not: true, in: 'hop4' },
                ],
                verdict: { kind: 'drop' },
                comment: 'leak',
              },
              {
                when: [{ kind: 'next-hop', family: 6, not: true, in: 'hop6' }],
                verdict: { kind: 'drop' },
                comment: 'leak',
              },
            ],
          },
          {
            name: 'nat',
            type: 'nat',
            hook: 'postrouting',
            priority: 99,
            rules: [
              {
                when: [
                  { kind: 'address', family: 6, field: 'destination', in: 'known6' },
                  { kind: 'mark', mask: 0x4000 },
                ],
                verdict: { kind: 'snat', to: parseAddress('fd42:42:0:1::1') },
                comment: 'into the network',
              },
              {
                when: [
                  { kind: 'address', family: 4, field: 'destination', not: true, in: 'known4' },
                  { kind: 'link', direction: 'out', not: true, name: 'dmk*' },
                  { kind: 'not-local-destination' },
                ],
                verdict: { kind: 'masquerade' },
                comment: 'out of the network',
              },
            ],
          },
        ],
        because,
      }),
    ],
  ],
})
