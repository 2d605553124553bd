import { excludeCidr, mergeCidr } from 'cidr-tools'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyAddress, closePrefix, closePrefixes } from '../../test/arbitraries/address.ts'
import { processorMilliseconds } from '../../test/processor-time.ts'
import { containsAddress, formatPrefix, overlaps, type Prefix, parsePrefix } from './prefix.ts'
import { mergePrefixes, subtractPrefixes } from './prefix-set.ts'

const parse = (text: string): Prefix[] => text.split(' ').filter(Boolean).map(parsePrefix)
const format = (prefixes: readonly Prefix[]): string => prefixes.map(formatPrefix).join(' ')
const texts = (prefixes: readonly Prefix[]): string[] => prefixes.map(formatPrefix)
/** cidr-tools spells and orders by rules of its own: read its answer as ours. */
const oracle = (answer: readonly string[]): string[] => answer.map((text) => formatPrefix(parsePrefix(text))).sort()
const sorted = (prefixes: readonly Prefix[]): string[] => texts(prefixes).sort()

describe('mergePrefixes()', () => {
  test.each([
    ['', ''],
    ['10.0.0.0/9 10.128.0.0/9', '10.0.0.0/8'],
    ['10.0.1.0/24 10.0.2.0/24', '10.0.1.0/24 10.0.2.0/24'],
    ['10.0.0.0/8 10.1.0.0/16 10.0.0.0/8', '10.0.0.0/8'],
    ['10.0.0.0/24 10.0.1.0/25 10.0.1.128/25 10.0.2.0/23', '10.0.0.0/22'],
    ['::/1 8000::/1 0.0.0.0/1 128.0.0.0/1', '0.0.0.0/0 ::/0'],
    ['fd00::1/128 fd00::/128 255.255.255.255/32', '255.255.255.255/32 fd00::/127'],
  ])('of %j is %j', (list, merged) => {
    expect(format(mergePrefixes(parse(list)))).toBe(merged)
  })

  test('agrees with cidr-tools', () => {
    fc.assert(
      fc.property(closePrefixes, (list) => {
        expect(sorted(mergePrefixes(list))).toEqual(oracle(mergeCidr(texts(list))))
      }),
    )
  })

  test('does not depend on the order of the list, nor on merging it twice', () => {
    fc.assert(
      fc.property(closePrefixes, (list) => {
        const merged = mergePrefixes(list)
        expect(mergePrefixes(list.toReversed())).toEqual(merged)
        expect(mergePrefixes(merged)).toEqual(merged)
      }),
    )
  })

  test('holds the same addresses', () => {
    fc.assert(
      fc.property(closePrefixes, fc.oneof(closePrefix(4), closePrefix(6), anyAddress), (list, address) => {
        const isInside = (prefixes: readonly Prefix[]) => prefixes.some((prefix) => containsAddress(prefix, address))
        expect(isInside(mergePrefixes(list))).toBe(isInside(list))
      }),
    )
  })

  test('leaves its input alone', () => {
    const list = Object.freeze(parse('10.128.0.0/9 10.0.0.0/9'))
    expect(format(mergePrefixes(list))).toBe('10.0.0.0/8')
    expect(format(list)).toBe('10.128.0.0/9 10.0.0.0/9')
  })

  test('takes a few milliseconds for 10,000 prefixes in order', async () => {
    const list = Array.from({ length: 10_000 }, (_, n) => parsePrefix(`10.${n >> 7}.${(n & 127) * 2}.0/24`))
    for (let warmUp = 0; warmUp < 5; warmUp++) mergePrefixes(list)
    expect(mergePrefixes(list)).toHaveLength(10_000)
    expect(await processorMilliseconds(() => mergePrefixes(list))).toBeLessThan(40) // about 1
  })
})

describe('subtractPrefixes()', () => {
  test.each([
    [
      '172.16.0.0/12',
      '172.16.0.0/24',
      '172.16.1.0/24 172.16.2.0/23 172.16.4.0/22 172.16.8.0/21 172.16.16.0/20 172.16.32.0/19 172.16.64.0/18 ' +
        '172.16.128.0/17 172.17.0.0/16 172.18.0.0/15 172.20.0.0/14 172.24.0.0/13',
    ],
    ['10.0.0.0/8', '10.0.0.0/8', ''],
    ['10.0.0.0/8', '0.0.0.0/0', ''],
    ['10.0.0.0/8', '11.0.0.0/8', '10.0.0.0/8'],
    ['10.0.0.0/8', '', '10.0.0.0/8'],
    ['', '10.0.0.0/8', ''],
    ['10.0.0.0/24 10.0.2.0/24', '10.0.0.0/16', ''],
    ['10.0.0.0/30', '10.0.0.1/32 10.0.0.2/32', '10.0.0.0/32 10.0.0.3/32'],
    ['0.0.0.0/0 ::/0', '::/1', '0.0.0.0/0 8000::/1'],
    ['10.0.0.0/9 10.128.0.0/9 10.1.0.0/16', '10.64.0.0/10', '10.0.0.0/10 10.128.0.0/9'],
  ])('%s less %s is %s', (list, cut, rest) => {
    expect(format(subtractPrefixes(parse(list), parse(cut)))).toBe(rest)
  })

  test('agrees with cidr-tools', () => {
    fc.assert(
      fc.property(closePrefixes, closePrefixes, (list, cut) => {
        expect(sorted(subtractPrefixes(list, cut))).toEqual(oracle(excludeCidr(texts(list), texts(cut))))
      }),
    )
  })

  test('leaves nothing of the cut, and gives all back when merged with what was cut', () => {
    fc.assert(
      fc.property(closePrefixes, closePrefixes, (list, cut) => {
        const rest = subtractPrefixes(list, cut)
        expect(rest.some((one) => cut.some((other) => overlaps(one, other)))).toBe(false)
        expect(mergePrefixes([...rest, ...cut])).toEqual(mergePrefixes([...list, ...cut]))
      }),
    )
  })

  test('is minimal and in order', () => {
    fc.assert(
      fc.property(closePrefixes, closePrefixes, (list, cut) => {
        const rest = subtractPrefixes(list, cut)
        expect(mergePrefixes(rest)).toEqual(rest)
      }),
    )
  })

  test('takes a few milliseconds for 5,000 cuts', async () => {
    const cuts = Array.from({ length: 5_000 }, (_, n) => parsePrefix(`10.${n >> 7}.${(n & 127) * 2}.0/24`))
    const subtract = (): readonly Prefix[] => subtractPrefixes(parse('10.0.0.0/8'), cuts)
    for (let warmUp = 0; warmUp < 3; warmUp++) subtract()
    expect(subtract().length).toBeGreaterThan(4_900)
    expect(await processorMilliseconds(subtract)).toBeLessThan(80) // about 4
  })
})
