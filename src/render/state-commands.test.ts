import { expect, test } from 'vitest'
import { link, type NodeState, type PublicKey, parseAddress, parsePrefix, route, sysctl } from '../model/index.ts'
import { exampleState } from './example-state.fixture.ts'
import { renderCommands } from './index.ts'

const state = exampleState({
  own: '39qo10bthn0ucAgw27kTpJhGrjyEzpjFR1y+X7YWaRU=' as PublicKey,
  peer: 'hEXXo2ysGrAQiitNrOmW4sy6EjipabolYcAHEEyAq3o=' as PublicKey,
})
const script = renderCommands(state)
const stateOf = (...parts: NodeState['parts'][number][]): NodeState => ({ node: 'n', gatewayAddresses: {}, parts })

test('a script says first which variables it wants, and stops where one is wrong', () => {
  expect(script.split('\n').slice(0, 9)).toEqual([
    '#!/bin/sh',
    '# Builds by hand what Damask plans for node aws-1. Run it once, as root, on that node.',
    "#   KEY  file with the node's private key, whose public half is 39qo10bthn0ucAgw27kTpJhGrjyEzpjFR1y+X7YWaRU=",
    '#   NIC  the link that holds its private address 172.31.0.11; found by it unless set',
    'set -eu',
    '',
    `: "\${KEY:?set KEY to the file that holds the private key of this node}"`,
    '[ "$(wg pubkey < "$KEY")" = 39qo10bthn0ucAgw27kTpJhGrjyEzpjFR1y+X7YWaRU= ] || { echo "$KEY holds the private key of another node; this one is known by 39qo10bthn0ucAgw27kTpJhGrjyEzpjFR1y+X7YWaRU=" >&2; exit 1; }',
    `NIC=\${NIC:-$(ip -o address show to 172.31.0.11/32 | awk '{ print $2; exit }')}`,
  ])
})

test('commands stand in the order in which the reconciler works: guards before anything that carries packets', () => {
  expect(script.match(/^# (?! |Builds|no key|with).*$/gm)).toEqual([
    '# settings',
    '# guards',
    '# rules',
    '# packet filter',
    '# links, with their own settings',
    '# addresses',
    '# wireguard',
    '# neighbours',
    '# forwarding entries',
    '# next hops',
    '# routes',
  ])
})

test('a link gets no address of its own making: addrgenmode is set before it is up', () => {
  expect(
    script,
  ).toContain(`ip link add damask-t1 type wireguard 2>/dev/null || { wireguard-go damask-t1 && wg show damask-t1 >/dev/null; }
ip link set damask-t1 group 218 mtu 1440 addrgenmode none
ip link set damask-t1 up
sysctl -q -w net/ipv4/conf/damask-t1/rp_filter=2
`)
})

test('an ipip link is made as the agent makes it, and the far ends of its routes are taken to be on it', () => {
  expect(script).toContain(
    'ip link add damask-ipip type ipip mode ipip local 172.31.0.11 ttl 64 pmtudisc fwmark 0x1000\n',
  )
  const add = 'ip route add 10.42.16.0/24 table 218 protocol 218 src 10.42.1.1'
  const hops = ['172.31.0.31', '172.31.0.32'].map((via) => `nexthop via ${via} dev damask-ipip onlink`)
  expect(script).toContain(`${add} ${hops.join(' ')}\n`)
})

test('what needs a pod or a key that is not there yet stands as a comment', () => {
  expect(script).toContain('\n# with its pod: ip route add 10.42.1.5 table 218 ')
  expect(script).toContain('\n# no key yet: wg set damask-t1 peer ?home-1 allowed-ips 10.42.7.0/24\n')
  expect(script).not.toMatch(/^[^#].*(dmk0|\?home-1)/m)
})

test('a link that the plan does not know is a variable also in the packet filter', () => {
  expect(script).toContain('nft -f - <<NFT\n')
  expect(script).toContain('route add 10.42.10.0/24 table 218 protocol 218 src 10.42.1.1 via 172.31.0.21 dev "$NIC"\n')
  const known: NodeState = JSON.parse(JSON.stringify(state).replaceAll('$NIC', 'eth0.100'))
  const withName = renderCommands(known)
  expect(withName).toContain("nft -f - <<'NFT'\n")
  expect(withName).toContain('sysctl -q -w net/ipv4/conf/eth0.100/rp_filter=2\n')
  expect(withName).not.toContain('NIC')
})

test('a private address that is handed over finds the NIC; without one, NIC has to be set', () => {
  const state = stateOf([sysctl({ key: 'net/ipv4/conf/$NIC/rp_filter', value: '2', because: [] })])
  const privateAddresses = [parseAddress('10.0.0.7')]
  expect(renderCommands(state, { privateAddresses })).toContain('ip -o address show to 10.0.0.7/32')
  const without = renderCommands(state)
  expect(without).not.toContain('ip -o address')
  expect(without).toContain(`: "\${NIC:?set NIC to the link that holds the private address of this node}"\n`)
})

test('exceptions stand before the routes out of which they are cut', () => {
  const add = (to: string, kind: 'unreachable' | 'throw') =>
    route({ table: 219, to: parsePrefix(to), target: { kind }, because: [] })
  const lines = renderCommands(stateOf([add('10.0.0.0/8', 'unreachable'), add('10.9.0.0/24', 'throw')])).split('\n')
  expect(lines.filter((line) => line.startsWith('ip route')).map((line) => line.split(' ')[3])).toEqual([
    'throw',
    'unreachable',
  ])
})

test('a name with signs of the shell in it is one word', () => {
  const odd = link({ name: "a'b;c", type: { kind: 'dummy' }, mtuBytes: 1400, because: [] })
  expect(renderCommands(stateOf([odd]))).toContain("ip link set 'a'\\''b;c' up\n")
})
