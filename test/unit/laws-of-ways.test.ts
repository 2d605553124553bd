// What holds of packets, over random worlds: by whichever gateway they go and come back, they arrive, and nothing turns in a
// circle or leaves bare.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { containsAddress, containsPrefix, formatPrefix, type Liveness, type World } from '../../src/model/index.ts'
import { isSound, meetingsOf, siteOf, sourceOf, type Target, targetsOf } from './expected-way.ts'
import { walk } from './packet-walk.ts'
import { everyWorld, type Planned, peersOf, planned, RUNS } from './random-plan.ts'
import { deadSeeds, livenessOf, type Shape, shapes, sortedWorldOf } from './random-world.ts'

describe('laws of ways', () => {
  test('every packet for what a node owns arrives there, by every choice of gateways, out and back', () => {
    everyWorld((one) => {
      const { direct, relayed } = meetingsOf(one)
      everyWay(one, (from, target, ends) => {
        const [a, b] = [siteOf(one.world, from), siteOf(one.world, target.owner)]
        if (!isSound(one, a) || !isSound(one, b)) return
        const meets = a === b || direct.has(`${a} ${b}`) || relayed.has(`${a} ${b}`)
        for (const { kind, at, path } of ends.filter(
          (end) => (meets && target.kind !== 'host') || !isAlsoBehind(one.world, target, end.at),
        ))
          expect({ kind, ...(meets && { at }) }, path).toEqual(
            meets ? { kind: 'delivered', at: target.owner } : { kind: 'dropped' },
          )
      })
    })
  })

  test('nothing turns in a circle or leaves bare, whomever each takes for dead, and nobody but its owner gets it', () => {
    fc.assert(
      fc.property(shapes, deadSeeds, fc.constantFrom('alike', 'each', 'own'), (shape, dead, views) => {
        const world = sortedWorldOf(shape)
        const names = [...world.nodes.keys()]
        const view = {
          alike: () => livenessOf(world, dead),
          each: (name: string) => livenessOf(world, dead.slice(names.indexOf(name)).concat(dead)),
          // Every gateway takes its own tunnels for dead and those of its fellows for alive.
          own: (name: string) => ({
            deadNodes: [],
            deadLegs: names.filter(isElsewhere(world, name)).map((far) => [name, far] as const),
          }),
        }[views]
        everyWay(planned(world, view), (_, target, ends) => {
          for (const { kind, at, path } of ends)
            if (kind !== 'dropped' && !isAlsoBehind(world, target, at))
              expect({ kind, at }, path).toEqual({ kind: 'delivered', at: target.owner })
        })
      }),
      RUNS,
    )
  })

  test('a dead gateway is on nobody’s way while another lives', () => {
    everyFailure(
      (gateway) => ({ deadNodes: [gateway], deadLegs: [] }),
      (gateway, from, { owner }, paths) => {
        if (from === gateway || owner === gateway) return
        for (const path of paths) expect(path).not.toContain(`> ${gateway}`)
      },
    )
  })

  test('a dead tunnel is on nobody’s way while there is another', () => {
    everyFailure(
      (gateway, far) => ({ deadNodes: [], deadLegs: [[gateway, far]] }),
      (gateway, _, __, paths, far) => {
        for (const path of paths) {
          expect(path).not.toMatch(new RegExp(`${gateway} --damask-t\\d+--> ${far}\\b`))
          expect(path).not.toMatch(new RegExp(`${far} --damask-t\\d+--> ${gateway}\\b`))
        }
      },
    )
  })

  test('a gateway that a member does not reach is not on its way elsewhere while there is another', () => {
    everyFailure(
      (gateway, _, fellow) => ({ deadNodes: [], deadLegs: [[gateway, fellow]] }),
      (gateway, from, _, paths, __, fellow) => {
        if (from === fellow)
          for (const path of paths) expect(path).not.toMatch(new RegExp(`^${from} --[^>]*> ${gateway} --damask-t`))
      },
    )
  })

  test('what a gateway sends for a node of its site is taken by every far gateway that has a leg to it', () => {
    everyWorld(({ world, states }) => {
      for (const [name, state] of states)
        for (const peer of peersOf(state)) {
          const far = [...world.nodes.values()].find(
            (node) => world.statuses.get(node.name)?.publicKey === peer.publicKey,
          )
          if (far === undefined || !/^damask-t/.test(peer.link) || siteOf(world, far.name) === siteOf(world, name))
            continue
          const fellows = [...world.nodes.values()].filter(
            (node) => siteOf(world, node.name) === siteOf(world, far.name),
          )
          for (const prefix of fellows.flatMap(({ podPrefixes }) => podPrefixes))
            expect(
              peer.allowedIps.some((one) => containsPrefix(one, prefix)),
              `${name} takes ${formatPrefix(prefix)} from ${far.name}`,
            ).toBe(true)
        }
    })
  })

  test('reach is symmetric: who can send to whom can be answered', () => {
    everyWorld((one) => {
      const arrives = new Map<string, boolean>()
      everyWay(one, (from, { kind, owner, address }, ends) => {
        if (kind === 'pod' && isSound(one, siteOf(one.world, from)) && isSound(one, siteOf(one.world, owner)))
          arrives.set(
            `${from} ${owner} ${address.family}`,
            ends.every((end) => end.kind === 'delivered'),
          )
      })
      for (const [way, does] of arrives) {
        const [from, owner, family] = way.split(' ')
        expect(arrives.get(`${owner} ${from} ${family}`) ?? does, way).toBe(does)
      }
    })
  })

  test('two sites of which one has an address that the other speaks to have a tunnel, and no tunnel is there for nothing', () => {
    everyWorld((one) => {
      const { direct } = meetingsOf(one)
      const gateways = [...one.plan.nodes.values()].filter(({ isGateway }) => isGateway)
      for (const a of gateways)
        for (const b of gateways)
          if (a.siteName !== b.siteName && (a.node.endpoint ?? b.node.endpoint) !== undefined)
            expect(direct, `${a.node.name} and ${b.node.name}`).toContain(`${a.siteName} ${b.siteName}`)
      for (const pair of direct) {
        const ends = gateways.filter(({ siteName }) => pair.split(' ').includes(siteName))
        expect(ends.some(({ node }) => node.endpoint !== undefined)).toBe(true)
      }
    })
  })
})

