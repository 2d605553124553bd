// What holds of packets, over random worlds: by whichever gateway they go and come back, they arrive, and nothing turns in a
// circle or leaves bare.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { containsAddress, containsPrefix, formatPrefix, type World } from '../../src/model/index.ts'
import { isSound, meetingsOf, siteOf, sourceOf, type Target, targetsOf } from './expected-way.ts'
import { walk } from './packet-walk.ts'
import { everyWorld, type Planned, peersOf, planned, RUNS } from './random-plan.ts'
import { livenessOf, shapes, sortedWorldOf } from './random-world.ts'

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

  test('nothing turns in a circle or leaves bare, whoever is dead, and nobody but its owner gets it', () => {
    fc.assert(
      fc.property(shapes, fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), (shape, dead) => {
        const world = sortedWorldOf(shape)
        everyWay(planned(world, livenessOf(world, dead)), (_, target, ends) => {
          for (const { kind, at, path } of ends)
            if (kind !== 'dropped' && !isAlsoBehind(world, target, at))
              expect({ kind, at }, path).toEqual({ kind: 'delivered', at: target.owner })
        })
      }),
      RUNS,
    )
  })

  test('a dead gateway is on nobody’s way while another lives', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, pick) => {
        const world = sortedWorldOf(shape)
        const whole = planned(world)
        const gateways = [...whole.plan.nodes.values()].filter(({ isGateway }) => isGateway)
        const dead = gateways[pick % Math.max(1, gateways.length)]
        if (dead === undefined) return
        const name = dead.node.name
        const one = planned(world, { deadNodes: [name], deadLegs: [] })
        // Where each gateway has a leg to each, another gateway of the site can always stand in.
        const everybodyMeets = gateways.every(({ node }) => typeof node.endpoint?.host === 'object')
        const isMute = [...one.plan.sites.values()].some((site) => site.gateways.length === 0)
        const hasOther = gateways.some((other) => other !== dead && other.siteName === dead.siteName)
        if (isMute || !everybodyMeets || !hasOther || !one.plan.issues.every(({ severity }) => severity !== 'error'))
          return
        everyWay(one, (from, target, ends) => {
          if (from === name || target.owner === name) return
          for (const { kind, at, path } of ends) {
            if (isAlsoBehind(world, target, at)) continue
            expect({ kind, at }, path).toEqual({ kind: 'delivered', at: target.owner })
            expect(path).not.toContain(`> ${name}`)
          }
        })
      }),
      RUNS,
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

/** Who offers a wider network has there what it cannot send to who owns the narrower one. */
const isAlsoBehind = (world: World, { kind, address }: Target, at: string): boolean =>
  kind !== 'pod' && world.nodes.get(at)?.offeredPrefixes.some((wide) => containsAddress(wide, address)) === true

/** Every node to everything that others own, in the families that it speaks. */
function everyWay(one: Planned, check: (from: string, target: Target, ends: ReturnType<typeof walk>) => void): void {
  for (const from of one.world.nodes.keys())
    for (const target of targetsOf(one.world)) {
      const source = sourceOf(one, from, target.address.family)
      if (source === undefined || target.owner === from) continue
      if (
        process.env.LAW_NONE &&
        target.kind !== 'pod' &&
        one.world.sites.get(siteOf(one.world, target.owner))?.fabric?.kind === 'none'
      )
        continue
      check(from, target, walk(one.picture, from, { source, destination: target.address }))
    }
}
