import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Address, containsAddress, equalPrefixes, type Prefix, parseAddress, parsePrefix } from '../model/index.ts'
import { createPrefixTable, exactPrefix, longestMatch, type PrefixTable, setAll, setPrefix } from './prefix-table.ts'

/** Few that hold each other, so that they meet. */
const PREFIXES = [
  ...['0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '10.1.2.0/25', '10.1.2.3/32', '10.9.0.0/16'],
  ...['::/0', 'fd00::/16', 'fd00:1::/32', 'fd00:1:2::/48', 'fd00:1:2::3/128'],
].map(parsePrefix)
const ADDRESSES = [
  '10.1.2.3',
  '10.1.2.200',
  '10.1.9.9',
  '10.9.1.1',
  '11.0.0.1',
  'fd00:1:2::3',
  'fd00:1::9',
  'fe80::1',
].map(parseAddress)

type Said = { readonly prefix: Prefix; readonly value: number }

const said = fc.record({ prefix: fc.constantFrom(...PREFIXES), value: fc.nat(1000) })
/** Each step says one thing, or takes over a table in which several are. */
const steps = fc.array(fc.oneof(said, fc.array(said, { minLength: 1, maxLength: 4 })), { maxLength: 12 })

const tableOf = (all: readonly Said[]): PrefixTable<number> => {
  const table = createPrefixTable<number>()
  for (const { prefix, value } of all) setPrefix(table, prefix, value)
  return table
}

function longestIn(
  all: readonly Said[],
  address: Address,
): { readonly value: number; readonly length: number } | undefined {
  let best: { value: number; length: number } | undefined
  for (const { prefix, value } of all)
    if (containsAddress(prefix, address) && prefix.length >= (best?.length ?? 0))
      best = { value, length: prefix.length }
  return best
}

describe('a table of prefixes', () => {
  test('finds the longest, and of one prefix what was said last, however it came in', () => {
    fc.assert(
      fc.property(steps, fc.array(fc.constantFrom(...ADDRESSES), { maxLength: 10 }), (all, between) => {
        const table = createPrefixTable<number>()
        const flat: Said[] = []
        for (const step of all) {
          if (Array.isArray(step)) setAll(table, tableOf(step))
          else setPrefix(table, step.prefix, step.value)
          flat.push(...(Array.isArray(step) ? step : [step]))
          for (const address of between) longestMatch(table, address) // what is remembered must not outlive what is said next
        }
        for (const address of ADDRESSES) expect(longestMatch(table, address)).toEqual(longestIn(flat, address))
        for (const prefix of PREFIXES)
          expect(exactPrefix(table, prefix)).toBe(flat.findLast((one) => equalPrefixes(one.prefix, prefix))?.value)
      }),
    )
  })

  test('leaves alone what it took over', () => {
    const shared = tableOf([{ prefix: parsePrefix('10.0.0.0/8'), value: 1 }])
    for (const value of [2, 3]) {
      const table = createPrefixTable<number>()
      setAll(table, shared)
      setPrefix(table, parsePrefix('10.0.0.0/8'), value)
      expect(longestMatch(table, parseAddress('10.1.2.3'))?.value).toBe(value)
    }
    expect(longestMatch(shared, parseAddress('10.1.2.3'))?.value).toBe(1)
  })

  test('answers the same after many questions as before', () => {
    const table = createPrefixTable<number>()
    for (let nth = 0; nth < 50; nth++) setAll(table, tableOf([{ prefix: parsePrefix(`10.${nth}.0.0/16`), value: nth }]))
    setAll(table, tableOf([{ prefix: parsePrefix('10.7.0.0/16'), value: 700 }]))
    const answers = (): readonly unknown[] =>
      Array.from({ length: 200 }, (_, nth) => longestMatch(table, parseAddress(`10.${nth % 60}.${nth}.1`))?.value)
    const expected = Array.from({ length: 200 }, (_, nth) =>
      nth % 60 === 7 ? 700 : nth % 60 < 50 ? nth % 60 : undefined,
    )
    expect(answers()).toEqual(expected)
    setPrefix(table, parsePrefix('10.8.0.0/16'), 800)
    expect(longestMatch(table, parseAddress('10.8.0.1'))?.value).toBe(800)
    expect(longestMatch(table, parseAddress('10.9.0.1'))?.value).toBe(9)
  })
})
