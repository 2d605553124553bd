// A NodeState with an entry of every kind and form, for the tests of this room: a gateway that has a vxlan and also
// reaches fellows over its NIC, whose name the plan does not know. It is no plan that the planner would make.
import {
  type Because,
  fdbEntry,
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
import { exampleFilter } from './example-filter.fixture.ts'

const because: readonly Because[] = [
  { resource: 'Node/gcp-1', field: 'spec.podPrefixes[0]', rule: 'reached through the gateway of site gcp' },
]
const many = Array.from({ length: 100 }, (_, index) => ({ resource: `Node/n-${index}`, rule: 'owns a part of it' }))

const tunnelHop = 0xda00_0001
const memberHop = 0xda80_0001
const fabricHop = 0xda00_0101
const siteGroup = 0xda40_0001
const bothGroup = 0xda40_0002
const fabricGroup = 0xdac0_0001

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
const onlink = (link: string, ...hops: readonly string[]) =>
  ({ kind: 'via', hops: hops.map((hop) => ({ via: parseAddress(hop), link, onlink: true as const })) }) as const

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
      link({
        name: 'damask-ipip',
        type: { kind: 'ipip', local: parseAddress('172.31.0.11'), mark: 0x1000 },
        mtuBytes: 1370,
        because,
      }),
      link({ name: 'damask-f1', type: { kind: 'wireguard' }, mtuBytes: 1430, because }),
      link({ name: 'dmk0', type: { kind: 'veth' }, mtuBytes: 1390, hardwareAddress: '02:00:00:00:00:05', because }),
      ...['damask0', 'damask-t1', 'damask-vx', 'damask-ipip', 'damask-f1'].flatMap(addressesOf),
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
      wireguardDevice({ link: 'damask-f1', publicKey: keys.own, listenPort: 51836, mark: 0x1000, because }),
      wireguardPeer({
        link: 'damask-f1',
        publicKey: keys.peer,
        endpoint: { address: parseAddress('172.31.0.12'), port: 51836 },
        allowedIps: ['10.42.22.0/24'].map(parsePrefix),
        keepaliveSeconds: 0,
        because,
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
      nextHop({ id: fabricHop, link: 'damask-f1', because }),
      nextHopGroup({ id: fabricGroup, members: [tunnelHop, fabricHop, memberHop], because }),
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
      to('10.42.14.0/24', onlink('damask-ipip', '172.31.0.31')),
      to('10.42.16.0/24', onlink('damask-ipip', '172.31.0.32', '172.31.0.31')),
      to('10.42.18.0/24', onlink('$NIC', '172.30.0.41')),
      to('fd42:42:0:18::/64', onlink('$NIC', 'fd42:f::42', 'fd42:f::41')),
      to('fd42:42:0:1a::/64', onlink('$NIC', 'fd42:f::41')),
      to('10.42.20.0/24', via('fe80::ac1f:16', 'fe80::ac1f:15')),
      to('10.42.22.0/24', { kind: 'next-hop-object', id: fabricGroup }),
      to('10.42.1.5/32', { kind: 'link', link: 'dmk0' }),
    ],
    [exampleFilter(because)],
  ],
})
