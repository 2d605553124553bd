import { describe, expect, test } from 'vitest'
import { labCloud, labNode, labOf, labWorld } from '../../test/lab-world.ts'
import { type Lab, parseAddress, parsePrefix, type World } from '../model/index.ts'
import type { Underlay } from '../verifier/index.ts'
import { layOut } from './layout.ts'
import { underlayOf } from './underlay.ts'

const nodes = [
  labNode('aws-1', '172.31.0.11/20', '203.0.113.11'),
  labNode('home-1', '192.168.1.11/24', '198.51.100.9'),
  labNode('home-2', '192.168.2.12/24'),
  labNode('open-1', '192.0.2.5/26', '192.0.2.5'),
  labNode('six-1', '2001:db8:6::5/64'),
]
const lab = labOf(
  [
    labCloud('aws', 'one-to-one', true, 9001),
    { ...labCloud('home', 'masquerade'), natTimeoutSeconds: 30 },
    labCloud('open', 'none'),
    { ...labCloud('six', 'none'), ipv6MtuBytes: 1400 },
  ],
  { 'aws-1': 'aws', 'home-1': 'home', 'home-2': 'home', 'open-1': 'open', 'six-1': 'six' },
)
const underlayIn = (world: World, of: Lab): Underlay => underlayOf(layOut(world, of, '123456'))

describe('the underlay of a lab', () => {
  const { hosts, networks, internet } = underlayIn(labWorld(nodes), lab)

  test('has every node at its wire, with default routes of the families that it has', () => {
    expect(hosts.get('aws-1')).toEqual({
      node: 'aws-1',
      network: 'aws',
      segment: 'lan0',
      link: 'eth0',
      addresses: [{ address: parseAddress('172.31.0.11'), length: 20 }],
      defaultRoutes: [4],
    })
    expect(hosts.get('six-1')?.defaultRoutes).toEqual([6])
    expect(hosts.get('home-1')?.segment).not.toBe(hosts.get('home-2')?.segment)
  })

  test('says of a cloud what its router and its wires do', () => {
    expect(networks.get('aws')).toMatchObject({
      prefixes: [parsePrefix('172.31.0.0/20')],
      mtuBytes: 9001,
      sourceCheck: true,
      dropsIpv6Fragments: false,
      uplink: { mtuBytes: 1500, families: [4, 6], hairpins: true },
    })
    expect(networks.get('six')).toMatchObject({
      ipv6MtuBytes: 1400,
      dropsIpv6Fragments: true,
      uplink: { hairpins: false },
    })
    expect(internet).toEqual({ mtuBytes: 1500, families: [4, 6] })
  })

  test('translates as the cloud does', () => {
    expect(networks.get('aws')?.uplink?.nat).toEqual({
      kind: 'one-to-one',
      translations: [{ node: 'aws-1', outside: parseAddress('203.0.113.11'), inside: parseAddress('172.31.0.11') }],
    })
    expect(networks.get('home')?.uplink?.nat).toMatchObject({
      kind: 'masquerade',
      // That of its endpoints, and without one of the family the router's own.
      outside: [parseAddress('198.51.100.9'), expect.objectContaining({ family: 6 })],
      forwards: [{ node: 'home-1', outsidePort: 51820, insidePort: 51820 }],
      isLetIn: true,
      timeoutSeconds: 30,
    })
    expect(networks.get('open')?.uplink?.nat).toEqual({ kind: 'none' })
  })

  test('lets in what the cloud allows, and nothing else', () => {
    expect(networks.get('open')?.uplink?.fromInternet).toEqual({
      rules: [{ verdict: 'accept', protocol: 'udp', port: 51820, name: 'cloud open' }],
      otherwise: 'drop',
    })
  })

  test('knows a default route that comes by router advertisements', () => {
    const advertising = { ...labCloud('six', 'none'), routerAdvertisements: true }
    const only = nodes.filter(({ name }) => name === 'six-1')
    const { hosts: those } = underlayIn(labWorld(only), labOf([advertising], { 'six-1': 'six' }))
    expect(those.get('six-1')?.defaultRoutes).toEqual([6])
  })
})
