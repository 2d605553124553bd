// What holds of every plan, over random worlds.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openMemoryKernel } from '../../src/linux/index.ts'
import {
  containsAddress,
  containsPrefix,
  type Entry,
  entriesOf,
  formatPrefix,
  type HostLink,
  keyOf,
  overlaps,
  type Prefix,
  parseAddress,
  type Route,
  routeValue,
  TABLE,
  type WireguardPeer,
  type World,
} from '../../src/model/index.ts'
import { endpointOf, legsOf, planNode, preparePlan } from '../../src/planner/index.ts'
import { diff } from '../../src/reconcile/index.ts'
import { renderJson } from '../../src/render/index.ts'
import { type Shape, shapes, sortedWorldOf, worldOf } from './random-world.ts'

const NIC: HostLink = {
  name: 'eth0',
  mtuBytes: 1500,
  isUp: true,
  hardwareAddress: '02:00:00:00:00:01',
  // Every private address of random-world.ts is on this link.
  addresses: [
    { address: parseAddress('172.16.255.1'), length: 12 },
    { address: parseAddress('10.200.255.1'), length: 16 },
    { address: parseAddress('fd00:ffff::1'), length: 16 },
  ],
}
const RUNS = { numRuns: 150 }

const statesOf = (world: World) => {
  const plan = preparePlan(world)
  return new Map([...world.nodes.keys()].map((name) => [name, planNode(plan, name)]))
}
const entries = (state: ReturnType<typeof planNode>): Entry[] => [...entriesOf(state)]
const routesOf = (state: ReturnType<typeof planNode>): Route[] =>
  entries(state).filter((entry): entry is Route => entry.kind === 'route')
const peersOf = (state: ReturnType<typeof planNode>): WireguardPeer[] =>
  entries(state).filter((entry): entry is WireguardPeer => entry.kind === 'wireguard-peer')

