// Each thing made by us and read by iproute2, and read by us again.
import { expect, onTestFinished, test } from 'vitest'
import { type ScratchNamespace, scratchNamespace } from '../../test/scratch-namespace.ts'
import { parseAddress, parsePrefix } from '../model/index.ts'
import { NLM_F_CREATE, NLM_F_REPLACE } from './netlink/message.ts'
import { deleteFdbEntryMessage, deleteNeighbourMessage, setFdbEntryMessage } from './rtnetlink/neighbour-message.ts'
import { deleteNextHopMessage, newNextHopGroupMessage, newNextHopMessage } from './rtnetlink/next-hop-message.ts'
import { openRtnetlink, type Rtnetlink } from './rtnetlink.ts'

function scratch(): ScratchNamespace & { readonly rtnetlink: Rtnetlink } {
  const namespace = scratchNamespace()
  const rtnetlink = openRtnetlink(namespace.handle)
  onTestFinished(rtnetlink.close)
  return { ...namespace, rtnetlink }
}

test('addresses carry their protocol and are at once of use', () => {
  const { rtnetlink, show } = scratch()
  rtnetlink.addBridge({ name: 'br0' })
  rtnetlink.addAddress('br0', parseAddress('10.1.0.1'), 32, { protocol: 218, noPrefixRoute: true })
  rtnetlink.addAddress('br0', parseAddress('fd00::1'), 64)
  const [bridge] = show('addr', 'show', 'br0') as [{ addr_info: { local: string }[] }]
  const of = (local: string) => bridge.addr_info.find((address) => address.local === local)
  expect(of('10.1.0.1')).toMatchObject({ prefixlen: 32, scope: 'global', noprefixroute: true })
  expect(of('fd00::1')).toMatchObject({ prefixlen: 64, nodad: true })
  expect(of('fd00::1')).not.toHaveProperty('tentative')
  expect(rtnetlink.addresses().find(({ address }) => address.w0 === 0x0a01_0001)).toMatchObject({
    length: 32,
    protocol: 218,
  })
  expect(() => rtnetlink.addAddress('br0', parseAddress('fd00::1'), 64)).toThrow('cannot add fd00::1/64 to br0: EEXIST')
})

