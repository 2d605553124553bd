// From machine to machine: what a trace says of leaks, and of wires that take less than what comes.
import { describe, expect, test } from 'vitest'
import { type Entry, parseAddress } from '../model/index.ts'
import { broken, type Fault, outcome, smallWorld, traceIn } from './small-world.fixture.ts'
import type { UnderlayHost, UnderlayNetwork } from './underlay.ts'

const changed = (network: Partial<UnderlayNetwork>, hosts: Readonly<Record<string, Partial<UnderlayHost>>>): Fault => ({
  underlay: (underlay) => ({
    ...underlay,
    networks: new Map([...underlay.networks].map(([name, one]) => [name, { ...one, ...network }])),
    hosts: new Map([...underlay.hosts].map(([name, one]) => [name, { ...one, ...hosts[name] }])),
  }),
})

test('a leak is the fault of the route that led there', () => {
  const entry = (one: Entry, node: string): Entry =>
    node === 'a3' && one.kind === 'fdb' ? { ...one, remote: parseAddress('9.9.9.9') } : one
  const leaked = traceIn(broken(smallWorld(), { entry }), 'a3', 'a1')
  expect(leaked.verdict).toMatchObject({ kind: 'leaked', node: 'a3', entry: { kind: 'route' } })
  const bare = broken(smallWorld(), { entry: (one) => (one.kind === 'filter-table' ? undefined : one) })
  const outside = { kind: 'outside', address: parseAddress('9.9.9.9') } as const
  const from = { kind: 'pod', node: 'a3', address: parseAddress('10.42.3.9') } as const
  expect(traceIn(bare, 'a3', 'a3', { from, to: outside }).forth[0]?.verdict).not.toHaveProperty('entry')
})

describe('the last wire', () => {
  const narrow = broken(smallWorld({ fabric: 'direct' }), changed({}, { a1: { mtuBytes: 1400 } }))

  test('sets how large a packet may be', () => {
    expect(traceIn(narrow, 'a3', 'a1').forth[0]?.roomBytes).toBe(1400)
    expect(outcome(traceIn(narrow, 'a3', 'a1', { sizeBytes: 1400 }))).toBe('delivered')
  })

  test('loses what is larger without a word: nobody splits it there', () => {
    const trace = traceIn(narrow, 'a3', 'a1', { sizeBytes: 1440 })
    expect(trace.verdict).toEqual({
      kind: 'lost-at-size',
      node: 'a3',
      mtuBytes: 1400,
      reason: 'a packet of 1440 bytes comes to a wire that takes 1400, and nobody splits it there',
    })
    expect(trace.forth[0]?.hops.at(-1)?.crossing).toMatchObject({ networks: ['a'] })
  })
})

test('what is too large for the way and may not be split is refused there', () => {
  const narrow = changed({ mtuBytes: 1400 }, { a1: { mtuBytes: 1500 }, a3: { mtuBytes: 1500 } })
  const plan = broken(smallWorld({ fabric: 'direct' }), narrow)
  const trace = traceIn(plan, 'a3', 'a1', { sizeBytes: 1440 })
  expect(trace.verdict).toMatchObject({ kind: 'too-big', node: 'a3', mtuBytes: 1400 })
  expect(trace.forth[0]?.hops.at(-1)?.crossing).toMatchObject({ networks: ['a'], mtuBytes: 1400 })
})
