// Every message stands in src/store/bad-*.test.ts, with its place; here is what holds of the check as a whole.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkWorld } from './check-world.ts'
import { type Claim, readResource } from './read-resource.ts'
import type { Resource } from './resource.ts'

const read = (kind: string, name: string, spec: object): Resource => {
  const result = readResource({ apiVersion: 'damask.dev/v1alpha1', kind, metadata: { name }, spec })
  if (result.kind === 'broken') throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return result.resource
}
const node = (name: string, podPrefix: string, privateAddress: string): Resource =>
  read('Node', name, { site: 's', podPrefixes: [podPrefix], privateAddresses: [privateAddress] })
const network = read('Network', 'default', { podPrefixes: ['10.0.0.0/8'] })
const messages = (resources: readonly Resource[], claims: readonly Claim[] = []): string[] =>
  checkWorld(resources, claims).problems.map(({ message }) => message)

describe('overlapping pod prefixes', () => {
  test('one wide prefix over a hundred nodes is one problem', () => {
    const nodes = Array.from({ length: 100 }, (_, n) => node(`b${n}`, `10.1.${n}.0/24`, `192.168.0.${n + 1}/16`))
    const wide = node('a', '10.1.0.0/16', '192.168.1.1/16')
    expect(messages([network, wide, ...nodes])).toEqual([
      'spec.podPrefixes[0] of Node/a: 10.1.0.0/16 overlaps 10.1.0.0/24, spec.podPrefixes[0] of Node/b0',
    ])
  })

  test('of equal ones, the first by name keeps it', () => {
    const nodes = ['c', 'a', 'b'].map((name, n) => node(name, '10.1.0.0/16', `192.168.0.${n + 1}/16`))
    expect(messages([network, ...nodes])).toEqual([
      'spec.podPrefixes[0] of Node/b: 10.1.0.0/16 is also spec.podPrefixes[0] of Node/a',
      'spec.podPrefixes[0] of Node/c: 10.1.0.0/16 is also spec.podPrefixes[0] of Node/a',
    ])
  })

  test('are found exactly where two prefixes overlap', () => {
    const prefixes = fc.uniqueArray(
      fc.tuple(fc.nat({ max: 15 }), fc.integer({ min: 12, max: 16 })).map(([n, length]) => {
        const second = (n << 4) & (0xff << (16 - length))
        return { text: `10.${second}.0.0/${length}`, first: second, last: second + (1 << (16 - length)) - 1 }
      }),
      { maxLength: 8, selector: ({ text }) => text },
    )
    fc.assert(
      fc.property(prefixes, (all) => {
        const clash = all.some((a, i) => all.some((b, j) => i < j && a.first <= b.last && b.first <= a.last))
        const nodes = all.map(({ text }, n) => node(`n${n}`, text, `192.168.0.${n + 1}/16`))
        expect(messages([network, ...nodes]).length > 0).toBe(clash)
      }),
    )
  })
})

describe('what is broken', () => {
  test('keeps what is missing because of it from being said', () => {
    expect(messages([])).toEqual(['there is no Network; exactly one document must have kind: Network'])
    expect(messages([], [{ kind: 'Node' }])).toHaveLength(1)
    expect(messages([], [{ kind: 'Network', name: 'x' }])).toEqual([])
    expect(messages([], [{}])).toEqual([])
  })

  test('does not hide what is missing for another reason', () => {
    const lab = read('Lab', 'l', { clouds: [{ name: 's', nat: 'none' }], nodes: { b: { cloud: 's' } } })
    const resources = [network, lab, node('a', '10.1.0.0/16', '192.168.0.1/16')]
    expect(messages(resources, [{ kind: 'Node', name: 'b' }])).toEqual([])
    expect(messages(resources, [{ kind: 'Node', name: 'c' }])).toHaveLength(1)
  })
})

test('a node whose own name is the site of others is not put among them', () => {
  const lab = read('Lab', 'l', { clouds: [{ name: 's', nat: 'none' }], nodes: { s: { cloud: 's' } } })
  const lone = read('Node', 's', { privateAddresses: ['192.168.0.1/16'] })
  expect(messages([network, lab, lone, node('a', '10.1.0.0/16', '192.168.0.1/16')])).toEqual([
    'Node/s has no spec.site: it is a site of its own, "node/s"',
  ])
})

test('sites by node need no site, and by label none but the label', () => {
  const bare = read('Node', 'a', { privateAddresses: ['192.168.0.1/16'] })
  expect(messages([read('Network', 'n', { sites: { by: 'node' } }), bare])).toEqual([])
  expect(messages([read('Network', 'n', { sites: { by: 'label', label: 'zone' } }), bare])).toEqual([
    'Node/a has no label zone: it is a site of its own, "a"',
  ])
})

test('the same addresses in two sites are no contradiction', () => {
  const other = read('Node', 'b', { site: 't', privateAddresses: ['192.168.0.1/16'] })
  expect(messages([network, node('a', '10.1.0.0/16', '192.168.0.1/16'), other])).toEqual([])
})

test('the order of the documents changes nothing', () => {
  const lab = read('Lab', 'l', { clouds: [{ name: 's', nat: 'none' }] })
  const nodes = ['c', 'a', 'd', 'b'].map((name, n) => node(name, `10.${n}.0.0/16`, `192.168.0.${n + 1}/24`))
  const all = [network, lab, ...nodes]
  const whole = checkWorld(all)
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
      const { world, lab } = checkWorld(shuffled)
      expect([...(world?.nodes ?? [])]).toEqual([...(whole.world?.nodes ?? [])])
      expect([...(lab?.placement ?? [])]).toEqual([...(whole.lab?.placement ?? [])])
    }),
  )
})
