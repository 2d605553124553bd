import { expect, test } from 'vitest'
import { type FilterTable, filterTable, parseAddress, parsePrefix } from '../../model/index.ts'
import { replaceTable, tryChangeElements } from './table-commands.ts'
import { decodeTable } from './table-listing.ts'

const TABLE = filterTable({
  name: 'damask',
  sets: [
    { name: 'known4', family: 4, elements: ['10.0.0.0/16', '10.1.0.11/32', '10.1.0.12/31'].map(parsePrefix) },
    { name: 'known6', family: 6, elements: [] },
  ],
  chains: [
    {
      name: 'forward',
      type: 'filter',
      hook: 'forward',
      priority: 0,
      rules: [
        {
          when: [{ kind: 'address', family: 4, field: 'source', not: true, in: 'known4' }, { kind: 'tcp-syn' }],
          verdict: { kind: 'clamp-mss' },
          comment: 'mss',
        },
        {
          when: [{ kind: 'mark', mask: 0x4000 }],
          verdict: { kind: 'snat', to: parseAddress('10.42.1.1') },
          comment: 'into',
        },
      ],
    },
  ],
  because: [],
})

/** What libnftables lists after the commands, which have the same objects in them. */
const listingOf = (table: FilterTable): unknown[] => {
  const objects = replaceTable(table)
    .slice(2)
    .map((command) => ('add' in command ? command.add : undefined))
  const elements = objects.flatMap((object) => (isElement(object) ? [object.element] : []))
  return objects
    .filter((object) => !isElement(object))
    .map((object) =>
      isSet(object)
        ? { set: { ...object.set, elem: elements.find(({ name }) => name === object.set.name)?.elem } }
        : object,
    )
}
const isElement = (object: unknown): object is { element: { name: string; elem: unknown } } =>
  typeof object === 'object' && object !== null && 'element' in object
const isSet = (object: unknown): object is { set: { name: string } } =>
  typeof object === 'object' && object !== null && 'set' in object

const decode = (objects: readonly unknown[]): FilterTable => decodeTable('damask', objects)

/** The listing with one text in it put in the place of another. */
const altered = (from: string, to: string): unknown[] => {
  const listing = JSON.stringify(listingOf(TABLE))
  expect(listing).toContain(from)
  return JSON.parse(listing.replace(from, to)) as unknown[]
}

test('what the commands make is what the listing is read as', () => {
  expect(decode([{ metainfo: { version: '1.0.6' } }, ...listingOf(TABLE)])).toEqual(TABLE)
})

test('later versions write flags as {"|": […]}, and one flag without a list', () => {
  expect(decode(altered('["syn","rst"]', '{"|":["rst","syn"]}'))).toEqual(TABLE)
  expect(decode(altered('"flags":["interval"]', '"flags":"interval"'))).toEqual(TABLE)
})

test('a range among the elements is read as the fewest prefixes', () => {
  const ranged = altered('{"prefix":{"addr":"10.0.0.0","len":16}}', '{"range":["10.0.0.1","10.0.0.6"]}')
  expect(decode(ranged).sets[0]?.elements).toEqual(
    ['10.0.0.1/32', '10.0.0.2/31', '10.0.0.4/31', '10.0.0.6/32', '10.1.0.11/32', '10.1.0.12/31'].map(parsePrefix),
  )
  const all = altered('{"prefix":{"addr":"10.0.0.0","len":16}}', '{"range":["0.0.0.0","255.255.255.255"]}')
  expect(decode(all).sets[0]?.elements[0]).toEqual(parsePrefix('0.0.0.0/0'))
})

