// What holds of every plan by itself, over random worlds.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openMemoryKernel } from '../../src/linux/index.ts'
import {
  type Address,
  containsAddress,
  containsPrefix,
  type HostLink,
  keyOf,
  overlaps,
  parseAddress,
  type Route,
  TABLE,
} from '../../src/model/index.ts'
import { planNode, preparePlan } from '../../src/planner/index.ts'
import { diff } from '../../src/reconcile/index.ts'
import { renderJson } from '../../src/render/index.ts'
import { NIC } from './packet-picture.ts'
import { entries, everyState, everyWorld, localOf, peersOf, planned, RUNS, routesOf } from './random-plan.ts'
import { deadSeeds, livenessOf, shapes, sortedWorldOf, worldOf } from './random-world.ts'

const ETH0: HostLink = {
  name: 'eth0',
  mtuBytes: 1500,
  isUp: true,
  hardwareAddress: '02:00:00:00:00:01',
  // Every private address of random-node.ts is on this link.
  addresses: [
    { address: parseAddress('172.16.255.1'), length: 12 },
    { address: parseAddress('10.200.255.1'), length: 16 },
    { address: parseAddress('192.168.255.1'), length: 16 },
    { address: parseAddress('fd00:ffff::1'), length: 16 },
  ],
}

describe('laws of the plan', () => {
  test('the order of the input does not matter', () => {
    fc.assert(
      fc.property(shapes, fc.integer(), (shape, seed) => {
        const shuffled = worldOf(shape, (nodes) => shuffle(nodes, seed))
        const plan = preparePlan(shuffled)
        for (const [name, state] of planned(sortedWorldOf(shape)).states)
          expect(JSON.stringify(renderJson(planNode(plan, name, localOf(sortedWorldOf(shape)))))).toBe(
            JSON.stringify(renderJson(state)),
          )
      }),
      RUNS,
    )
  })

  test('a plan made after another is the plan made from nothing', () => {
    fc.assert(
      fc.property(shapes, shapes, (first, second) => {
        const previous = preparePlan(sortedWorldOf(first))
        const { world, states } = planned(sortedWorldOf(second))
        const plan = preparePlan(world, previous)
        for (const [name, state] of states)
          expect(JSON.stringify(renderJson(planNode(plan, name, localOf(world))))).toBe(
            JSON.stringify(renderJson(state)),
          )
      }),
      RUNS,
    )
  })

  test('encryption `preferred` plans what `required` does', () => {
    everyWorld(({ world, states }) => {
      const plan = preparePlan({ ...world, network: { ...world.network, encryption: 'preferred' } })
      for (const [name, state] of states)
        expect(JSON.stringify(renderJson(planNode(plan, name, localOf(world))))).toBe(JSON.stringify(renderJson(state)))
    })
  })

  test('no two entries of a state have one key', () => {
    everyState((state) => {
      const keys = entries(state).map(keyOf)
      expect(keys.length).toBe(new Set(keys).size)
    })
  })

  test('every entry says because of what it is there', () => {
    everyState((state) => {
      for (const entry of entries(state)) {
        expect(entry.because.length).toBeGreaterThan(0)
        for (const { resource, rule } of entry.because)
          expect(`${resource} ${rule}`).toMatch(/^(Network|Site|Node|NodeGrant)\/\S+ \S/)
      }
    })
  })

  test('no prefix stands at two peers of a device, as WireGuard would move it from one to the other', () => {
    everyState((state) => {
      const seen = new Map<string, string>()
      for (const { link, publicKey, allowedIps } of peersOf(state))
        for (const { family, w0, w1, w2, w3, length } of allowedIps) {
          const prefix = `${link} ${family} ${w0} ${w1} ${w2} ${w3}/${length}`
          expect(seen.get(prefix) ?? publicKey, prefix).toBe(publicKey)
          seen.set(prefix, publicKey)
        }
    })
  })

  test('pod prefixes at two peers of a device do not even overlap', () => {
    everyState((state, world) => {
      const pods = world.network.podPrefixes
      const allowed = peersOf(state).flatMap(({ link, publicKey, allowedIps }) =>
        allowedIps
          .filter((prefix) => pods.some((range) => containsPrefix(range, prefix)))
          .map((prefix) => ({ link, publicKey, prefix })),
      )
      for (const a of allowed)
        for (const b of allowed)
          if (a.link === b.link && a.publicKey !== b.publicKey) expect(overlaps(a.prefix, b.prefix)).toBe(false)
    })
  })

  test('no route of ours catches an underlay address in use, save behind a rule for what the host itself sends', () => {
    everyState((state, world) => {
      const routes = routesOf(state)
      const tables = new Set(routes.map(({ table }) => table))
      const passed = entries(state).flatMap((entry) => (entry.kind === 'rule' && entry.ownTo ? [entry.ownTo] : []))
      const own = world.nodes.get(state.node)?.privateAddresses.map(({ address }) => address) ?? []
      for (const address of [...underlayAddresses(state), ...own])
        if (!passed.some((prefix) => containsAddress(prefix, address)))
          for (const table of tables)
            if (table !== TABLE || hasVxlan(state))
              // what the others send to their ends carries our mark
              expect(['throw', undefined]).toContain(kindOf(bestOf(routes, table, address)))
    })
  })

  test('every prefix that pods have elsewhere is either routed or guarded', () => {
    everyState((state, world) => {
      for (const node of world.nodes.values())
        for (const prefix of node.podPrefixes)
          if (node.name !== state.node)
            expect(routesOf(state).some((route) => containsPrefix(route.to, prefix))).toBe(true)
    })
  })

  test('every route names a next hop, and every group members, that are there', () => {
    everyState((state) => {
      const ids = new Set(entries(state).flatMap((entry) => ('id' in entry ? [entry.id] : [])))
      for (const entry of entries(state)) {
        if (entry.kind === 'route' && entry.target.kind === 'next-hop-object') expect(ids).toContain(entry.target.id)
        if (entry.kind === 'next-hop-group') {
          expect(entry.members.length).toBeGreaterThan(0)
          expect(entry.members.toSorted((a, b) => a - b)).toEqual(entry.members)
          for (const member of entry.members) expect(ids).toContain(member)
        }
      }
    })
  })

  test('every peer is a peer of ours too, by the same kind of device', () => {
    everyWorld(({ states, world }) => {
      for (const state of states.values()) {
        const own = world.statuses.get(state.node)?.publicKey
        for (const peer of peersOf(state)) {
          const other = [...states.values()].find(({ node }) => world.statuses.get(node)?.publicKey === peer.publicKey)
          const backs = other === undefined ? [] : peersOf(other).filter((back) => back.publicKey === own)
          expect(backs.filter(({ link }) => link[7] === peer.link[7])).toHaveLength(1)
        }
      }
    })
  })

  test('a plan that was applied leaves nothing to change, from an empty kernel and from that of another world', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, shapes, deadSeeds, async (first, second, dead) => {
        for (const name of sortedWorldOf(second).nodes.keys()) {
          const kernel = openMemoryKernel({ hostLinks: [ETH0], sysctls: { 'net/ipv4/conf/eth0/rp_filter': '1' } })
          for (const world of [sortedWorldOf(first), sortedWorldOf(second)]) {
            if (!world.nodes.has(name)) continue
            for (const liveness of [undefined, livenessOf(world, dead)]) {
              const state = planNode(preparePlan(world), name, localOf(world, liveness, ETH0.name))
              const settings = entries(state).flatMap((entry) => (entry.kind === 'sysctl' ? [entry.key] : []))
              const observe = async () => (await kernel.observe(settings)).entries
              expect((await kernel.apply(diff(state, await observe()))).map(({ message }) => message)).toEqual([])
              expect(diff(state, await observe())).toEqual([])
            }
          }
          kernel.close()
        }
      }),
      { numRuns: Math.ceil(RUNS.numRuns / 3) },
    )
  })
})

