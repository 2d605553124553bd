import { describe, expect, test } from 'vitest'
import { type NodeState, type PublicKey, parsePrefix, route } from '../model/index.ts'
import { exampleState } from './example-state.fixture.ts'
import { renderText } from './index.ts'

const state = exampleState({
  own: '39qo10bthn0ucAgw27kTpJhGrjyEzpjFR1y+X7YWaRU=' as PublicKey,
  peer: 'hEXXo2ysGrAQiitNrOmW4sy6EjipabolYcAHEEyAq3o=' as PublicKey,
})

/** The lines under a heading. */
function sectionOf(text: string, heading: string): string {
  const start = `# ${heading}\n`
  const section = text.split(/\n\n(?=# )/).find((part) => part.startsWith(start)) ?? ''
  return section.slice(start.length).trimEnd()
}

const bare = renderText(state, { because: false })
const reasoned = renderText(state)
const REASON = 'Node/gcp-1 spec.podPrefixes[0]: reached through the gateway of site gcp'

describe('renderText() without reasons', () => {
  test('has the sections in one order', () => {
    const headings = bare.split('\n').filter((line) => /^# (?!PublicKey)/.test(line))
    expect(headings).toEqual([
      '# links',
      '# addresses',
      '# rules, IPv4',
      '# rules, IPv6',
      '# routes: table 219 (guards)',
      '# next hops',
      '# routes: table 218',
      '# neighbours',
      '# forwarding entries',
      '# wireguard damask-f1',
      '# wireguard damask-t1',
      '# packet filter',
      '# settings',
    ])
  })

  test('lists links in the words of `ip -d link`', () => {
    expect(sectionOf(bare, 'links')).toBe(`damask0: <UP> mtu 1390 group 218 dummy addrgenmode none
damask-f1: <UP> mtu 1430 group 218 wireguard addrgenmode none
damask-ipip: <UP> mtu 1370 group 218 ipip remote any local 172.31.0.11 ttl 64 pmtudisc fwmark 0x1000 addrgenmode none
damask-t1: <UP> mtu 1440 group 218 wireguard addrgenmode none
damask-vx: <UP> mtu 1390 group 218 link/ether 02:da:ac:1f:00:0b vxlan id 218 local 172.31.0.11 dstport 8472 nolearning addrgenmode none
dmk0: <UP> mtu 1390 group 218 link/ether 02:00:00:00:00:05 veth addrgenmode none`)
  })

  test('lists addresses as `ip -o address` does', () => {
    expect(sectionOf(bare, 'addresses')).toBe(`$NIC inet6 fe80::ac1f:b/128 scope link nodad noprefixroute
damask0 inet 10.42.1.1/32 scope global noprefixroute
damask0 inet6 fd42:42:0:1::1/128 scope global nodad noprefixroute
damask-f1 inet 10.42.1.1/32 scope global noprefixroute
damask-f1 inet6 fd42:42:0:1::1/128 scope global nodad noprefixroute
damask-ipip inet 10.42.1.1/32 scope global noprefixroute
damask-ipip inet6 fd42:42:0:1::1/128 scope global nodad noprefixroute
damask-t1 inet 10.42.1.1/32 scope global noprefixroute
damask-t1 inet6 fd42:42:0:1::1/128 scope global nodad noprefixroute
damask-vx inet 10.42.1.1/32 scope global noprefixroute
damask-vx inet6 fd42:42:0:1::1/128 scope global nodad noprefixroute`)
  })

  test('lists rules as `ip rule` does', () => {
    const rules = `4990:	from all iif lo ipproto udp dport 8472 lookup main proto 218
5000:	not from all fwmark 0x1000/0x1000 lookup 218 proto 218
5001:	from all lookup main suppress_prefixlength 0 proto 218
5002:	from all lookup 219 proto 218`
    expect(sectionOf(bare, 'rules, IPv4')).toBe(rules)
    expect(sectionOf(bare, 'rules, IPv6')).toBe(rules)
  })

  test('lists routes as `ip route show table` does, each form of both families', () => {
    expect(sectionOf(bare, 'routes: table 219 (guards)')).toBe(`unreachable 10.42.0.0/16 proto 218
throw 10.42.250.0/24 proto 218
unreachable fd42:42::/48 dev lo proto 218 metric 1024 pref medium`)
    expect(sectionOf(bare, 'routes: table 218')).toBe(`10.42.1.5 dev dmk0 proto 218 scope link src 10.42.1.1
10.42.2.0/24 nhid 3665821697 via inet6 fe80::ac1f:c dev damask-vx proto 218 src 10.42.1.1
10.42.4.0/23 nhid 3661627393 dev damask-t1 proto 218 src 10.42.1.1
10.42.8.0/24 nhid 3661627394 proto 218 src 10.42.1.1
	nexthop dev damask-t1 weight 1
	nexthop via inet6 fe80::ac1f:c dev damask-vx weight 1
10.42.10.0/24 via 172.31.0.21 dev $NIC proto 218 src 10.42.1.1
10.42.12.0/24 proto 218 src 10.42.1.1
	nexthop via 172.31.0.21 dev $NIC weight 1
	nexthop via 172.31.0.22 dev $NIC weight 1
10.42.14.0/24 via 172.31.0.31 dev damask-ipip proto 218 src 10.42.1.1 onlink
10.42.16.0/24 proto 218 src 10.42.1.1
	nexthop via 172.31.0.31 dev damask-ipip weight 1 onlink
	nexthop via 172.31.0.32 dev damask-ipip weight 1 onlink
10.42.18.0/24 via 172.30.0.41 dev $NIC proto 218 src 10.42.1.1 onlink
10.42.20.0/24 proto 218 src 10.42.1.1
	nexthop via inet6 fe80::ac1f:15 dev $NIC weight 1
	nexthop via inet6 fe80::ac1f:16 dev $NIC weight 1
10.42.22.0/24 nhid 3670016001 proto 218 src 10.42.1.1
	nexthop dev damask-t1 weight 1
	nexthop dev damask-f1 weight 1
	nexthop via inet6 fe80::ac1f:c dev damask-vx weight 1
throw 10.42.250.0/24 proto 218
fd42:42:0:2::/64 nhid 3665821697 via fe80::ac1f:c dev damask-vx proto 218 src fd42:42:0:1::1 metric 1024 pref medium
fd42:42:0:4::/63 nhid 3661627393 proto 218 src fd42:42:0:1::1 metric 1024 pref medium
	nexthop dev damask-t1 weight 1
fd42:42:0:8::/64 nhid 3661627394 proto 218 src fd42:42:0:1::1 metric 1024 pref medium
	nexthop dev damask-t1 weight 1
	nexthop via fe80::ac1f:c dev damask-vx weight 1
fd42:42:0:10::/64 via fe80::ac1f:15 dev $NIC proto 218 src fd42:42:0:1::1 metric 1024 pref medium
fd42:42:0:12::/64 proto 218 src fd42:42:0:1::1 metric 1024 pref medium
	nexthop via fe80::ac1f:15 dev $NIC weight 1
	nexthop via fe80::ac1f:16 dev $NIC weight 1
fd42:42:0:18::/64 proto 218 src fd42:42:0:1::1 metric 1024 pref medium
	nexthop via fd42:f::41 dev $NIC weight 1 onlink
	nexthop via fd42:f::42 dev $NIC weight 1 onlink
fd42:42:0:1a::/64 via fd42:f::41 dev $NIC proto 218 src fd42:42:0:1::1 metric 1024 onlink pref medium
throw fd42:42:0:fa::/64 dev lo proto 218 metric 1024 pref medium`)
  })

  test('lists next hops, neighbours and forwarding entries as `ip` and `bridge` do', () => {
    expect(sectionOf(bare, 'next hops')).toBe(`id 3657433089 dev damask-t1 scope link proto 218
id 3657433345 dev damask-f1 scope link proto 218
id 3665821697 via fe80::ac1f:c dev damask-vx scope link proto 218
id 3661627393 group 3657433089 proto 218
id 3661627394 group 3657433089/3665821697 proto 218
id 3670016001 group 3657433089/3657433345/3665821697 proto 218`)
    expect(sectionOf(bare, 'neighbours')).toBe(
      'fe80::ac1f:c dev damask-vx lladdr 02:da:ac:1f:00:0c PERMANENT proto 218',
    )
    expect(sectionOf(bare, 'forwarding entries')).toBe('02:da:ac:1f:00:0c dev damask-vx dst 172.31.0.12 self permanent')
  })

  test('lists a WireGuard device as `wg showconf` does, its key by the public half and a missing one as ?name', () => {
    expect(sectionOf(bare, 'wireguard damask-t1')).toBe(`[Interface]
# PublicKey = 39qo10bthn0ucAgw27kTpJhGrjyEzpjFR1y+X7YWaRU=
ListenPort = 51820
FwMark = 0x1000

[Peer]
PublicKey = ?home-1
AllowedIPs = 10.42.7.0/24

[Peer]
PublicKey = hEXXo2ysGrAQiitNrOmW4sy6EjipabolYcAHEEyAq3o=
AllowedIPs = 10.42.4.0/23, fd42:42:0:4::/63
Endpoint = 198.51.100.11:51820
PersistentKeepalive = 25`)
    expect(bare).not.toMatch(/private/i)
  })

  test('lists settings as sysctl does', () => {
    expect(sectionOf(bare, 'settings')).toBe(`net.ipv4.conf.$NIC.rp_filter = 2
net.ipv4.conf.damask-t1.rp_filter = 2
net.ipv4.ip_forward = 1`)
  })
})

describe('renderText() with reasons', () => {
  test('ends the first line of an entry with what put it there', () => {
    expect(sectionOf(reasoned, 'rules, IPv4')).toContain(`lookup 219 proto 218  # ${REASON}`)
    expect(sectionOf(reasoned, 'routes: table 218')).toContain(
      `10.42.8.0/24 nhid 3661627394 proto 218 src 10.42.1.1  # ${REASON}\n\tnexthop dev damask-t1 weight 1\n`,
    )
  })

  test('spells out two of many reasons and counts the rest', () => {
    expect(sectionOf(reasoned, 'routes: table 218')).toContain(
      'dev damask-t1 proto 218 src 10.42.1.1  # Node/n-0: owns a part of it; Node/n-1: owns a part of it; and 98 more\n',
    )
  })

  test('says nothing about an entry without a reason', () => {
    expect(sectionOf(reasoned, 'rules, IPv4')).toMatch(/suppress_prefixlength 0 proto 218$/m)
  })

  test('puts the reason in front of a peer and of the packet filter', () => {
    expect(reasoned).toContain(`\n\n# ${REASON}\n[Peer]\nPublicKey = ?home-1\n`)
    expect(sectionOf(reasoned, 'packet filter')).toMatch(/^# Node\/gcp-1 .*\ntable inet damask \{\n/)
  })

  test('says the same as without, but for the comments', () => {
    expect(reasoned.replace(/ {2}# .*$/gm, '').replace(/^# Node\/.*\n/gm, '')).toBe(bare)
  })
})

test('the order of the parts and of the entries in them makes no difference', () => {
  const turned = state.parts.map((part) => part.toReversed()).toReversed()
  expect(renderText({ ...state, parts: turned })).toBe(reasoned)
  expect(renderText({ ...state, parts: [state.parts.flat()] })).toBe(reasoned)
})

test('a state that holds nothing is an empty text', () => {
  expect(renderText({ node: 'n', gatewayAddresses: {}, parts: [] })).toBe('')
})

test('a route of everything is called default, and a next hop that the state lacks is named by its id alone', () => {
  const empty: NodeState = { node: 'n', gatewayAddresses: {}, parts: [] }
  const routes = ['0.0.0.0/0', '::/0'].map((to) =>
    route({ table: 218, to: parsePrefix(to), target: { kind: 'next-hop-object', id: 7 }, because: [] }),
  )
  expect(renderText({ ...empty, parts: [routes] })).toBe(
    '# routes: table 218\ndefault nhid 7 proto 218\ndefault nhid 7 proto 218 metric 1024 pref medium\n',
  )
})