test.each([
  ['another operator', '"op":"!="', '"op":"<"'],
  ['another field', '"field":"saddr"', '"field":"ttl"'],
  ['another set', '"@known4"', '"@known5"'],
  ['another mask', '16384]', '16385]'],
  ['another value of the mark', '"right":16384', '"right":0'],
  ['other flags', '["syn","rst"]', '["syn"]'],
  ['no counter', '{"counter":{"packets":0,"bytes":0}}', '{"limit":{"rate":1}}'],
  ['a verdict with options', '{"snat":{"family":"ip"', '{"snat":{"flags":"random","family":"ip"'],
  ['an address that is none', '"addr":"10.42.1.1"', '"addr":{"range":["10.0.0.1","10.0.0.2"]}'],
  ['no comment', ',"comment":"mss"', ''],
  ['another comment', '"comment":"mss"', '"comment":"ssm"'],
  ['another policy', '"policy":"accept"', '"policy":"drop"'],
  ['another hook', '"hook":"forward"', '"hook":"input"'],
  ['another priority', '"prio":0', '"prio":1'],
  ['a device of the chain', '"prio":0', '"prio":0,"dev":"lan"'],
  ['a set of another type', '"type":"ipv4_addr"', '"type":"inet_service"'],
  ['a set with a timeout', '"flags":["interval"]', '"flags":["interval","timeout"],"timeout":5'],
  ['an element with a comment', '"10.1.0.11"', '{"elem":{"val":"10.1.0.11","comment":"x"}}'],
  ['an element of the other family', '"10.1.0.11"', '"fd00::1"'],
  ['a length past the address', '"len":16', '"len":160'],
  ['a range that is turned round', '"10.1.0.11"', '{"range":["10.0.0.9","10.0.0.1"]}'],
  ['no object', '{"table"', 'null,{"table"'],
  ['an unknown object', '{"table"', '{"flowtable":{"name":"f"}},{"table"'],
  ['an empty object', '{"table"', '{},{"table"'],
  ['flags of the table', '"name":"damask"}', '"name":"damask","flags":["dormant"]}'],
  ['an expression that is no list', '"expr":[', '"expr":0,"was":['],
  ['elements that are no list', '"elem":[', '"elem":7,"was":['],
])('a listing with %s is read, and differs', (_, from, to) => {
  expect(decode(altered(from, to))).not.toEqual(TABLE)
})

test('a foreign rule says what it is, without its counts', () => {
  const rule = { chain: 'forward', expr: [{ counter: { packets: 7, bytes: 9 } }, { accept: null }] }
  const rules = decode([...listingOf(TABLE), { rule }]).chains[0]?.rules ?? []
  expect(rules.at(-1)?.comment).toBe('not by Damask: [{"counter":{}},{"accept":null}]')
})

const withElements = (...texts: string[]): FilterTable => ({
  ...TABLE,
  sets: TABLE.sets.map((set) => (set.name === 'known4' ? { ...set, elements: texts.map(parsePrefix) } : set)),
})

test('a small change of elements is those elements, removals first', () => {
  const many = Array.from({ length: 10 }, (_, n) => `10.${n}.0.0/16`)
  const elements = (verb: string, ...elem: unknown[]) => ({
    [verb]: { element: { family: 'inet', table: 'damask', name: 'known4', elem } },
  })
  expect(tryChangeElements(withElements(...many), withElements(...many.slice(1), '10.42.0.0/32'))).toEqual([
    elements('delete', { prefix: { addr: '10.0.0.0', len: 16 } }),
    elements('add', '10.42.0.0'),
  ])
  expect(tryChangeElements(withElements(...many), withElements(...many))).toEqual([])
})

test('a change of more than half of a set empties and fills it; one of anything else is no change of elements', () => {
  const [first] = tryChangeElements(withElements('10.0.0.0/16'), withElements('10.1.0.0/16')) ?? []
  expect(first).toEqual({ flush: { set: { family: 'inet', table: 'damask', name: 'known4' } } })
  expect(tryChangeElements(TABLE, { ...TABLE, chains: [] })).toBeUndefined()
  expect(tryChangeElements({ ...TABLE, sets: [] }, TABLE)).toBeUndefined()
})
