import { describe, expect, test } from 'vitest'
import {
  type FilterChain,
  type FilterCondition,
  type FilterVerdict,
  filterTable,
  parseAddress,
  parsePrefix,
} from '../model/index.ts'
import { bareNode, packetTo } from './bare-node.fixture.ts'
import { type Passage, runHook } from './filter-hooks.ts'
import type { Packet } from './packet.ts'

const chain = (
  name: string,
  priority: number,
  rules: readonly (readonly [FilterVerdict, ...FilterCondition[]])[],
  more: Partial<FilterChain> = {},
): FilterChain => ({
  name,
  type: 'filter',
  hook: 'postrouting',
  priority,
  rules: rules.map(([verdict, ...when], nth) => ({ verdict, when, comment: `${nth}` })),
  ...more,
})
const sets = [{ name: 'tens', family: 4 as const, elements: [parsePrefix('10.0.0.0/8')] }]
const table = (name: string, ...chains: FilterChain[]) => filterTable({ name, sets, chains, because: [] })
const DROP = { kind: 'drop' } as const
const passage: Passage = { isNewFlow: true, inLink: 'damask-t1', outLink: 'eth0' }
const run = (tables: readonly ReturnType<typeof table>[], packet: Packet, through: Partial<Passage> = {}) =>
  runHook(bareNode(tables), 'postrouting', packet, { ...passage, ...through })
const isDropped = (condition: FilterCondition, packet: Packet, through: Partial<Passage> = {}) =>
  run([table('t', chain('c', 0, [[DROP, condition]]))], packet, through).isDropped

describe('conditions', () => {
  const packet = packetTo('10.1.1.1')
  const outer = packetTo('9.9.9.9', { mark: 0x30 })
  const cases: readonly (readonly [FilterCondition, Packet, Packet])[] = [
    [{ kind: 'address', family: 4, field: 'destination', in: 'tens' }, packet, outer],
    [{ kind: 'address', family: 4, field: 'destination', in: parsePrefix('10.1.0.0/16') }, packet, outer],
    [{ kind: 'address', family: 4, field: 'destination', not: true, in: 'tens' }, outer, packet],
    [{ kind: 'address', family: 4, field: 'source', in: 'tens' }, packet, packetTo('fd42::1')],
    [{ kind: 'address', family: 6, field: 'source', not: true, in: 'tens' }, packetTo('fd42::1'), packet],
    [{ kind: 'address', family: 4, field: 'destination', not: true, in: 'none' }, packet, packetTo('fd42::1')],
    [{ kind: 'next-hop', family: 4, in: 'tens' }, packet, outer],
    [{ kind: 'next-hop', family: 4, not: true, in: 'tens' }, outer, packetTo('fd42::1')],
    [{ kind: 'mark', mask: 0x10 }, outer, packet],
    [{ kind: 'mark', mask: 0x10, not: true }, packet, outer],
    [{ kind: 'not-local-destination' }, packet, packetTo('172.31.0.13')],
    [{ kind: 'tcp-syn' }, packetTo('10.1.1.1', { protocol: 'tcp' }), packet],
  ]
  test.each(cases)('%j', (condition, fits, doesNot) => {
    expect(isDropped(condition, fits)).toBe(true)
    expect(isDropped(condition, doesNot)).toBe(false)
  })

  test('links by name, or by what they begin with', () => {
    const link = (name: string, direction: 'in' | 'out', more: { not?: true } = {}) =>
      isDropped({ kind: 'link', direction, name, ...more }, packet)
    expect([link('eth0', 'out'), link('eth0', 'in'), link('eth', 'out')]).toEqual([true, false, false])
    expect([link('damask*', 'in'), link('damask*', 'out'), link('eth0', 'out', { not: true })]).toEqual([
      true,
      false,
      false,
    ])
    expect(isDropped({ kind: 'link', direction: 'in', name: '*' }, packet)).toBe(true)
    const { inLink: _, ...unsaid } = passage
    const made = runHook(
      bareNode([table('t', chain('c', 0, [[DROP, { kind: 'link', direction: 'in', not: true, name: 'damask-t1' }]]))]),
      'postrouting',
      packet,
      unsaid,
    )
    expect(made.isDropped).toBe(true)
  })

  test('a next hop of the other family is none: the destination stands for it', () => {
    const condition = { kind: 'next-hop', family: 4, in: 'tens' } as const
    expect(isDropped(condition, outer, { nextHop: parseAddress('10.1.1.1') })).toBe(true)
    expect(isDropped(condition, outer, { nextHop: parseAddress('fe80::1') })).toBe(false)
    expect(isDropped(condition, packet, { nextHop: parseAddress('192.0.2.1') })).toBe(false)
  })

  test('no destination is translated here', () => {
    expect(isDropped({ kind: 'translated-destination' }, packet)).toBe(false)
    expect(isDropped({ kind: 'translated-destination', not: true }, packet)).toBe(true)
  })

  test('all of a rule must hold', () => {
    const one = table('t', chain('c', 0, [[DROP, { kind: 'tcp-syn' }, { kind: 'not-local-destination' }]]))
    expect(run([one], packet).isDropped).toBe(false)
  })
})

