// Hashes of what is proved: the same for the same, however much of it is shared, and others where anything is altered.
import { describe, expect, test } from 'vitest'
import { inputOf, vxlanWorldOf } from '../../../test/unit/regular-world.ts'
import type { Entry } from '../../model/index.ts'
import type { NetworkInput } from '../../verifier/index.ts'
import { inputHashes } from './input-hashes.ts'

const input = inputOf(
  vxlanWorldOf([
    { machines: 3, isBehindNat: false },
    { machines: 2, isBehindNat: true },
  ]),
)
const hashes = inputHashes(input)

const withEntries = (alter: (entry: Entry, machine: number) => Entry): NetworkInput => ({
  ...input,
  states: [...input.states].map((state, machine) => ({
    ...state,
    parts: state.parts.map((part) => part.map((entry) => alter(entry, machine))),
  })),
})

describe('inputHashes()', () => {
  test('are the same where nothing is shared', () => {
    expect(inputHashes(structuredClone(input))).toEqual(hashes)
    expect(inputHashes(withEntries((entry) => structuredClone(entry)))).toEqual(hashes)
  })

  test('are others where any one element of a set of one machine is', () => {
    let altered = 0
    for (const [machine, state] of [...input.states].entries())
      for (const table of state.parts.flat())
        for (const [nth, { elements }] of (table.kind === 'filter-table' ? table.sets : []).entries())
          for (const place of elements.keys()) {
            const other = withEntries((entry, number) =>
              entry !== table || number !== machine || entry.kind !== 'filter-table'
                ? entry
                : {
                    ...entry,
                    sets: entry.sets.map((set, index) =>
                      index !== nth
                        ? set
                        : {
                            ...set,
                            elements: set.elements.map((element, index) =>
                              index === place ? { ...element, w0: element.w0 ^ 1 } : element,
                            ),
                          },
                    ),
                  },
            )
            const { states, ...rest } = inputHashes(other)
            expect(states).not.toBe(hashes.states)
            expect({ ...rest, states: hashes.states }).toEqual(hashes)
            altered += 1
          }
    expect(altered).toBeGreaterThan(100)
  })

  test('are others where an entry is missing, or stands in another place', () => {
    const [first, ...others] = input.states
    if (first === undefined) throw new Error('no machine')
    for (const [place, part] of first.parts.entries()) {
      const withPart = (changed: readonly Entry[]): string | undefined => {
        const parts = first.parts.map((one, index) => (index === place ? changed : one))
        return inputHashes({ ...input, states: [{ ...first, parts }, ...others] }).states
      }
      for (const nth of part.keys()) expect(withPart(part.toSpliced(nth, 1))).not.toBe(hashes.states)
      if (part.length > 1) expect(withPart(part.toReversed())).not.toBe(hashes.states)
    }
  })

  test('of the underlay and of pods are others where these are', () => {
    const { facts, underlay } = input
    const [[name, host] = []] = underlay.hosts
    if (name === undefined || host === undefined) throw new Error('no machine')
    const hosts = new Map(underlay.hosts).set(name, { ...host, segment: 'another' })
    expect(inputHashes({ ...input, underlay: { ...underlay, hosts } })).toEqual({
      ...hashes,
      underlay: expect.not.stringContaining(hashes.underlay ?? ''),
    })
    expect(inputHashes({ ...input, facts: { ...facts, hidden: [] } })).toEqual({
      ...hashes,
      pods: expect.not.stringContaining(hashes.pods ?? ''),
    })
  })
})
