import { describe, expect, test } from 'vitest'
import {
  type Entry,
  filterTable,
  interfaceAddress,
  type Link,
  link,
  neighbour,
  nextHop,
  parseAddress,
  parsePrefix,
  route,
  rule,
  TABLE,
} from '../model/index.ts'
import { refusalFailure, thrownFailure } from './failure.ts'
import { systemError } from './system-error.ts'

const because = [] as const
const linkOf = (name: string, type: Link['type']): Entry => link({ name, type, mtuBytes: 1400, because })
const ipip = linkOf('damask-ipip', { kind: 'ipip', local: parseAddress('172.31.0.11'), mark: 0x1000 })
const vxlan = linkOf('damask-vx', {
  kind: 'vxlan',
  networkIdentifier: 218,
  port: 8472,
  local: parseAddress('172.31.0.11'),
})
const filter = filterTable({ name: 'damask', sets: [], chains: [], because })
const refused = (entry: Entry, errno: number, code: string, text?: string): string =>
  refusalFailure({ op: 'create', entry }, { errno, code, ...(text && { text }) }).message

describe('where the kernel lacks something, it is said what to do', () => {
  test.each<[string, Entry, string]>([
    [
      'VXLAN',
      vxlan,
      'cannot create vxlan link damask-vx: EOPNOTSUPP - Unknown device type; this kernel has no VXLAN; load the module vxlan (modprobe vxlan), install the kernel package that has it, or take fabric wireguard',
    ],
    [
      'IPIP',
      ipip,
      'cannot create ipip link damask-ipip: EOPNOTSUPP - Unknown device type; this kernel has no IPIP; load the module ipip (modprobe ipip), install the kernel package that has it, or take fabric vxlan',
    ],
    [
      'dummy devices and bridges',
      linkOf('damask0', { kind: 'dummy' }),
      'cannot create dummy link damask0: EOPNOTSUPP - Unknown device type; this kernel has no dummy devices and no bridges; load the module dummy (modprobe dummy), or install the kernel package that has it',
    ],
  ])('%s', (_, entry, sentence) => {
    expect(refused(entry, 95, 'EOPNOTSUPP', 'Unknown device type')).toBe(sentence)
  })

  test('a part of nftables: nft names neither the rule nor the module', () => {
    const said = Object.assign(new Error('nftables refused it: Could not process rule: No such file or directory'), {
      code: 'ENOENT',
    })
    expect(thrownFailure({ op: 'create', entry: filter }, said).message).toBe(
      'cannot create packet filter table inet damask: nftables refused it: Could not process rule: No such file or directory; this kernel lacks a part of nftables; `modprobe -a nft_chain_nat nft_ct nft_fib_inet nft_masq nft_nat` loads what is there, and says which it is: install the kernel package that has it',
    )
  })

  test('WireGuard, where there is no wireguard-go either', () => {
    const said = systemError('wireguard-go not found', 2, 'install it, or load the module')
    expect(thrownFailure({ op: 'create', entry: linkOf('damask-t1', { kind: 'wireguard' }) }, said).message).toBe(
      'cannot create wireguard link damask-t1: wireguard-go not found: ENOENT - install it, or load the module; whichever is there first is taken, within half a minute',
    )
  })
})

describe('where IPv6 is switched off, it is said where to switch it on', () => {
  const address = interfaceAddress({ link: 'damask0', address: parseAddress('fd42::1'), because })
  const hop = nextHop({ id: 0xda000001, link: 'damask-t1', because })
  const guard = route({ table: TABLE, to: parsePrefix('fd42::/48'), target: { kind: 'unreachable' }, because })

  test('on one link, by its setting', () => {
    expect(refused(address, 13, 'EACCES')).toBe(
      'cannot create address fd42::1 on damask0: EACCES; IPv6 is switched off on damask0; switch it on (sysctl -w net.ipv6.conf.damask0.disable_ipv6=0)',
    )
    const far = { ...guard, target: { kind: 'link', link: 'damask-t1' } } as const
    expect(refused(far, 13, 'EACCES')).toContain('net.ipv6.conf.damask-t1.disable_ipv6=0')
  })

  test.each<[string, Entry, string]>([
    ['an address', address, 'EOPNOTSUPP'],
    ['a route', guard, 'EOPNOTSUPP'],
    [
      'a neighbour',
      neighbour({
        link: 'damask-vx',
        address: parseAddress('fe80::2'),
        hardwareAddress: '02:da:ac:1f:00:02',
        because,
      }),
      'EAFNOSUPPORT',
    ],
    ['a next hop of a link, which serves routes of both families', hop, 'EAFNOSUPPORT'],
    ['a rule', rule({ family: 6, preference: 5002, table: TABLE, because }), 'EAFNOSUPPORT'],
  ])('in the whole kernel: %s', (_, entry, code) => {
    expect(refused(entry, 1, code)).toMatch(/; this kernel has IPv6 switched off; boot it without ipv6.disable=1$/)
  })

  test('but not where IPv4 is refused', () => {
    const ofIpv4 = { ...hop, via: parseAddress('10.0.0.1') }
    expect(refused(ofIpv4, 95, 'EOPNOTSUPP')).toBe(`cannot create next hop ${hop.id} over damask-t1: EOPNOTSUPP`)
  })
})

test('where another device takes the packets of an ipip link, it is said how to find it', () => {
  expect(refused(ipip, 17, 'EEXIST')).toBe(
    'cannot create ipip link damask-ipip: EEXIST; another IPIP device has the same local address; see `ip -d link show type ipip` and remove it',
  )
})