describe('chains', () => {
  const packet = packetTo('10.1.1.1')
  const snat = { kind: 'snat', to: parseAddress('192.0.2.7') } as const
  const nat = { type: 'nat' } as const
  const fromTranslated = { kind: 'address', family: 4, field: 'source', in: parsePrefix('192.0.2.7/32') } as const

  test('of one table and of several run by priority, and only those of the hook', () => {
    const [late, early] = [chain('late', 10, [[{ kind: 'notrack' }]]), chain('early', -10, [[DROP]])]
    const note = (...tables: ReturnType<typeof table>[]) => run(tables, packet).steps.map((step) => step.note)
    expect(note(table('t', late, early))).toEqual(['early: 0'])
    expect(note(table('t', late), table('u', early))).toEqual(['early: 0'])
    expect(note(table('t', { ...early, hook: 'forward' }, late))).toEqual(['late: 0'])
  })

  test('of NAT are asked by new flows, and their first verdict ends them', () => {
    const natting = table('t', chain('nat', 0, [[snat], [DROP]], nat))
    expect(run([natting], packet)).toMatchObject({ isDropped: false, translation: snat })
    expect(run([natting], packet, { isNewFlow: false })).toEqual({ steps: [], isDropped: false, isUntracked: false })
  })

  test('that come later see the source that was put in', () => {
    const after = chain('after', 10, [[DROP, fromTranslated]])
    expect(run([table('t', chain('nat', 0, [[snat]], nat), after)], packet).isDropped).toBe(true)
    const masquerade = chain('nat', 0, [[{ kind: 'masquerade' }]], nat)
    const own = { ...fromTranslated, in: parsePrefix('172.31.0.13/32') }
    expect(run([table('t', masquerade, chain('after', 10, [[DROP, own]]))], packet).isDropped).toBe(true)
  })

  test('that masquerade put in the address of the link that it leaves by', () => {
    const device = { kind: 'link', name: 'd1', type: { kind: 'dummy' }, mtuBytes: 1440, because: [] } as const
    const address = { kind: 'address', link: 'd1', address: parseAddress('10.42.3.5'), because: [] } as const
    const own = { ...fromTranslated, in: parsePrefix('10.42.3.5/32') }
    const natting = table('t', chain('nat', 0, [[{ kind: 'masquerade' }]], nat), chain('after', 10, [[DROP, own]]))
    const node = bareNode([device, address, natting])
    expect(runHook(node, 'postrouting', packet, { isNewFlow: true, outLink: 'd1' }).isDropped).toBe(true)
  })

  test('notrack and clamp-mss go on with the next rule', () => {
    const found = run([table('t', chain('c', 0, [[{ kind: 'notrack' }], [{ kind: 'clamp-mss' }], [DROP]]))], packet)
    expect(found).toMatchObject({ isUntracked: true, isDropped: true })
    expect(found.steps.map(({ note }) => note)).toEqual(['c: 0', 'c: 2'])
  })
})
