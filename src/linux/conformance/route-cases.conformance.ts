// Routes of every form that a plan may hold, of both families.
import { type Entry, interfaceAddress, parseAddress, type RouteHop, type RouteTarget } from '../../model/index.ts'
import { anchor, because, group, hop, ipip, overGroup, routeTo, secondHop, vxlan } from './harness.conformance.ts'

export type Case = {
  readonly name: string
  /** What it rests on. */
  readonly on?: readonly Entry[]
  readonly entry: Entry
  readonly changed?: Entry
}

const PREFIX4 = '10.3.0.0/16'
const PREFIX6 = 'fd00:3::/48'

export const routeCases = (nic: string): Case[] => [
  {
    name: 'a route over a group',
    on: [vxlan, hop, secondHop, group],
    entry: overGroup,
    changed: { ...overGroup, target: { kind: 'next-hop-object', id: hop.id } },
  },
  {
    name: 'an IPv6 route over a group, with a source',
    on: [anchor, address('fd00:4:1::1'), vxlan, hop, secondHop, group],
    entry: routeTo('fd00:2::/48', { kind: 'next-hop-object', id: group.id }, 'fd00:4:1::1'),
  },
  {
    name: 'an IPv4 route over a link, with a source',
    on: [anchor, address('10.4.1.1')],
    entry: routeTo('10.4.1.7/32', { kind: 'link', link: anchor.name }, '10.4.1.1'),
    changed: routeTo('10.4.1.7/32', { kind: 'link', link: anchor.name }),
  },
  {
    name: 'a route by way of an address',
    entry: routeTo(PREFIX4, via(nic, '192.0.2.3')),
    changed: routeTo(PREFIX4, via(nic, '192.0.2.4')),
  },
  { name: 'an IPv6 route by way of an address', entry: routeTo(PREFIX6, via(nic, '2001:db8::3')) },
  {
    name: 'a route by way of two addresses',
    entry: routeTo(PREFIX4, via(nic, '192.0.2.3', '192.0.2.4')),
    changed: routeTo(PREFIX4, via(nic, '192.0.2.4', '192.0.2.5')),
  },
  {
    name: 'an IPv6 route by way of two addresses, then of three',
    entry: routeTo(PREFIX6, via(nic, '2001:db8::3', '2001:db8::4')),
    changed: routeTo(PREFIX6, via(nic, '2001:db8::4', '2001:db8::5', 'fe80::6')),
  },
  {
    name: 'an IPv6 route by way of three addresses, then of one of them',
    entry: routeTo(PREFIX6, via(nic, '2001:db8::3', '2001:db8::4', '2001:db8::5')),
    changed: routeTo(PREFIX6, via(nic, '2001:db8::4')),
  },
  {
    name: 'an IPv4 route by way of an IPv6 address',
    entry: routeTo(PREFIX4, via(nic, 'fe80::3')),
    changed: routeTo(PREFIX4, via(nic, '2001:db8::4')),
  },
  {
    name: 'an IPv4 route by way of two IPv6 addresses',
    entry: routeTo(PREFIX4, via(nic, 'fe80::3', 'fe80::4')),
    changed: routeTo(PREFIX4, via(nic, 'fe80::4', 'fe80::5')),
  },
  {
    name: 'an IPv4 route by way of addresses of both families',
    entry: routeTo(PREFIX4, via(nic, '192.0.2.3', 'fe80::4')),
    changed: routeTo(PREFIX4, via(nic, 'fe80::4')),
  },
  {
    name: 'a route by way of an address of which no route says that it is on the link',
    entry: routeTo(PREFIX4, via(nic, '198.51.100.3 onlink')),
    changed: routeTo(PREFIX4, via(nic, '198.51.100.3 onlink', '198.51.100.4 onlink')),
  },
  {
    name: 'an IPv6 route by way of an address of which no route says that it is on the link',
    entry: routeTo(PREFIX6, via(nic, '2001:db8:99::3 onlink')),
    changed: routeTo(PREFIX6, via(nic, '2001:db8:99::3 onlink', '2001:db8:99::4 onlink')),
  },
  {
    name: 'a route of which one hop is on the link, and of the other nobody else says so',
    entry: routeTo(PREFIX4, via(nic, '192.0.2.3', '198.51.100.3 onlink')),
    changed: routeTo(PREFIX4, via(nic, '192.0.2.3 onlink')),
  },
  {
    name: 'a route over an ipip link',
    on: [ipip, address('10.4.1.1', ipip.name)],
    entry: routeTo(PREFIX4, via(ipip.name, '192.0.2.3 onlink')),
    changed: routeTo(PREFIX4, via(ipip.name, '192.0.2.3 onlink', '192.0.2.4 onlink'), '10.4.1.1'),
  },
  {
    name: 'a throw route',
    entry: routeTo('10.9.0.0/16', { kind: 'throw' }),
    changed: routeTo('10.9.0.0/16', { kind: 'unreachable' }),
  },
]

function address(text: string, link = anchor.name): Entry {
  return interfaceAddress({ link, address: parseAddress(text), because })
}

/** `192.0.2.3`, `192.0.2.3 onlink` */
function via(link: string, ...texts: readonly string[]): RouteTarget {
  const hops = texts.map((text): RouteHop => {
    const [address = '', onlink] = text.split(' ')
    return { via: parseAddress(address), link, ...(onlink && { onlink: true }) }
  })
  return { kind: 'via', hops }
}
