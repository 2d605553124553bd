// Every kind of entry is made, read back, changed and removed.
import { describe, expect, test } from 'vitest'
import {
  type Entry,
  fdbEntry,
  GUARD_TABLE,
  interfaceAddress,
  keyOf,
  MAIN_TABLE,
  neighbour,
  parseAddress,
  parsePrefix,
  type Rule,
  rule,
  sysctl,
  TABLE,
} from '../../model/index.ts'
import {
  anchor,
  because,
  creations,
  deletion,
  expectEntries,
  filter,
  group,
  guardOf,
  hop,
  ipip,
  type KernelHarness,
  lackFor,
  make,
  overGroup,
  read,
  secondHop,
  updating,
  vxlan,
} from './harness.conformance.ts'
import { type Case, routeCases } from './route-cases.conformance.ts'

const address = (text: string) => interfaceAddress({ link: anchor.name, address: parseAddress(text), because })
const aRule = (fields: Partial<Rule>) => rule({ family: 4, preference: 5000, table: TABLE, because, ...fields })
const aNeighbour = neighbour({
  link: vxlan.name,
  address: parseAddress('fe80::2'),
  hardwareAddress: '02:da:ac:1f:00:02',
  because,
})
const forwarding = fdbEntry({
  link: vxlan.name,
  hardwareAddress: '02:da:ac:1f:00:02',
  remote: parseAddress('192.0.2.2'),
  because,
})

const SIXTEEN = Array.from({ length: 16 }, (_, index) => ({ ...hop, id: 0xda00_0001 + index }))

const cases = (underlayLink: string): Case[] => [
  { name: 'a dummy link', entry: anchor, changed: { ...anchor, mtuBytes: 1300 } },
  {
    name: 'a vxlan link',
    entry: vxlan,
    changed: { ...vxlan, mtuBytes: 1400, hardwareAddress: '02:da:ac:1f:00:0c' },
  },
  { name: 'an ipip link', entry: ipip, changed: { ...ipip, mtuBytes: 1460 } },
  { name: 'an IPv4 address', on: [anchor], entry: address('10.4.1.1') },
  { name: 'an IPv6 address', on: [anchor], entry: address('fd00:4:1::1') },
  { name: 'a rule for packets without our mark', entry: aRule({ withoutMark: 0x1000 }) },
  {
    name: 'a rule for the specific routes of main',
    entry: aRule({ family: 6, preference: 5001, table: MAIN_TABLE, suppressPrefixLength: 0 }),
  },
  {
    name: 'a rule for UDP of this host',
    entry: aRule({ preference: 4990, table: MAIN_TABLE, ownUdpPort: 8472 }),
  },
  {
    name: 'a rule for what this host sends to a subnet',
    entry: aRule({ preference: 4990, table: MAIN_TABLE, ownTo: parsePrefix('10.4.0.0/24') }),
  },
  { name: 'an IPv6 rule for the guards', entry: aRule({ family: 6, preference: 5002, table: GUARD_TABLE }) },
  {
    name: 'a filter table',
    entry: filter('10.4.0.0/16', 'fd00:4::/48'),
    changed: filter('10.5.0.0/16', '10.7.0.1/32'),
  },
  {
    name: 'a neighbour',
    on: [vxlan],
    entry: aNeighbour,
    changed: { ...aNeighbour, hardwareAddress: '02:da:ac:1f:00:09' },
  },
  {
    name: 'a forwarding entry',
    on: [vxlan],
    entry: forwarding,
    changed: { ...forwarding, remote: parseAddress('192.0.2.9') },
  },
  { name: 'a next hop', on: [vxlan], entry: hop, changed: { ...hop, via: parseAddress('fe80::9') } },
  { name: 'a next hop by way of an address', on: [vxlan], entry: secondHop },
  { name: 'a group', on: [vxlan, hop, secondHop], entry: group, changed: { ...group, members: [secondHop.id] } },
  {
    name: 'a group of as many gateways as a site may have, of which half are left',
    on: [vxlan, ...SIXTEEN],
    entry: { ...group, members: SIXTEEN.map(({ id }) => id) },
    changed: { ...group, members: SIXTEEN.filter((_, index) => index % 2 === 1).map(({ id }) => id) },
  },
  ...routeCases(underlayLink),
  { name: 'a guard', entry: guardOf('10.0.0.0/8') },
  { name: 'an IPv6 guard', entry: guardOf('fd00::/16') },
]