const isElsewhere = (world: World, name: string) => (other: string) => siteOf(world, other) !== siteOf(world, name)

/** Who offers a wider network has there what it cannot send to who owns the narrower one. */
const isAlsoBehind = (world: World, { kind, address }: Target, at: string): boolean =>
  kind !== 'pod' && world.nodes.get(at)?.offeredPrefixes.some((wide) => containsAddress(wide, address)) === true

/**
 * Worlds in which every gateway meets every other, so that any can stand in for one of its site that fails towards a gateway
 * elsewhere or a fellow member; and what becomes of every packet for a pod.
 */
function everyFailure(
  failureOf: (gateway: string, far: string, fellow: string) => Liveness,
  check: (gateway: string, from: string, target: Target, paths: readonly string[], far: string, fellow: string) => void,
): void {
  fc.assert(
    fc.property(shapes, fc.nat(), fc.nat(), (shape, pick, other) => {
      const world = sortedWorldOf(reachable(shape))
      const { plan } = planned(world)
      const sites = [...plan.sites.values()]
      if (
        plan.issues.some(({ severity }) => severity === 'error') ||
        sites.some(({ gateways }) => gateways.length === 0)
      )
        return
      const gateways = sites.flatMap((site) => (site.gateways.length > 1 ? site.gateways : []))
      const gateway = gateways[pick % gateways.length]
      const fars = sites.filter(({ name }) => name !== gateway?.siteName).flatMap((site) => site.gateways)
      const far = fars[other % fars.length]
      const fellows = plan.sites.get(gateway?.siteName ?? '')?.nodes.filter((node) => node !== gateway) ?? []
      const fellow = fellows[other % fellows.length]
      if (gateway === undefined || far === undefined || fellow === undefined) return
      const [name, farName, fellowName] = [gateway.node.name, far.node.name, fellow.node.name]
      everyWay(planned(world, failureOf(name, farName, fellowName)), (from, target, ends) => {
        if (target.kind !== 'pod') return
        if (failureOf(name, farName, fellowName).deadNodes.some((dead) => dead === from || dead === target.owner))
          return
        for (const { kind, at, path } of ends)
          expect({ kind, at }, path).toEqual({ kind: 'delivered', at: target.owner })
        check(
          name,
          from,
          target,
          ends.map(({ path }) => path),
          farName,
          fellowName,
        )
      })
    }),
    RUNS,
  )
}

const reachable = (shape: Shape): Shape => ({
  ...shape,
  sites: shape.sites.map((site) => ({
    ...site,
    nodes: site.nodes.map((node) => ({ ...node, endpoint: node.endpoint === 'mapped' ? 'mapped' : 'address' })),
  })),
})

/** Every node to everything that others own, in the families that it speaks. */
function everyWay(one: Planned, check: (from: string, target: Target, ends: ReturnType<typeof walk>) => void): void {
  for (const from of one.world.nodes.keys())
    for (const target of targetsOf(one.world)) {
      const source = sourceOf(one, from, target.address.family)
      if (source === undefined || target.owner === from) continue
      check(from, target, walk(one.picture, from, { source, destination: target.address }))
    }
}
