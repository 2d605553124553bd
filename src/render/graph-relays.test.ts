import { expect, test } from 'vitest'
import { fourClouds, sitesOf } from './example-topology.fixture.ts'
import { relaySentences } from './graph-relays.ts'

test('sites that all meet through one are one sentence', () => {
  expect(relaySentences(sitesOf({ sizes: [1, 1, 1], behindNat: [2, 3] }))).toEqual(['s2 and s3 meet through s1'])
  expect(
    relaySentences(sitesOf({ sizes: Array(41).fill(1), behindNat: Array.from({ length: 40 }, (_, i) => i + 2) })),
  ).toEqual(['s2, s3, s4, s5 and 36 others meet through s1'])
})

test('sites of which only some pairs meet through one are told by pairs', () => {
  const relays = [
    { sites: ['a', 'b'] as const, through: 'x' },
    { sites: ['a', 'c'] as const, through: 'x' },
    { sites: ['b', 'c'] as const, through: 'y' },
  ]
  expect(relaySentences({ ...fourClouds, relays })).toEqual([
    'a with b and a with c meet through x',
    'b and c meet through y',
  ])
})