test('routes of every kind are what iproute2 shows', () => {
  const { rtnetlink, show } = scratch()
  for (const [name, net] of [
    ['br0', '0'],
    ['br1', '1'],
  ] as const) {
    rtnetlink.addBridge({ name })
    rtnetlink.addAddress(name, parseAddress(`10.0.${net}.1`), 24)
    rtnetlink.addAddress(name, parseAddress(`fd00:${net}::1`), 64)
  }
  const table = 1000
  const hop = (via: string, link: string) => ({ via: parseAddress(via), link })
  rtnetlink.addRoute({ to: parsePrefix('0.0.0.0/0'), via: parseAddress('10.0.0.9'), source: parseAddress('10.0.1.1') })
  rtnetlink.addRoute({
    to: parsePrefix('10.2.0.0/16'),
    hops: [hop('10.0.0.9', 'br0'), hop('fd00:1::9', 'br1')],
    table,
    protocol: 218,
  })
  rtnetlink.addRoute({ to: parsePrefix('10.3.0.0/16'), type: 'unreachable', table, metric: 7 })
  rtnetlink.addRoute({ to: parsePrefix('10.4.0.0/16'), type: 'throw', table })
  rtnetlink.addRoute({ to: parsePrefix('10.5.0.1/32'), link: 'br0', table })
  rtnetlink.addRoute({
    to: parsePrefix('10.6.0.0/16'),
    via: parseAddress('192.0.2.1'),
    link: 'br0',
    onlink: true,
    table,
  })
  rtnetlink.addRoute({ to: parsePrefix('fd02::/16'), hops: [hop('fd00:0::9', 'br0'), hop('fd00:1::9', 'br1')], table })
  rtnetlink.addRoute({ to: parsePrefix('fd03::/16'), type: 'unreachable', table })
  expect(show('route', 'show', 'default')).toMatchObject([{ gateway: '10.0.0.9', dev: 'br0', prefsrc: '10.0.1.1' }])
  expect(show('route', 'show', 'table', '1000')).toMatchObject([
    {
      dst: '10.2.0.0/16',
      protocol: '218',
      nexthops: [
        { gateway: '10.0.0.9', dev: 'br0' },
        { via: { family: 'inet6', host: 'fd00:1::9' }, dev: 'br1' },
      ],
    },
    { type: 'unreachable', dst: '10.3.0.0/16', metric: 7 },
    { type: 'throw', dst: '10.4.0.0/16' },
    { dst: '10.5.0.1', dev: 'br0', scope: 'link' },
    { dst: '10.6.0.0/16', gateway: '192.0.2.1', flags: ['onlink'] },
  ])
  expect(show('-6', 'route', 'show', 'table', '1000')).toMatchObject([
    { dst: 'fd02::/16', metric: 1024, nexthops: [{ gateway: 'fd00::9' }, { gateway: 'fd00:1::9' }] },
    { type: 'unreachable', dst: 'fd03::/16' },
  ])
  expect(rtnetlink.routes(4, table, 218).map(({ to, hops }) => [to, hops.length])).toEqual([
    [parsePrefix('10.2.0.0/16'), 2],
  ])
  rtnetlink.deleteRoute({ to: parsePrefix('fd02::/16'), table })
  expect(rtnetlink.routes(6, table)).toHaveLength(1)
  expect(rtnetlink.routes(4, 4711)).toEqual([])
})

test('a deletion that names a protocol spares the routes of others', () => {
  const { rtnetlink, show } = scratch()
  for (const text of ['10.2.0.0/16', 'fd02::/16']) {
    const to = parsePrefix(text)
    rtnetlink.addRoute({ to, type: 'unreachable', protocol: 4, table: 218 })
    expect(() => rtnetlink.deleteRoute({ to, protocol: 218, table: 218 })).toThrow('ESRCH')
  }
  expect([...show('route', 'show', 'table', '218'), ...show('-6', 'route', 'show', 'table', '218')]).toHaveLength(2)
})

test('one group of next hops serves routes of both families', async () => {
  const { rtnetlink, show } = scratch()
  rtnetlink.addBridge({ name: 'br0' })
  rtnetlink.addAddress('br0', parseAddress('fd00::1'), 64)
  const [index, protocol] = [rtnetlink.linkIndex('br0'), 218]
  const made = await rtnetlink.batch([
    newNextHopMessage(NLM_F_CREATE, { id: 11, index, protocol }),
    newNextHopMessage(NLM_F_CREATE, { id: 12, index, via: parseAddress('fd00::9'), protocol }),
    newNextHopGroupMessage(NLM_F_CREATE, { id: 20, members: [11, 12], protocol }),
  ])
  expect(made).toEqual([])
  rtnetlink.addRoute({ to: parsePrefix('10.2.0.0/16'), nextHopId: 20 })
  rtnetlink.addRoute({ to: parsePrefix('fd02::/16'), nextHopId: 20 })
  expect(show('nexthop')).toMatchObject([
    { id: 11, dev: 'br0', protocol: '218' },
    { id: 12, gateway: 'fd00::9', dev: 'br0' },
    { id: 20, group: [{ id: 11 }, { id: 12 }], protocol: '218' },
  ])
  expect([...show('route'), ...show('-6', 'route', 'show', 'fd02::/16')]).toMatchObject([
    { dst: '10.2.0.0/16', nhid: 20 },
    { nhid: 20 },
  ])
  rtnetlink.request(newNextHopGroupMessage(NLM_F_CREATE | NLM_F_REPLACE, { id: 20, members: [12], protocol }))
  expect(rtnetlink.nextHops().find(({ id }) => id === 20)?.members).toEqual([12])
  rtnetlink.request(deleteNextHopMessage(12))
  expect(rtnetlink.nextHops().map(({ id }) => id)).toEqual([11])
})

