// Links made by us and read by iproute2, and read by us again.
import { expect, onTestFinished, test } from 'vitest'
import { type ScratchNamespace, scratchNamespace } from '../../../test/scratch-namespace.ts'
import { parseAddress } from '../../model/index.ts'
import { openRtnetlink, type Rtnetlink } from '../rtnetlink.ts'

function scratch(): ScratchNamespace & { readonly rtnetlink: Rtnetlink } {
  const namespace = scratchNamespace()
  const rtnetlink = openRtnetlink(namespace.handle)
  onTestFinished(rtnetlink.close)
  return { ...namespace, rtnetlink }
}

test('a bridge is up, with what it was given, and makes no address where it was told so', () => {
  const { rtnetlink, show } = scratch()
  rtnetlink.addBridge({
    name: 'br0',
    mtuBytes: 1400,
    group: 218,
    hardwareAddress: '02:00:00:00:00:01',
    addressGeneration: 'none',
  })
  expect(show('link', 'show', 'br0')).toMatchObject([
    {
      mtu: 1400,
      group: '218',
      address: '02:00:00:00:00:01',
      inet6_addr_gen_mode: 'none',
      linkinfo: { info_kind: 'bridge' },
    },
  ])
  expect(show('link', 'show', 'br0')[0]?.flags).toContain('UP')
  expect(show('addr', 'show', 'br0')).toMatchObject([{ addr_info: [] }])
  expect(rtnetlink.findLink('br0')).toMatchObject({
    name: 'br0',
    kind: 'bridge',
    isUp: true,
    mtuBytes: 1400,
    group: 218,
    hardwareAddress: '02:00:00:00:00:01',
    addressGeneration: 'none',
  })
})

test('a pair has its other end in the other namespace from the start', () => {
  const [here, there] = [scratch(), scratch()]
  here.rtnetlink.addBridge({ name: 'br0' })
  here.rtnetlink.addVethPair({
    name: 'left',
    peer: 'eth0',
    peerNamespace: there.handle,
    master: 'br0',
    mtuBytes: 1300,
    peerHardwareAddress: '02:00:00:00:00:02',
  })
  there.rtnetlink.setLink('eth0', { isUp: true })
  expect(here.show('link', 'show', 'left')).toMatchObject([
    { master: 'br0', mtu: 1300, operstate: 'UP', linkinfo: { info_kind: 'veth' } },
  ])
  expect(there.show('link', 'show', 'eth0')).toMatchObject([
    { mtu: 1300, address: '02:00:00:00:00:02', operstate: 'UP' },
  ])
  expect(here.show('link').map(({ ifname }) => ifname)).toEqual(['lo', 'br0', 'left'])
})

test('a vxlan device says where it sends from, and learns nothing', () => {
  const { rtnetlink, show } = scratch()
  rtnetlink.addVxlan({ name: 'vx', networkIdentifier: 218, port: 8472, local: parseAddress('10.0.0.1') })
  rtnetlink.addVxlan({ name: 'vx6', networkIdentifier: 219, port: 8472, local: parseAddress('fd00::1') })
  expect(show('link', 'show', 'vx')[0]).toMatchObject({
    linkinfo: { info_kind: 'vxlan', info_data: { id: 218, local: '10.0.0.1', port: 8472, learning: false } },
  })
  expect(show('link', 'show', 'vx6')[0]).toMatchObject({ linkinfo: { info_data: { id: 219, local6: 'fd00::1' } } })
  expect(rtnetlink.findLink('vx')?.vxlan).toEqual({
    networkIdentifier: 218,
    port: 8472,
    local: parseAddress('10.0.0.1'),
  })
})

test('a link is put into a bridge, set up, taken down and deleted', () => {
  const { rtnetlink, show } = scratch()
  rtnetlink.addBridge({ name: 'br0' })
  rtnetlink.addVethPair({ name: 'a', peer: 'b', isUp: false, group: 77 })
  rtnetlink.setLink('a', { mtuBytes: 1280, master: 'br0', isUp: true })
  expect(show('link', 'show', 'a')).toMatchObject([{ mtu: 1280, master: 'br0', group: '77' }])
  expect(rtnetlink.findLink('a')).toMatchObject({ isUp: true, group: 77 })
  rtnetlink.setLink('a', { isUp: false })
  expect(rtnetlink.findLink('a')).toMatchObject({ isUp: false })
  rtnetlink.deleteLink('a')
  expect(rtnetlink.links().map(({ name }) => name)).toEqual(['lo', 'br0'])
})