describe('laws of the plan', () => {
  test('the order of the input does not matter', () => {
    fc.assert(
      fc.property(shapes, fc.integer(), (shape, seed) => {
        const shuffled = preparePlan(worldOf(shape, (nodes) => shuffle(nodes, seed)))
        for (const [name, state] of statesOf(sortedWorldOf(shape)))
          expect(JSON.stringify(renderJson(planNode(shuffled, name)))).toBe(JSON.stringify(renderJson(state)))
      }),
      RUNS,
    )
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
          expect(`${resource} ${rule}`).toMatch(/^(Network|Site|Node)\/\S+ \S/)
      }
    })
  })

  test('no two peers of a device share a prefix', () => {
    everyState((state) => {
      const owned = peersOf(state).flatMap((peer) =>
        peer.allowedIps.map((prefix) => ({ peer: `${peer.link} ${peer.publicKey}`, prefix })),
      )
      for (const a of owned)
        for (const b of owned) if (a.peer !== b.peer) expect(overlaps(a.prefix, b.prefix)).toBe(false)
    })
  })

  test('no route of ours catches an underlay address in use', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const world = sortedWorldOf(shape)
        const plan = preparePlan(world)
        for (const [name, planned] of plan.nodes) {
          const routes = routesOf(planNode(plan, name))
          const fellows = (plan.sites.get(planned.siteName)?.nodes ?? []).flatMap(({ node }) =>
            node.privateAddresses.map(({ address }) => address),
          )
          const endpoints = legsOf(plan, planned).flatMap(({ gateway }) => endpointOf(gateway)?.address ?? [])
          for (const address of [...fellows, ...endpoints])
            for (const table of new Set(routes.map((route) => route.table))) {
              const [best] = routes
                .filter((route) => route.table === table && containsAddress(route.to, address))
                .sort((a, b) => b.to.length - a.to.length)
              if (best !== undefined) expect(routeValue(best)).toBe('throw')
            }
        }
      }),
      RUNS,
    )
  })

  test('reach is symmetric: where A sends to B, B sends to A and accepts what A sends', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const world = sortedWorldOf(shape)
        const states = statesOf(world)
        const sends = (from: string, to: Prefix): boolean => {
          const state = states.get(from)
          return (
            state !== undefined &&
            routesOf(state).some((route) => route.table === TABLE && containsPrefix(route.to, to))
          )
        }
        for (const a of world.nodes.values())
          for (const b of world.nodes.values()) {
            if (a.name === b.name) continue
            for (const to of b.podPrefixes) {
              const back = a.podPrefixes.find((prefix) => prefix.family === to.family)
              if (back !== undefined)
                expect(sends(a.name, to), `${a.name} -> ${formatPrefix(to)}`).toBe(sends(b.name, back))
            }
          }
        for (const state of states.values())
          for (const peer of peersOf(state)) {
            const own = [...world.statuses.values()].find(({ name }) => name === state.node)?.publicKey
            const other = [...states.values()].find(
              ({ node }) => world.statuses.get(node)?.publicKey === peer.publicKey,
            )
            expect(other && peersOf(other).some((back) => back.publicKey === own)).toBe(true)
          }
      }),
      RUNS,
    )
  })

  test('every foreign prefix is either routed or guarded', () => {
    everyState((state, world) => {
      for (const node of world.nodes.values())
        for (const prefix of node.podPrefixes)
          if (node.name !== state.node)
            expect(routesOf(state).some((route) => containsPrefix(route.to, prefix))).toBe(true)
    })
  })

  test('a plan that was applied leaves nothing to change, from an empty kernel and from that of another world', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, shapes, async (first, second) => {
        for (const name of sortedWorldOf(second).nodes.keys()) {
          const kernel = openMemoryKernel({ hostLinks: [NIC], sysctls: { 'net/ipv4/conf/eth0/rp_filter': '1' } })
          for (const world of [sortedWorldOf(first), sortedWorldOf(second)]) {
            if (!world.nodes.has(name)) continue
            const state = planNode(preparePlan(world), name, { underlay: { link: NIC.name }, pods: [] })
            const settings = entries(state).flatMap((entry) => (entry.kind === 'sysctl' ? [entry.key] : []))
            const observe = async () => (await kernel.observe(settings)).entries
            expect((await kernel.apply(diff(state, await observe()))).map(({ message }) => message)).toEqual([])
            expect(diff(state, await observe())).toEqual([])
          }
          kernel.close()
        }
      }),
      { numRuns: 60 },
    )
  })

  test('a new node changes at others only its own leg, and its prefixes in allowed IPs, routes and sets', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, pick) => {
        const grown = sortedWorldOf(shape)
        const names = [...grown.nodes.keys()]
        const newcomer = grown.nodes.get(names[pick % names.length] ?? '')
        if (newcomer === undefined) return
        const before = new Map(grown.nodes)
        before.delete(newcomer.name)
        const old = { ...grown, nodes: before }
        // A first far site, a first fellow member or a better gateway is more than a newcomer.
        const roles = (world: World) => {
          const plan = preparePlan(world)
          return [...before.keys()].map((name) => {
            const planned = plan.nodes.get(name)
            const site = plan.sites.get(planned?.siteName ?? '')
            return `${site?.gateways[0]?.node.name} ${(site?.nodes.length ?? 0) > 1} ${planned && legsOf(plan, planned).length > 0} ${JSON.stringify(plan.mtus)}`
          })
        }
        if (roles(old).join() !== roles(grown).join()) return
        const after = statesOf(grown)
        for (const [name, state] of statesOf(old)) {
          const now = new Map(entries(after.get(name) ?? state).map((entry) => [keyOf(entry), entry]))
          for (const entry of entries(state)) {
            if (entry.kind === 'route' || entry.kind === 'filter-table') continue
            const kept = now.get(keyOf(entry))
            expect(kept, keyOf(entry)).toBeDefined()
            if (kept?.kind === 'wireguard-peer' && entry.kind === 'wireguard-peer')
              expect({ ...kept, allowedIps: [] }).toEqual({ ...entry, allowedIps: [] })
            else expect(kept).toEqual(entry)
          }
          const added = [...now.values()].filter(
            (entry) => entry.kind === 'wireguard-peer' && !entries(state).some((e) => keyOf(e) === keyOf(entry)),
          )
          expect(added.length).toBeLessThanOrEqual(1)
        }
      }),
      RUNS,
    )
  })
})

function everyState(check: (state: ReturnType<typeof planNode>, world: World) => void): void {
  fc.assert(
    fc.property(shapes, (shape: Shape) => {
      const world = sortedWorldOf(shape)
      for (const state of statesOf(world).values()) check(state, world)
    }),
    RUNS,
  )
}

function shuffle<T>(list: readonly T[], seed: number): T[] {
  let state = seed | 1
  const keyed = list.map((item) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) | 0
    return { item, key: state }
  })
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item)
}
