import { describe, expect, test } from 'vitest'
import { type FilterChain, type FilterRule, filterTable, parseAddress, parsePrefix } from '../../model/index.ts'
import { factsOfFilter } from './filter-facts.ts'
import { createThings } from './things.ts'

const GATEWAY = parseAddress('10.42.3.1')
const ELSEWHERE = parsePrefix('192.168.7.0/24')
const snat: FilterRule = {
  when: [{ kind: 'address', family: 4, field: 'source', not: true, in: 'known4' }],
  verdict: { kind: 'snat', to: GATEWAY },
  comment: 'into the network',
}
const drop: FilterRule = {
  when: [{ kind: 'address', family: 4, field: 'destination', in: ELSEWHERE }],
  verdict: { kind: 'drop' },
  comment: 'leak',
}
const chain: FilterChain = { name: 'nat', type: 'nat', hook: 'postrouting', priority: 99, rules: [snat, drop] }
const factsOf = (...chains: readonly FilterChain[]) => {
  const things = createThings(() => false)
  const table = filterTable({ name: 'damask', sets: [{ name: 'own4', family: 4, elements: [] }], chains, because: [] })
  return { facts: factsOfFilter(things, table), things }
}

describe('a table of the filter', () => {
  test('names the addresses and prefixes of its rules, and says which sets are empty', () => {
    const { facts, things } = factsOf(chain)
    expect(facts).toHaveLength(3)
    expect(facts[0]?.things).toEqual([things.ofAddress(GATEWAY)])
    expect(facts[2]?.prefix).toBe(things.ofPrefix(ELSEWHERE))
  })

  test('says the same with other addresses and prefixes, which are named besides', () => {
    const other: FilterChain = {
      ...chain,
      rules: [
        { ...snat, verdict: { kind: 'snat', to: parseAddress('10.42.9.1') } },
        { ...drop, when: [{ kind: 'address', family: 4, field: 'destination', in: parsePrefix('192.168.8.0/24') }] },
      ],
    }
    const formsOf = (one: FilterChain) => factsOf(one).facts.map(({ form }) => form)
    expect(formsOf(other)).toEqual(formsOf(chain))
    expect(factsOf(chain, other).facts[0]?.things).toHaveLength(2)
  })

  test.each<[string, FilterChain]>([
    ['hook', { ...chain, hook: 'prerouting' }],
    ['priority', { ...chain, priority: 100 }],
    ['order of rules', { ...chain, rules: [drop, snat] }],
    ['condition', { ...chain, rules: [{ ...snat, when: [] }, drop] }],
    ['verdict', { ...chain, rules: [snat, { ...drop, verdict: { kind: 'notrack' } }] }],
    ['number of rules', { ...chain, rules: [snat] }],
  ])('says something else with another %s', (_, other) => {
    expect(factsOf(other).facts[0]?.form).not.toBe(factsOf(chain).facts[0]?.form)
  })
})
