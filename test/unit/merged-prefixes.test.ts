// Sites merge the prefixes of others as far as their own allow: what their routes say of each is the same.
import { expect, test } from 'vitest'
import { scaledWorld } from '../../bench/scaled-world.ts'
import { proveNetwork } from '../../src/verifier/index.ts'
import { inputOf } from './regular-world.ts'

test('sites are of one kind, whether their nodes have the prefixes of two others in one route or in two', () => {
  // Of x and y, site b has the routes 10.0.0.0/24 and 10.0.2.0/23, d has 10.0.0.0/22.
  const sites = [...'xbycbbccdddeeey'].map((letter) => `site-${letter}`)
  const scaled = scaledWorld({ nodes: sites.length, sites: 1, families: 'v4' })
  const placed = [...scaled.nodes].map(([name, node], index) => [name, { ...node, site: sites[index] ?? '' }] as const)
  const { kinds } = proveNetwork(inputOf({ ...scaled, nodes: new Map(placed) }))
  expect(kinds.map(({ groups }) => groups.length).sort()).toEqual([1, 1, 1, 4, 4])
})
