import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { containsPrefix, formatPrefix, overlaps, type Prefix, parsePrefix } from '../model/index.ts'
import { network } from './cluster.fixture.ts'
import { type GrantHolder, type GrantInput, grantPodPrefixes, lastGrantedOf } from './pod-prefix-grants.ts'

const prefixes = (text: string): readonly Prefix[] => (text === '' ? [] : text.split(' ').map(parsePrefix))

/** `a 10.42.0.0/24, b`: in the order of their age. */
const holders = (text: string): readonly GrantHolder[] =>
  text.split(', ').map((part) => {
    const [name = '', ...has] = part.split(' ')
    return { name: name.replace('!', ''), has: has.map(parsePrefix), isWanting: !name.startsWith('!') }
  })

type Words = { readonly spec?: object; readonly reserved?: string; readonly last?: string }

function grant(who: string, { spec = {}, reserved = '', last = '' }: Words = {}): string {
  const { granted, lacking } = grantPodPrefixes({
    network: network(spec),
    holders: holders(who),
    reserved: prefixes(reserved),
    last: Object.fromEntries(prefixes(last).map((prefix) => [prefix.family, prefix])),
  })
  const parts = [...granted].map(([name, own]) =>
    [name, ...own.map(formatPrefix), ...(lacking.get(name) ?? []).map((family) => `no IPv${family}`)].join(' '),
  )
  return parts.join(', ')
}

const SMALL = { podPrefixes: ['10.42.0.0/22'] }

describe('pod prefixes that are granted', () => {
  test.each([
    ['a, b', {}, 'a 10.42.0.0/24, b 10.42.1.0/24'],
    ['a 10.42.7.0/24, b', {}, 'a 10.42.7.0/24, b 10.42.0.0/24'],
    ['a 10.42.7.0/24, b', { last: '10.42.7.0/24' }, 'a 10.42.7.0/24, b 10.42.8.0/24'],
    ['a', { spec: { podPrefixes: ['10.42.0.0/16', 'fd42::/48'] } }, 'a 10.42.0.0/24 fd42::/64'],
    [
      'a',
      { spec: { podPrefixes: ['fd42::/32'], podPrefixLengths: { ipv6: 80 } }, last: 'fd42:0:5::/80' },
      'a fd42:0:5:0:1::/80',
    ],
    ['a', { spec: { podPrefixLengths: { ipv4: 26 } } }, 'a 10.42.0.0/26'],
    ['a 10.42.0.0/24, b', { spec: { podPrefixLengths: { ipv4: 26 } } }, 'a 10.42.0.0/24, b 10.42.1.0/26'],
    ['a', { reserved: '10.42.0.0/24 10.42.1.128/25' }, 'a 10.42.2.0/24'],
    ['a', { spec: { servicePrefixes: ['10.42.0.0/23'] } }, 'a 10.42.2.0/24'],
    ['a', { reserved: '10.0.0.0/8' }, 'a no IPv4'],
    ['a, b', { spec: { podPrefixes: ['10.42.0.0/24', '10.44.0.0/24'] } }, 'a 10.42.0.0/24, b 10.44.0.0/24'],
    ['a', { spec: { podPrefixes: ['10.42.0.0/25'] } }, 'a no IPv4'],
    ['a', { spec: { podPrefixes: [], lan: '172.16.0.0/24' } }, 'a'],
  ])('of %s %j are %s', (who, words, wanted) => expect(grant(who, words)).toBe(wanted))

  test('that became free are taken last, by everybody after them', () => {
    expect(grant('b 10.42.1.0/24, c', { spec: SMALL, last: '10.42.1.0/24' })).toBe('b 10.42.1.0/24, c 10.42.2.0/24')
    expect(grant('b 10.42.1.0/24, c, d, e, f', { spec: SMALL, last: '10.42.1.0/24' })).toBe(
      'b 10.42.1.0/24, c 10.42.2.0/24, d 10.42.3.0/24, e 10.42.0.0/24, f no IPv4',
    )
  })

  test.each([
    ['of two that have one the older keeps it', 'a 10.42.5.0/24, b 10.42.5.0/24', {}, 'a 10.42.5.0/24, b 10.42.0.0/24'],
    [
      'of one inside another the older stays',
      'a 10.42.5.0/24, b 10.42.4.0/22, c 10.42.6.0/24',
      {},
      'a 10.42.5.0/24, b 10.42.0.0/24, c 10.42.6.0/24',
    ],
    ['a node that is going keeps its own', '!a 10.42.0.0/24, b', {}, 'b 10.42.1.0/24'],
    ['what is outside of a new range is given up', 'a 10.44.5.0/24', {}, 'a 10.42.0.0/24'],
    ['what somebody else gave is given up', 'a 10.42.5.0/24', { reserved: '10.42.5.7/32' }, 'a 10.42.0.0/24'],
    [
      'one family is exhausted, the other is not',
      'a 10.42.0.0/24, b',
      { spec: { podPrefixes: ['10.42.0.0/24', 'fd42::/48'] } },
      'a 10.42.0.0/24 fd42::/64, b fd42:0:0:1::/64 no IPv4',
    ],
  ])('%s', (_, who, words, wanted) => expect(grant(who, words)).toBe(wanted))

  test('the youngest of those that are there says where to go on', () => {
    const of = (createdAt: string, ...grantedPodPrefixes: readonly string[]) => ({ createdAt, grantedPodPrefixes })
    const last = lastGrantedOf([
      of('2026-11-22T11', '10.42.3.0/24', 'fd42:0:0:3::/64'),
      of('2026-11-22T10', '10.42.9.0/24'),
    ])
    expect([last[4], last[6]].map((prefix) => prefix && formatPrefix(prefix))).toEqual([
      '10.42.3.0/24',
      'fd42:0:0:3::/64',
    ])
  })
})

