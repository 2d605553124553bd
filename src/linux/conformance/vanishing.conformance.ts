// What goes with a link or a next hop, without a word from the kernel.
import { describe, expect, test } from 'vitest'
import { fdbEntry, interfaceAddress, keyOf, neighbour, parseAddress, sysctl } from '../../model/index.ts'
import {
  anchor,
  because,
  creations,
  deletion,
  expectEntries,
  group,
  guardOf,
  hop,
  type KernelHarness,
  make,
  overGroup,
  overLink,
  read,
  routeTo,
  secondHop,
  updating,
  vxlan,
} from './harness.conformance.ts'

const onVxlan = [
  interfaceAddress({ link: vxlan.name, address: parseAddress('10.4.1.1'), because }),
  interfaceAddress({ link: vxlan.name, address: parseAddress('fd00:4:1::1'), because }),
  neighbour({
    link: vxlan.name,
    address: parseAddress('fe80::2'),
    hardwareAddress: '02:da:ac:1f:00:02',
    because,
  }),
  fdbEntry({
    link: vxlan.name,
    hardwareAddress: '02:da:ac:1f:00:02',
    remote: parseAddress('192.0.2.2'),
    because,
  }),
]
const overGroup6 = routeTo('fd00:2::/48', { kind: 'next-hop-object', id: group.id })

export function describeVanishing(harness: () => KernelHarness): void {
  describe('a link that is removed', () => {
    test('takes along all that rests on it, and nothing else', async () => {
      const { kernel } = harness()
      const kept = [anchor, guardOf('10.0.0.0/8'), overLink(anchor.name, '10.5.0.0/16')]
      const lost = [...onVxlan, hop, secondHop, group, overGroup, overGroup6, overLink(vxlan.name, '10.6.0.0/16')]
      await make(kernel, ...creations(...kept, vxlan, ...lost))
      await expectEntries(kernel, ...kept, vxlan, ...lost)
      await make(kernel, deletion(vxlan))
      await expectEntries(kernel, ...kept)
    })

    test('does so too where another program removes it', async () => {
      const { kernel, other } = harness()
      await make(kernel, ...creations(anchor, vxlan, ...onVxlan, hop, secondHop, group, overGroup))
      await other.deleteLink(vxlan.name)
      await expectEntries(kernel, anchor)
    })

    test('comes back with settings of its own as they were at first', async () => {
      const { kernel } = harness()
      const key = 'net/ipv4/conf/damask0/rp_filter'
      await make(kernel, ...creations(anchor))
      const fresh = (await read(kernel, key)).get(`sysctl ${key}`)
      await make(kernel, ...creations(sysctl({ key, value: '2', because })), deletion(anchor), ...creations(anchor))
      expect((await read(kernel, key)).get(`sysctl ${key}`)).toEqual(fresh)
    })
  })

  describe('the last IPv4 address of a link', () => {
    test('takes along the IPv4 routes over it, but not those of IPv6, nor those over its next hops', async () => {
      const { kernel } = harness()
      const [four, six] = ['10.4.1.1', 'fd00:4:1::1'].map((text) =>
        interfaceAddress({ link: vxlan.name, address: parseAddress(text), because }),
      )
      if (four === undefined || six === undefined) throw new Error('unreachable')
      const second = { ...four, address: parseAddress('10.4.1.2') }
      const lost = overLink(vxlan.name, '10.6.0.0/16')
      const kept = [vxlan, six, hop, secondHop, group, overGroup, overLink(vxlan.name, 'fd00:6::/48')]
      await make(kernel, ...creations(...kept, four, second, lost))
      await make(kernel, deletion(four))
      await expectEntries(kernel, ...kept, second, lost)
      await make(kernel, deletion(second))
      await expectEntries(kernel, ...kept)
    })
  })

  describe('a next hop that is removed', () => {
    test('leaves its groups, and takes its own routes along', async () => {
      const { kernel } = harness()
      const own = routeTo('10.6.0.0/16', { kind: 'next-hop-object', id: hop.id })
      await make(kernel, ...creations(vxlan, hop, secondHop, group, overGroup, own))
      await make(kernel, deletion(hop))
      await expectEntries(kernel, vxlan, secondHop, { ...group, members: [secondHop.id] }, overGroup)
    })

    test('takes along a group of which it is the last, with its routes of both families', async () => {
      const { kernel } = harness()
      const moved = routeTo('10.3.0.0/16', { kind: 'next-hop-object', id: secondHop.id })
      const single = { ...group, members: [hop.id] }
      await make(kernel, ...creations(vxlan, hop, secondHop, moved, single, overGroup, overGroup6))
      await make(kernel, updating(moved, { ...moved, target: overGroup.target }))
      await make(kernel, deletion(hop))
      await expectEntries(kernel, vxlan, secondHop)
    })
  })

  describe('a link that somebody takes down', () => {
    test('is seen as down, has lost its next hops, and is set up by an update', async () => {
      const { kernel, other } = harness()
      await make(kernel, ...creations(anchor, vxlan, hop, secondHop, group, overGroup))
      await other.takeDown(vxlan.name)
      const standing = await read(kernel)
      const down = standing.get(keyOf(vxlan))
      expect(down).toEqual({ ...vxlan, isDown: true })
      expect([hop, secondHop, group, overGroup].filter((entry) => standing.has(keyOf(entry)))).toEqual([])
      if (down !== undefined) await make(kernel, updating(down, vxlan))
      await make(kernel, ...creations(hop, secondHop, group, overGroup))
      await expectEntries(kernel, anchor, vxlan, hop, secondHop, group, overGroup)
    })
  })
}
