// What the kernel refuses is reported, change by change, and all the others are made.
import { describe, expect, test } from 'vitest'
import { type Entry, interfaceAddress, nextHop, nextHopGroup, parseAddress, sysctl } from '../../model/index.ts'
import {
  anchor,
  because,
  creations,
  expectEntries,
  group,
  guardOf,
  hop,
  type KernelHarness,
  make,
  overGroup,
  overLink,
  routeTo,
  secondHop,
  updating,
  vxlan,
} from './harness.conformance.ts'

export function describeFailures(harness: () => KernelHarness): void {
  describe('a change that cannot be made', () => {
    test('is reported with its code, and the others are made', async () => {
      const { kernel } = harness()
      const first = guardOf('10.1.0.0/16')
      const last = guardOf('10.3.0.0/16')
      const wrong = overLink('damask-none', '10.2.0.0/16')
      const changes = creations(first, wrong, last)
      const failures = await kernel.apply(changes)
      expect(failures.map(({ change, code }) => [change, code])).toEqual([[changes[1], 'ENODEV']])
      expect(failures[0]?.message).toMatch(/^cannot create route 10\.2\.0\.0\/16 in table 218: /)
      await expectEntries(kernel, first, last)
    })

    const onAnchor = interfaceAddress({ link: anchor.name, address: parseAddress('10.4.1.1'), because })
    test.each<[string, Entry[], Entry]>([
      ['link', [anchor], anchor],
      ['address', [anchor, onAnchor], onAnchor],
      ['next hop', [vxlan, hop], hop],
      ['group', [vxlan, hop, secondHop, group], group],
      ['next hop with the id of a group', [vxlan, hop, secondHop, group], { ...hop, id: group.id }],
      ['IPv4 route', [guardOf('10.1.0.0/16')], guardOf('10.1.0.0/16')],
      ['IPv6 route', [guardOf('fd00:1::/48')], guardOf('fd00:1::/48')],
    ])('a second %s: EEXIST', async (_, standing, entry) => {
      const { kernel } = harness()
      await make(kernel, ...creations(...standing))
      expect((await kernel.apply(creations(entry))).map(({ code }) => code)).toEqual(['EEXIST'])
      await expectEntries(kernel, ...standing)
    })

    test.each<[string, Entry, string]>([
      ['a neighbour on a missing link', { ...neighbourOn('damask-none') }, 'ENODEV'],
      ['a next hop over a missing link', nextHop({ id: 0xda00_0001, link: 'damask-none', because }), 'ENODEV'],
      ['a group of a missing next hop', nextHopGroup({ id: 0xda40_0001, members: [0xda00_0001], because }), 'EINVAL'],
      ['a route over a missing group', overGroup, 'EINVAL'],
      ['a setting that the kernel does not have', sysctl({ key: 'net/ipv4/damask', value: '1', because }), 'ENOENT'],
    ])('%s: %s', async (_, entry, code) => {
      const { kernel } = harness()
      expect((await kernel.apply(creations(entry))).map((failure) => failure.code)).toEqual([code])
      await expectEntries(kernel)
    })

    test('a route by way of an address that is not on the link, unless it is said to be: ENETUNREACH', async () => {
      const { kernel, underlayLink: link } = harness()
      const far = { via: parseAddress('198.51.100.3'), link }
      const toFar = routeTo('10.3.0.0/16', { kind: 'via', hops: [far] })
      expect((await kernel.apply(creations(toFar))).map(({ code }) => code)).toEqual(['ENETUNREACH'])
      const onlink = routeTo('10.3.0.0/16', { kind: 'via', hops: [{ ...far, onlink: true }] })
      await make(kernel, ...creations(onlink))
      await expectEntries(kernel, onlink)
    })

    test('a group is no update of a next hop: EINVAL', async () => {
      const { kernel } = harness()
      await make(kernel, ...creations(vxlan, hop, secondHop))
      const turned = nextHopGroup({ id: hop.id, members: [secondHop.id], because })
      expect((await kernel.apply([updating(hop, turned)])).map(({ code }) => code)).toEqual(['EINVAL'])
      await expectEntries(kernel, vxlan, hop, secondHop)
    })
  })
}

const neighbourOn = (link: string): Entry => ({
  kind: 'neighbour',
  link,
  address: parseAddress('fe80::2'),
  hardwareAddress: '02:da:ac:1f:00:02',
  because,
})
