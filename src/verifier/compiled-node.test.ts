import { describe, expect, test } from 'vitest'
import {
  type Entry,
  type Link,
  MAIN_TABLE,
  type NodeState,
  type Prefix,
  type PublicKey,
  parseAddress,
  parsePrefix,
  route,
  TABLE,
} from '../model/index.ts'
import { compileNode } from './compiled-node.ts'
import { type MachineFacts, NO_FACTS } from './machine-facts.ts'
import { exactPrefix } from './prefix-table.ts'
import { addressOn } from './source-address.ts'
import type { UnderlayHost, UnderlayNetwork } from './underlay.ts'

const because: [] = []
const PODS = parsePrefix('10.42.3.0/24')
const host: UnderlayHost = {
  node: 'n',
  network: 'a',
  segment: 'lan',
  addresses: [{ address: parseAddress('172.31.0.13'), length: 24 }],
  defaultRoutes: [4],
}
const network: UnderlayNetwork = {
  name: 'a',
  prefixes: [parsePrefix('172.31.0.0/16'), parsePrefix('fd00::/8')],
  mtuBytes: 1500,
  dropsIpv6Fragments: false,
  routesBetweenSegments: true,
  sourceCheck: false,
}
const stateOf = (entries: readonly Entry[]): NodeState => ({ node: 'n', gatewayAddresses: {}, parts: [entries] })
const compile = (
  entries: readonly Entry[] = [],
  facts: Partial<MachineFacts> = {},
  at: UnderlayHost | undefined = host,
  inNetwork: UnderlayNetwork | undefined = network,
) => compileNode(stateOf(entries), { podPrefixes: [PODS], carriedByOthers: [], ...facts }, at, inNetwork)
const routeIn = (node: ReturnType<typeof compile>, number: number, to: Prefix) => {
  const table = node.tables.get(number)
  return table && exactPrefix(table, to)
}
const inMain = (to: string, ...made: Parameters<typeof compile>) =>
  routeIn(compile(...made), MAIN_TABLE, parsePrefix(to))

describe('routes that a machine has beside Damask', () => {
  test('of its pods, where the state has no links of theirs', () => {
    const veth: Link = { kind: 'link', name: 'dmk1', type: { kind: 'veth' }, mtuBytes: 1440, because }
    const dummy: Link = { kind: 'link', name: 'damask0', type: { kind: 'dummy' }, mtuBytes: 1440, because }
    expect(routeIn(compile([dummy]), TABLE, PODS)).toEqual({ kind: 'pods' })
    expect(routeIn(compile([dummy, veth]), TABLE, PODS)).toBeUndefined()
    expect(compile([dummy]).hasPodLinks).toBe(false)
    expect(compile([dummy, veth]).hasPodLinks).toBe(true)
  })

  test('of pods that another plugin carries', () => {
    const facts = { carriedByOthers: [{ prefix: parsePrefix('10.42.4.0/24'), node: 'm' }] }
    expect(inMain('10.42.4.0/24', [], facts)).toEqual({ kind: 'other-plugin', node: 'm' })
    expect(inMain('10.42.3.0/24', [], facts)).toEqual({ kind: 'pods' })
    expect(routeIn(compile([], facts), TABLE, PODS)).toBeUndefined()
  })

  test('of its subnet, its network, what is behind it, what it was given, and by default', () => {
    const via = parseAddress('172.31.0.1')
    const given = [{ to: parsePrefix('10.8.0.0/16'), via }, { to: parsePrefix('10.9.0.0/16') }]
    const full = { ...host, behind: [parsePrefix('10.7.0.0/16')], routes: given }
    const main = (to: string) => inMain(to, [], {}, full)
    expect(main('172.31.0.0/24')).toEqual({ kind: 'underlay', isToRouter: false })
    expect(main('172.31.0.0/16')).toEqual({ kind: 'underlay', isToRouter: true })
    expect(main('fd00::/8')).toBeUndefined()
    expect(main('10.7.0.0/16')).toEqual({ kind: 'behind' })
    expect(main('10.8.0.0/16')).toEqual({ kind: 'underlay', isToRouter: true, via })
    expect(main('10.9.0.0/16')).toEqual({ kind: 'underlay', isToRouter: false })
    expect(main('0.0.0.0/0')).toEqual({ kind: 'underlay', isToRouter: true })
    expect(main('::/0')).toBeUndefined()
  })

  test('and none in place of what the state says of the same prefix', () => {
    const own = route({
      table: MAIN_TABLE,
      to: parsePrefix('0.0.0.0/0'),
      target: { kind: 'link', link: 'damask-t1' },
      because,
    })
    expect(inMain('0.0.0.0/0', [own])).toEqual({ kind: 'entry', route: own })
  })
})