export function describeEntries(harness: () => KernelHarness): void {
  describe('an entry', () => {
    // The names of the cases do not depend on the link, and there is no harness yet.
    test.for(cases('').map(({ name }, index) => [name, index] as const))('%s', async ([_, index], { skip }) => {
      const { kernel, underlayLink } = harness()
      const { on = [], entry, changed } = cases(underlayLink)[index] ?? { entry: anchor }
      const lack = [...on, entry].map((each) => lackFor(harness(), each)).find(Boolean)
      if (lack !== undefined) skip(lack)
      await make(kernel, ...creations(...on, entry))
      await expectEntries(kernel, ...on, entry)
      if (changed !== undefined) {
        await make(kernel, updating(entry, changed))
        await expectEntries(kernel, ...on, changed)
      }
      await make(kernel, deletion(changed ?? entry))
      await expectEntries(kernel, ...on)
    })

    test('all of them together, and removed in the reverse order', async () => {
      const { kernel, underlayLink } = harness()
      const all = new Map<string, Entry>()
      for (const { on = [], entry } of cases(underlayLink)) {
        if ([...on, entry].some((each) => lackFor(harness(), each))) continue
        for (const each of [...on, entry]) all.set(keyOf(each), each)
      }
      // A route replaces another of its prefix; links come before what stands on them.
      const entries = [...all.values()]
      await make(kernel, ...creations(...entries))
      await expectEntries(kernel, ...entries)
      await make(kernel, ...entries.toReversed().map(deletion))
      await expectEntries(kernel)
    })

    test('a group with routes of both families gets fewer members and more, and the routes stay', async () => {
      const { kernel } = harness()
      const sized = (size: number) => ({ ...group, members: SIXTEEN.slice(0, size).map(({ id }) => id) })
      const routes = [overGroup, { ...overGroup, to: parsePrefix('fd00:2::/48') }]
      await make(kernel, ...creations(vxlan, ...SIXTEEN, sized(3), ...routes))
      for (const [before, after] of [
        [3, 1],
        [1, 16],
        [16, 2],
      ] as const) {
        await make(kernel, updating(sized(before), sized(after)))
        await expectEntries(kernel, vxlan, ...SIXTEEN, sized(after), ...routes)
      }
    })

    test('a sysctl of the host and one of a link of ours', async () => {
      const { kernel } = harness()
      const keys = ['net/ipv4/ip_forward', 'net/ipv4/conf/damask0/rp_filter']
      const [forward, filtering] = keys.map((key, index) => sysctl({ key, value: index === 0 ? '1' : '2', because }))
      if (forward === undefined || filtering === undefined) throw new Error('unreachable')
      await make(kernel, ...creations(forward, anchor, filtering))
      const standing = await read(kernel, ...keys, 'net/ipv4/conf/damask-none/rp_filter')
      expect(keys.map((key) => standing.get(`sysctl ${key}`))).toEqual([forward, filtering])
      expect(standing.has('sysctl net/ipv4/conf/damask-none/rp_filter')).toBe(false)
      await make(kernel, updating(forward, { ...forward, value: '0' }))
      expect((await read(kernel, 'net/ipv4/ip_forward')).get(keyOf(forward))).toMatchObject({ value: '0' })
    })

    test('what is gone already is removed without a failure', async () => {
      const { kernel } = harness()
      await make(kernel, ...[overGroup, group, hop, aNeighbour, address('10.4.1.1'), vxlan, anchor].map(deletion))
      await make(kernel, ...creations(anchor))
      await make(kernel, deletion(address('10.4.1.1')), deletion(guardOf('10.0.0.0/8')))
    })
  })
}
