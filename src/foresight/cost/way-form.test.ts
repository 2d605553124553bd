import { expect, test } from 'vitest'
import { ONE } from './fraction.ts'
import { machineGroupsOf } from './machine-groups.ts'
import type { WalkedWay } from './walked-way.ts'
import { formOf, wayOf } from './way-form.ts'

// Three private networks of a gateway (kind 0) and a machine behind it (kind 1) each, and a relay of a kind of its own (2).
const names = ['gate-0', 'gate-1', 'gate-2', 'back-0', 'back-1', 'back-2', 'relay']
const kinds = {
  names,
  networkOf: [7, 8, 9, 7, 8, 9, 10],
  kindOf: [0, 0, 0, 1, 1, 1, 2],
  kinds: [
    { machines: [0, 1, 2], groups: [[0], [1], [2]] },
    { machines: [3, 4, 5], groups: [[3], [4], [5]] },
    { machines: [6], groups: [[6]] },
  ],
  relationOf: () => 'far' as const,
  ends: [],
  outside: [],
}
const PLACES = new Map(names.map((name) => [name, name.replace(/.*-/, 'cloud-')]))
const groups = machineGroupsOf(kinds, PLACES)

const walkedBy = (...path: readonly string[]): WalkedWay => ({
  legs: path.slice(1).map((to, nth) => ({ from: path[nth] ?? '', to, isPublic: true, share: ONE, wireBytes: 1 })),
  losses: [],
})
const formBy = (...path: readonly string[]) =>
  formOf(
    walkedBy(...path),
    { from: names.indexOf(path[0] ?? ''), to: names.indexOf(path.at(-1) ?? '') },
    kinds,
    (name) => names.indexOf(name),
    () => ONE,
  )
const read = (form: ReturnType<typeof formBy>, from: string, to: string) =>
  wayOf(form, { from: names.indexOf(from), to: names.indexOf(to) }, kinds.networkOf, groups)?.legs.map(
    (leg) => `${leg.from} ${leg.to}`,
  )

test('gateways on the way of a pair are, for another pair, those of its own networks', () => {
  const form = formBy('back-0', 'gate-0', 'gate-1', 'back-1')
  expect(read(form, 'back-2', 'back-0')).toEqual(['cloud-2 cloud-2', 'cloud-2 cloud-0', 'cloud-0 cloud-0'])
})

test('a relay of a kind of its own is the same for all', () => {
  expect(read(formBy('back-0', 'relay', 'back-1'), 'back-1', 'back-2')).toEqual(['cloud-1 relay', 'relay cloud-2'])
})

test('a relay of which other networks have the like may be another one for another pair', () => {
  expect(read(formBy('back-0', 'gate-2', 'back-1'), 'back-1', 'back-2')).toBeUndefined()
})

test('machines of one kind and network that stand at two places say no place', () => {
  const mixed = { ...kinds, networkOf: [7, 7, 9, 7, 7, 9, 10] }
  mixed.kinds = [{ machines: [0, 1, 2], groups: [[0, 1], [2]] }, ...kinds.kinds.slice(1)]
  const { placeAmong } = machineGroupsOf(mixed, PLACES)
  expect([placeAmong(0, 7), placeAmong(0, 9)]).toEqual([undefined, 'cloud-2'])
})