test('rules of each form of ours are what iproute2 shows', () => {
  const { rtnetlink, show } = scratch()
  const protocol = 218
  rtnetlink.addRule({
    family: 4,
    preference: 4990,
    table: 254,
    inputLink: 'lo',
    transport: 17,
    destinationPort: 8472,
    protocol,
  })
  rtnetlink.addRule({ family: 4, preference: 5000, table: 218, isInverted: true, mark: 0x1000, mask: 0x1000, protocol })
  rtnetlink.addRule({ family: 4, preference: 5001, table: 254, suppressPrefixLength: 0, protocol })
  rtnetlink.addRule({ family: 6, preference: 5002, table: 70_000, protocol })
  expect(show('rule').filter(({ protocol }) => protocol === '218')).toMatchObject([
    { priority: 4990, iif: 'lo', ipproto: 'udp', dport: 8472, table: 'main' },
    { priority: 5000, not: null, fwmark: '0x1000', fwmask: '0x1000', table: '218' },
    { priority: 5001, table: 'main', suppress_prefixlen: 0 },
  ])
  expect(show('-6', 'rule').filter(({ priority }) => priority === 5002)).toMatchObject([{ table: '70000' }])
  for (const family of [4, 6] as const) {
    for (const rule of rtnetlink.rules(family)) if (rule.protocol === 218) rtnetlink.deleteRule(rule)
    expect(rtnetlink.rules(family).filter(({ protocol }) => protocol === 218)).toEqual([])
  }
})

test('neighbours and forwarding entries are permanent, and can be set again', () => {
  const { rtnetlink, show, run } = scratch()
  rtnetlink.addVxlan({ name: 'vx', networkIdentifier: 218, port: 8472, local: parseAddress('10.0.0.1') })
  for (const address of ['10.9.0.1', 'fe80::9']) {
    rtnetlink.setNeighbour('vx', parseAddress(address), '02:00:00:00:00:08', 218)
    rtnetlink.setNeighbour('vx', parseAddress(address), '02:00:00:00:00:09', 218)
  }
  expect(show('neigh')).toMatchObject([
    { dst: '10.9.0.1', lladdr: '02:00:00:00:00:09', state: ['PERMANENT'], protocol: '218' },
    { dst: 'fe80::9', lladdr: '02:00:00:00:00:09', state: ['PERMANENT'] },
  ])
  const index = rtnetlink.linkIndex('vx')
  const forwarding = { index, hardwareAddress: '02:00:00:00:00:09', remote: parseAddress('10.0.0.3') }
  rtnetlink.request(setFdbEntryMessage({ ...forwarding, remote: parseAddress('10.0.0.2') }))
  rtnetlink.request(setFdbEntryMessage(forwarding))
  const entries = JSON.parse(run('bridge', '-j', 'fdb', 'show', 'dev', 'vx'))
  expect(entries).toMatchObject([{ mac: '02:00:00:00:00:09', dst: '10.0.0.3', state: 'permanent', flags: ['self'] }])
  expect(rtnetlink.fdb('vx')).toMatchObject([{ address: parseAddress('10.0.0.3'), isPermanent: true, isOwn: true }])
  rtnetlink.request(deleteFdbEntryMessage(forwarding))
  for (const address of ['10.9.0.1', 'fe80::9'])
    rtnetlink.request(deleteNeighbourMessage({ index, address: parseAddress(address) }))
  expect([rtnetlink.fdb('vx'), rtnetlink.neighbours(4)]).toEqual([[], []])
  expect(rtnetlink.neighbours(6).filter(({ isPermanent }) => isPermanent)).toEqual([])
})
