// Hosts on which IPv6 is switched off for all links, as careful administrators do.
import { expect, onTestFinished, test } from 'vitest'
import { scratchNamespace } from '../../test/scratch-namespace.ts'
import {
  type Change,
  type Entry,
  interfaceAddress,
  keyOf,
  link,
  nextHop,
  nextHopGroup,
  parseAddress,
  parsePrefix,
  route,
  TABLE,
} from '../model/index.ts'
import { type LinuxKernel, openKernel } from './kernel.ts'
import { openRtnetlink } from './rtnetlink.ts'
import { readSysctl, writeSysctl } from './sysctl.ts'

const because = [] as const
const creations = (...entries: readonly Entry[]): Change[] => entries.map((entry) => ({ op: 'create', entry }))
const anchor = link({ name: 'damask0', type: { kind: 'dummy' }, mtuBytes: 1420, because })
const address = interfaceAddress({ link: anchor.name, address: parseAddress('fd42::1'), because })
const hop = nextHop({ id: 0xda00_0001, link: anchor.name, because })
const group = nextHopGroup({ id: 0xda40_0001, members: [hop.id], because })
const through = (to: string): Entry =>
  route({ table: TABLE, to: parsePrefix(to), target: { kind: 'next-hop-object', id: group.id }, because })
const over = route({
  table: TABLE,
  to: parsePrefix('fd42:1::/64'),
  target: { kind: 'link', link: anchor.name },
  because,
})
const all = [anchor, address, hop, group, through('10.42.0.0/16'), through('fd42:2::/64'), over]

async function hostWithoutIpv6() {
  const { handle } = scratchNamespace()
  const rtnetlink = openRtnetlink(handle)
  const kernel = await openKernel({ namespace: handle, privateKeys: new Map() })
  onTestFinished(() => {
    kernel.close()
    rtnetlink.close()
  })
  rtnetlink.addVethPair({ name: 'nic', peer: 'wire', isUp: true })
  const switchOff = (): void => {
    for (const name of ['all', 'default']) writeSysctl(handle, `net/ipv6/conf/${name}/disable_ipv6`, '1')
  }
  switchOff()
  const isOff = (name: string): boolean => readSysctl(handle, `net/ipv6/conf/${name}/disable_ipv6`) === '1'
  return { kernel, switchOff, isOff }
}

const keys = async (kernel: LinuxKernel): Promise<string[]> => (await kernel.observe([])).entries.map(keyOf).sort()

test('links of ours carry it all the same, and with the first try', async () => {
  const { kernel, isOff } = await hostWithoutIpv6()
  expect(await kernel.apply(creations(...all))).toEqual([])
  expect(await keys(kernel)).toEqual(all.map(keyOf).sort())
  expect({ ours: isOff(anchor.name), theirs: isOff('nic'), default: isOff('default') }).toEqual({
    ours: false,
    theirs: true,
    default: true,
  })
})

test('a link of somebody else stays as it is: it is said what to do', async () => {
  const { kernel, isOff } = await hostWithoutIpv6()
  const onNic = interfaceAddress({ link: 'nic', address: parseAddress('fe80::1'), because })
  const failures = await kernel.apply(creations(anchor, address, onNic))
  expect(failures.map(({ message }) => message)).toEqual([
    expect.stringMatching(/; switch it on \(sysctl -w net.ipv6.conf.nic.disable_ipv6=0\)$/),
  ])
  expect(isOff('nic')).toBe(true)
})

test('what is lost when somebody switches it off later can be made again', async () => {
  const { kernel, switchOff, isOff } = await hostWithoutIpv6()
  await kernel.apply(creations(...all))
  switchOff()
  const left = await keys(kernel)
  expect(left).not.toContain(keyOf(address))
  const lost = all.filter((entry) => !left.includes(keyOf(entry)))
  expect(await kernel.apply(creations(...lost))).toEqual([])
  expect(await keys(kernel)).toEqual(all.map(keyOf).sort())
  expect(isOff(anchor.name)).toBe(false)
})
