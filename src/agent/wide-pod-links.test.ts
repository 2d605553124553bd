import { expect, test } from 'vitest'
import { labNode, labWorld } from '../../test/lab-world.ts'
import { type Network, parsePrefix, type World } from '../model/index.ts'
import { preparePlan } from '../planner/index.ts'
import { findWidePodLinks } from './wide-pod-links.ts'

/** Bytes that each link takes. */
const LINKS: Readonly<Record<string, number>> = {
  cni0: 1500,
  cali1: 1480,
  cali2: 1450,
  narrow: 1440,
  eth0: 9000,
  lo: 65536,
}

/** `routes`: as `10.42.1.0/24 cni0`. */
function found(routes: readonly string[], world: World = worldWith('none')): readonly string[] {
  const host = {
    routes: () =>
      routes.map((route) => ({ to: parsePrefix(route.split(' ')[0] ?? ''), link: route.split(' ')[1] ?? '' })),
    ipv6MtuBytes: (link: string) => LINKS[link],
  }
  return findWidePodLinks(preparePlan(world), 'a', host).map(({ message }) => message)
}

test('a bridge whose packets are too large for other sites is named, with the size that fits', () => {
  expect(found(['0.0.0.0/0 eth0', '10.42.1.0/24 cni0', '10.42.2.0/24 eth0'])).toEqual([
    'cni0, by which this machine reaches its own pods, lets through packets of 1500 bytes, and to other sites go no more than 1440: what ' +
      'is larger is refused on the way; set the MTU of the network plugin of site s to 1440, and start its pods anew',
  ])
})

test('of a plugin that has a link a pod, none is named', () => {
  expect(found(['10.42.1.7/32 cali1', '10.42.1.8/32 cali2'])).toEqual([
    expect.stringMatching(/^the links of its own pods let through packets of 1480 bytes/),
  ])
})

test('one that fits is nothing to speak of, nor one of which nothing is known, nor the loopback of the pods gateway', () => {
  expect(found(['10.42.1.0/24 narrow', 'fd42:0:0:1::1/128 lo', '10.42.1.9/32 gone'])).toEqual([])
})

test('nothing is looked at where Damask carries pods itself, where there is one site alone, nor before there is a plan', () => {
  const wide = ['10.42.1.0/24 cni0']
  expect(found(wide, worldWith('direct'))).toEqual([])
  const { nodes, ...rest } = worldWith('none')
  const alone = new Map([...nodes].filter(([name]) => name === 'a'))
  expect(found(wide, { ...rest, nodes: alone })).toEqual([])
  expect(findWidePodLinks(undefined, 'a', { routes: () => [], ipv6MtuBytes: () => 1500 })).toEqual([])
})

function worldWith(kind: Network['fabric']['kind']): World {
  const a = labNode('a', '192.0.2.1/24', '203.0.113.1', ['10.42.1.0/24', 'fd42:0:0:1::/64'])
  const b = labNode('b', '198.51.100.1/24', '203.0.113.2', ['10.42.2.0/24', 'fd42:0:0:2::/64'])
  const { network, ...rest } = labWorld(
    [
      { ...a, site: 's' },
      { ...b, site: 't' },
    ],
    ['10.42.0.0/16', 'fd42::/48'],
  )
  return { ...rest, network: { ...network, fabric: { ...network.fabric, kind } } }
}