/** What the node's own tunnels and fabric speak to. */
const underlayAddresses = (state: Parameters<typeof entries>[0]): readonly Address[] =>
  entries(state).flatMap((entry): Address[] => {
    if (entry.kind === 'wireguard-peer') return entry.endpoint === undefined ? [] : [entry.endpoint.address]
    if (entry.kind === 'fdb') return [entry.remote]
    if (entry.kind !== 'route' || entry.target.kind !== 'via') return []
    return entry.target.hops.filter(({ link }) => link === NIC || link === 'damask-ipip').map(({ via }) => via)
  })

const bestOf = (routes: readonly Route[], table: number, address: Address): Route | undefined =>
  routes
    .filter((route) => route.table === table && containsAddress(route.to, address))
    .reduce<Route | undefined>((best, one) => (best && best.to.length >= one.to.length ? best : one), undefined)
const hasVxlan = (state: Parameters<typeof entries>[0]): boolean =>
  entries(state).some((entry) => entry.kind === 'link' && entry.type.kind === 'vxlan')

const kindOf = (route: Route | undefined): string | undefined => route?.target.kind

function shuffle<T>(list: readonly T[], seed: number): T[] {
  let state = seed | 1
  const keyed = list.map((item) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) | 0
    return { item, key: state }
  })
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item)
}
