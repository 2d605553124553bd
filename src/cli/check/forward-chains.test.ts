import { expect, test } from 'vitest'
import { parsePrefix } from '../../model/index.ts'
import { findForwardDrops } from './forward-chains.ts'

const PODS = [parsePrefix('10.42.0.0/16'), parsePrefix('fd42:42::/56')]

const chain = (family: string, table: string, name: string, more: object = {}) => ({
  chain: { family, table, name, handle: 1, ...more },
})
const forward = (policy: string) => ({ type: 'filter', hook: 'forward', prio: 0, policy })
const rule = (family: string, table: string, name: string, ...expr: readonly object[]) => ({
  rule: { family, table, chain: name, handle: 2, expr },
})
const from = (field: 'saddr' | 'daddr', addr: string, len: number) => ({
  match: { op: '==', left: { payload: { protocol: 'ip', field } }, right: { prefix: { addr, len } } },
})

test("Docker's policy drops IPv4 and says nothing of IPv6", () => {
  const listing = [
    { metainfo: { json_schema_version: 1 } },
    chain('ip', 'filter', 'FORWARD', forward('drop')),
    chain('ip', 'filter', 'DOCKER-USER'),
    rule('ip', 'filter', 'FORWARD', { counter: {} }, { jump: { target: 'DOCKER-USER' } }),
  ]
  expect(findForwardDrops(listing, PODS)).toEqual([
    { chain: 'ip filter FORWARD', owner: 'Docker', refused: ['10.42.0.0/16'] },
  ])
})

test('pods that some rule of the table lets through are not dropped', () => {
  const listing = [
    chain('ip', 'filter', 'FORWARD', forward('drop')),
    chain('ip', 'filter', 'DOCKER-USER'),
    rule('ip', 'filter', 'DOCKER-USER', from('saddr', '10.42.0.0', 16), { accept: null }),
  ]
  expect(findForwardDrops(listing, PODS)).toEqual([])
})

test('nor are those of a larger range, alone or among others, or where the chain accepts everything', () => {
  const dropping = chain('ip', 'filter', 'FORWARD', forward('drop'))
  const larger = rule('ip', 'filter', 'FORWARD', from('daddr', '10.0.0.0', 8), { accept: null })
  const among = { left: {}, right: { set: [{ prefix: { addr: '10.42.0.0', len: 15 } }, '192.0.2.1'] } }
  const inSet = rule('ip', 'filter', 'FORWARD', { match: { op: '==', ...among } }, { accept: null })
  const all = rule('ip', 'filter', 'FORWARD', { counter: {} }, { accept: null })
  for (const each of [larger, inSet, all]) expect(findForwardDrops([dropping, each], PODS)).toEqual([])
  const smaller = rule('ip', 'filter', 'FORWARD', from('daddr', '10.42.1.0', 24), { accept: null })
  const some = rule('ip', 'filter', 'FORWARD', { xt: { type: 'match', name: 'conntrack' } }, { accept: null })
  for (const each of [smaller, some]) expect(findForwardDrops([dropping, each], PODS)).toHaveLength(1)
})

test('a rule that drops them is none that lets them through', () => {
  const listing = [
    chain('ip', 'filter', 'FORWARD', forward('drop')),
    rule('ip', 'filter', 'FORWARD', from('saddr', '10.42.0.0', 16), { drop: null }),
  ]
  expect(findForwardDrops(listing, PODS)).toHaveLength(1)
})

test('firewalld accepts by policy and refuses by its last rule', () => {
  const listing = [
    chain('inet', 'firewalld', 'filter_FORWARD', forward('accept')),
    rule('inet', 'firewalld', 'filter_FORWARD', { jump: { target: 'filter_FORWARD_ZONES' } }),
    rule('inet', 'firewalld', 'filter_FORWARD', { reject: { type: 'icmpx', expr: 'admin-prohibited' } }),
  ]
  expect(findForwardDrops(listing, PODS)).toEqual([
    { chain: 'inet firewalld filter_FORWARD', owner: 'firewalld', refused: ['10.42.0.0/16', 'fd42:42::/56'] },
  ])
})

test('ufw is known by its chains, in both families', () => {
  const listing = ['ip', 'ip6'].flatMap((family) => [
    chain(family, 'filter', 'FORWARD', forward('drop')),
    chain(family, 'filter', 'ufw-before-forward'),
  ])
  expect(findForwardDrops(listing, PODS).map(({ owner, refused }) => [owner, refused])).toEqual([
    ['ufw', ['10.42.0.0/16']],
    ['ufw', ['fd42:42::/56']],
  ])
})

test('chains of other hooks, chains that accept, and our own table are let be', () => {
  const listing = [
    chain('inet', 'other', 'input', { type: 'filter', hook: 'input', prio: 0, policy: 'drop' }),
    chain('inet', 'other', 'forward', forward('accept')),
    rule('inet', 'other', 'forward', from('saddr', '192.0.2.0', 24), { drop: null }),
    chain('inet', 'damask', 'leak', forward('drop')),
  ]
  expect(findForwardDrops(listing, PODS)).toEqual([])
})
