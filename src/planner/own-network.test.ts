// Networks that a machine is in, and that others offer or claim: they stay its own, and what its tunnels speak to is never caught.
import { describe, expect, test } from 'vitest'
import { entriesOf, type Local, parseAddress, parsePrefix, type World } from '../model/index.ts'
import { planNode, preparePlan } from './index.ts'
import { endpoint, messages, routes, type Wish, worldOf } from './small-world.fixture.ts'

const own = (address: string, length: number) => [{ address: parseAddress(address), length }]
const offers = (...prefixes: readonly string[]) => ({ offeredPrefixes: prefixes.map(parsePrefix) })
const VXLAN = { fabric: { kind: 'vxlan', encapsulate: 'always', port: 8472 } } as const

function plans(nodes: readonly Wish[], network: Partial<World['network']> = VXLAN) {
  const plan = preparePlan(worldOf(nodes, network))
  return (name: string, local?: Local) => {
    const state = planNode(plan, name, local)
    const filter = [...entriesOf(state)].find((entry) => entry.kind === 'filter-table')
    const known = filter?.sets.find(({ name: set }) => set === 'known4')?.elements ?? []
    const isKnown = (address: string) =>
      known.some((prefix) => [0, 1].includes(containment(prefix, parsePrefix(`${address}/32`))))
    return { table: routes(state, 218), guards: routes(state, 219), isKnown }
  }
}

/** 0: the same, 1: around it. */
function containment(outer: ReturnType<typeof parsePrefix>, inner: ReturnType<typeof parsePrefix>): number {
  const shift = 32 - outer.length
  return outer.family === inner.family && (shift > 31 || outer.w0 >>> shift === inner.w0 >>> shift)
    ? Number(outer.length !== inner.length)
    : -1
}

const HOME: readonly Wish[] = [
  { name: 'h1', site: 'home', privateAddresses: own('192.168.1.11', 24), ...offers('192.168.1.0/24') },
  { name: 'h2', site: 'home', privateAddresses: own('192.168.1.12', 24) },
  { name: 'r1', site: 'r', privateAddresses: own('10.9.0.11', 24), endpoint: endpoint('203.0.113.11') },
]

test('the network that a fellow offers and a machine is in itself is reached there, and the fabric to its machines is no leak', () => {
  const h2 = plans(HOME)('h2')
  expect(h2.table).toContainEqual(expect.stringMatching(/192\.168\.1\.0\/24.*throw/))
  expect(h2.isKnown('192.168.1.11')).toBe(false)
  expect(plans(HOME)('r1').isKnown('192.168.1.11')).toBe(true)
})

test('so is a part of it that a fellow offers', () => {
  const [h1, ...rest] = HOME
  const h2 = plans([{ ...h1, name: 'h1', ...offers('192.168.1.128/25', '192.168.7.0/24') }, ...rest])('h2')
  expect(h2.table.filter((line) => line.includes('192.168.1.128/25'))).toEqual([expect.stringMatching(/throw/)])
  expect(h2.table.filter((line) => line.includes('192.168.7.0/24'))).toEqual([expect.not.stringMatching(/throw/)])
  expect([h2.isKnown('192.168.1.130'), h2.isKnown('192.168.7.1')]).toEqual([false, true])
})

test('another network of the host is its own also where somebody elsewhere offers the same', () => {
  const [, ...rest] = HOME
  const nodes = [{ name: 'h1', site: 'home', ...offers('172.17.0.0/16') }, ...rest]
  const local: Local = { subnets: [parsePrefix('172.17.0.0/16')], pods: [] }
  expect(plans(nodes)('r1').isKnown('172.17.0.2')).toBe(true)
  expect(plans(nodes)('r1', local).isKnown('172.17.0.2')).toBe(false)
})

test('an endpoint that somebody offers, its own machine or another, is no leak for whose tunnels speak to it', () => {
  const [, ...rest] = HOME
  const nodes = [{ name: 'a1', site: 'a', ...offers('203.0.113.11/32') }, ...rest]
  const h2 = plans(nodes)('h2')
  expect(h2.isKnown('203.0.113.11')).toBe(false)
  expect(h2.table.filter((line) => line.includes('203.0.113.11'))).toEqual([expect.not.stringMatching(/throw/)])
})

test('of a machine whose endpoint is a name, private addresses that are public are not joined, and that is said', () => {
  const named = { host: 'a1.example.net', port: 51820 }
  const nodes: readonly Wish[] = [
    { name: 'a1', site: 'a', privateAddresses: own('203.0.113.11', 26), endpoint: named },
    { name: 'a2', site: 'a', privateAddresses: own('203.0.113.12', 26) },
    { name: 'b1', site: 'b', privateAddresses: own('10.2.0.11', 24), endpoint: { ...named, host: 'b1.example.net' } },
  ].map((wish) => ({ ...wish, podPrefixes: [] }))
  const network = { ...VXLAN, podPrefixes: [], joinPrivateAddresses: true }
  const at = plans(nodes, network)
  expect(at('b1').isKnown('203.0.113.11')).toBe(false)
  expect(at('b1').isKnown('203.0.113.12')).toBe(true)
  expect(at('a1').isKnown('10.2.0.11')).toBe(true)
  expect(messages(worldOf(nodes, network))).toEqual([
    expect.stringMatching(/^warning: private addresses of Node\/a1 are not joined, because tunnels come to them/),
  ])
})

describe('a virtual LAN over the bare private network', () => {
  const lan = {
    fabric: { ...VXLAN.fabric, kind: 'direct' },
    podPrefixes: [],
    lan: parsePrefix('172.16.0.0/12'),
  } as const
  const at = (...addresses: readonly string[]) => ({
    podPrefixes: [],
    privateAddresses: addresses.map((address) => ({ address: parseAddress(address), length: 24 })),
  })

  test('a machine with another address there than on its NIC speaks by it to neighbours too', () => {
    const nodes = [
      { name: 'a1', site: 'a', ...at('172.16.0.11') },
      { name: 'a2', site: 'a', ...at('172.16.0.12'), lan: parseAddress('172.31.0.2') },
      { name: 'a3', site: 'a', ...at('172.16.0.13') },
    ]
    const to = (name: string, address: string) => plans(nodes, lan)(name).table.filter((line) => line.includes(address))
    expect(to('a2', '172.16.0.11/32')).toEqual([
      expect.stringMatching(/via 172\.16\.0\.11 .*onlink.*|onlink.*172\.16\.0\.11/),
    ])
    expect(to('a2', '172.16.0.11/32')).toEqual([expect.stringContaining('172.31.0.2')])
    expect(to('a1', '172.16.0.13/32')).toEqual([])
  })

  test('an address of a subnet that a fellow is not in is reached by the subnet that both are in', () => {
    const nodes = [
      { name: 'a1', site: 'a', ...at('192.168.50.11', '172.16.0.11') },
      { name: 'a2', site: 'a', ...at('192.168.50.12', '172.17.0.12') },
    ]
    expect(plans(nodes, lan)('a2').table).toContainEqual(expect.stringMatching(/172\.16\.0\.11\/32.*192\.168\.50\.11/))
  })
})