describe('a compiled node', () => {
  test('has the MTU of its host, else of the network, for IPv6 where that is another', () => {
    const mtus = (at: Partial<UnderlayHost>, inNetwork: Partial<UnderlayNetwork>) =>
      compile([], {}, { ...host, ...at }, { ...network, ...inNetwork }).mtuBytes
    expect(mtus({}, {})).toEqual({ 4: 1500, 6: 1500 })
    expect(mtus({}, { ipv6MtuBytes: 1400 })).toEqual({ 4: 1500, 6: 1400 })
    expect(mtus({ mtuBytes: 9000 }, {})).toEqual({ 4: 9000, 6: 9000 })
    expect(mtus({ mtuBytes: 9000, ipv6MtuBytes: 1300 }, { ipv6MtuBytes: 1400 })).toEqual({ 4: 9000, 6: 1300 })
    const nowhere = compileNode(stateOf([]), { podPrefixes: [], carriedByOthers: [] }, undefined, undefined)
    expect(nowhere.mtuBytes[4]).toBe(Number.POSITIVE_INFINITY)
  })

  test('has addresses of its host and of its state, those of pods left out', () => {
    const on = (link: string, address: string): Entry => ({
      kind: 'address',
      link,
      address: parseAddress(address),
      because,
    })
    const node = compile([on('damask0', '10.42.3.1'), on('dmk1', 'fe80::1'), on('damask0', 'fd42::1')])
    expect(node.addresses[4].size).toBe(2)
    expect([...node.addressed[4]]).toEqual(['damask0'])
    expect(node.addresses[6].size).toBe(1)
  })

  test('has no rules where none are given, and no peers of a device that is not there', () => {
    const peer: Entry = {
      kind: 'wireguard-peer',
      link: 'damask-gone',
      publicKey: '?m' as PublicKey,
      allowedIps: [PODS],
      keepaliveSeconds: 0,
      because,
    }
    const node = compile([peer])
    expect(node.rules).toEqual({ 4: [], 6: [] })
    expect(node.devices.size).toBe(0)
  })

  test('speaks by the address of a link of its own, else by its gateway address, else by the one of the underlay', () => {
    const device: Link = { kind: 'link', name: 'd1', type: { kind: 'dummy' }, mtuBytes: 1440, because }
    const address: Entry = { kind: 'address', link: 'd1', address: parseAddress('10.42.3.5'), because }
    const gateway = parseAddress('10.42.3.1')
    const speaks = (entries: readonly Entry[], link: string | undefined, has4 = true) =>
      addressOn(
        compileNode(
          { ...stateOf(entries), gatewayAddresses: has4 ? { 4: gateway } : {} },
          { podPrefixes: [], carriedByOthers: [] },
          host,
          network,
        ),
        link,
        4,
      )
    const own = parseAddress('172.31.0.13')
    expect(speaks([device, address], 'd1')).toEqual(parseAddress('10.42.3.5'))
    expect(speaks([device], 'd1')).toEqual(gateway)
    expect(speaks([device], 'd1', false)).toEqual(own)
    expect(speaks([], 'dmk7')).toEqual(gateway)
    expect(speaks([device], 'eth0')).toEqual(own)
    expect(speaks([device], undefined)).toEqual(own)
    const nowhere = compileNode({ ...stateOf([]), gatewayAddresses: { 4: gateway } }, NO_FACTS, undefined, undefined)
    expect(addressOn(nowhere, 'eth0', 4)).toEqual(gateway)
  })
})