/** Lengths and places so narrow that everything meets. */
const inside = fc
  .record({ number: fc.integer({ min: 0, max: 63 }), length: fc.integer({ min: 20, max: 28 }) })
  .map(({ number, length }) => {
    const text = `10.${number < 60 ? 42 : 43}.${number % 16}.${(number % 4) * 64}`
    const word = text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
    const masked = word & (-1 << (32 - length))
    return { family: 4, w0: masked, w1: 0, w2: 0, w3: 0, length } satisfies Prefix
  })
const inputs: fc.Arbitrary<GrantInput> = fc.record({
  network: fc.constantFrom(
    network({ podPrefixes: ['10.42.0.0/20'] }),
    network({ podPrefixes: ['10.42.0.0/22', '10.42.8.0/21'], podPrefixLengths: { ipv4: 25 } }),
    network({ podPrefixes: ['10.42.0.0/20', 'fd42::/62'], servicePrefixes: ['10.42.4.0/24'] }),
  ),
  holders: fc
    .array(fc.record({ has: fc.array(inside, { maxLength: 1 }), isWanting: fc.boolean() }), { maxLength: 12 })
    .map((all) => all.map((holder, index) => ({ name: `n${index}`, ...holder }))),
  reserved: fc.array(inside, { maxLength: 3 }),
  last: fc.option(inside, { nil: undefined }).map((last) => (last ? { 4: last } : {})),
})

describe('for any network and any nodes', () => {
  test('none overlaps another, what is reserved, or what a node that is not asked has; all are in the range', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { granted } = grantPodPrefixes(input)
        const all = [...granted.values()].flat()
        const others = input.holders.filter(({ isWanting }) => !isWanting).flatMap(({ has }) => has)
        const oldest = others.filter((one, index) => !others.slice(0, index).some((other) => overlaps(one, other)))
        all.forEach((one, index) => {
          expect(input.network.podPrefixes.some((pool) => containsPrefix(pool, one))).toBe(true)
          expect(all.slice(0, index).some((other) => overlaps(one, other))).toBe(false)
          expect([...input.reserved, ...input.network.servicePrefixes].some((other) => overlaps(one, other))).toBe(
            false,
          )
        })
        const before = input.holders.findIndex(({ isWanting }) => isWanting)
        if (before < 0 || input.holders.slice(before).some(({ isWanting }) => !isWanting)) return
        for (const one of all) expect(oldest.some((other) => overlaps(one, other))).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  test('what was granted is granted again, and who lacks one lacks it because nothing is free', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { granted, lacking, last } = grantPodPrefixes(input)
        const holders = input.holders.map((holder) => ({ ...holder, has: granted.get(holder.name) ?? holder.has }))
        const again = grantPodPrefixes({ ...input, holders, last })
        expect(again.granted).toEqual(granted)
        expect(again.lacking).toEqual(lacking)
        for (const [name, families] of lacking)
          expect(granted.get(name)?.some(({ family }) => families.includes(family))).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  test('five thousand nodes are granted theirs in far less than a second', () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({ name: `n${index}`, has: [], isWanting: true }))
    const input = {
      network: network({ podPrefixes: ['10.0.0.0/8', 'fd42::/40'] }),
      holders: many,
      reserved: [],
      last: {},
    }
    const first = grantPodPrefixes(input)
    const at = performance.now()
    const holders = many.map((holder) => ({ ...holder, has: first.granted.get(holder.name) ?? [] }))
    const again = grantPodPrefixes({
      ...input,
      holders: [...holders, { name: 'new', has: [], isWanting: true }],
      last: first.last,
    })
    const tookMs = performance.now() - at
    expect(again.granted.get('new')?.map(formatPrefix)).toEqual(['10.19.136.0/24', 'fd42:0:0:1388::/64'])
    expect(tookMs).toBeLessThan(1000)
  })
})
