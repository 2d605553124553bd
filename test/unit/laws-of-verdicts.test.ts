// Planner and verifier share no code: over random worlds, what the one plans the other must find delivered, and nothing in the clear.
import { describe, expect, test } from 'vitest'
import { type Family, nthAddress } from '../../src/model/index.ts'
import { planNode } from '../../src/planner/index.ts'
import { compileNetwork, deriveUnderlay, factsOf, type Trace, traceProbe } from '../../src/verifier/index.ts'
import { isSound, meetingsOf, siteOf } from './expected-way.ts'
import { everyWorld, type Planned } from './random-plan.ts'
import { resolvedHostsOf } from './random-world.ts'

describe('laws of verdicts', () => {
  test('pods of sites that meet reach each other by every branch, there and back; others are dropped', () => {
    everyWorld((one) => {
      const { direct, relayed } = meetingsOf(one)
      everyPair(one, (from, to, trace) => {
        const [a, b] = [siteOf(one.world, from), siteOf(one.world, to)]
        if (!isSound(one, a) || !isSound(one, b)) return
        const meets = a === b || direct.has(`${a} ${b}`) || relayed.has(`${a} ${b}`)
        expect(trace.verdict.kind, describeTrace(trace)).toBe(meets ? 'delivered' : 'dropped')
      })
    })
  })
})

function everyPair({ world, plan }: Planned, check: (from: string, to: string, trace: Trace) => void): void {
  // Names that nobody resolves get stand-ins, and the plans know them.
  const { underlay, resolvedHosts } = deriveUnderlay(world, new Map(Object.entries(resolvedHostsOf(world))))
  const states = [...world.nodes.keys()].map((name) => planNode(plan, name, { pods: [], resolvedHosts }))
  const network = compileNetwork({ states, facts: factsOf(world), underlay })
  const pods = [...world.nodes.values()].flatMap(({ name, podPrefixes }) =>
    podPrefixes.map((prefix) => ({ kind: 'pod' as const, node: name, address: nthAddress(prefix, 9) })),
  )
  const hasFamily = (family: Family) => (pod: (typeof pods)[number]) => pod.address.family === family
  for (const family of [4, 6] as const)
    for (const from of pods.filter(hasFamily(family)))
      for (const to of pods.filter(hasFamily(family)))
        if (from.node !== to.node) check(from.node, to.node, traceProbe(network, { from, to, protocol: 'icmp' }))
}

function describeTrace({ probe, verdict, direction, forth, back }: Trace): string {
  const ways = (direction === 'forth' ? forth : back).map(({ hops }) => hops.map(({ node }) => node).join(' > '))
  const why = 'reason' in verdict ? verdict.reason : ''
  return `${probe.from.node} -> ${'node' in probe.to ? probe.to.node : ''} IPv${probe.to.address.family} ${direction}: ${verdict.kind} ${why} [${ways.join(' | ')}]`
}
