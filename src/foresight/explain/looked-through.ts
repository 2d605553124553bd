// What to say of a word that nothing in the plan has.
import { formatPrefix, nearestName } from '../../model/index.ts'
import type { Plan } from '../../planner/index.ts'
import { countOf } from '../../render/index.ts'
import { INTERFACE_NAMES } from './interface-meaning.ts'

export type LookedThrough = {
  /** `7 nodes`, `4 sites`, … */
  readonly lookedThrough: readonly string[]
  readonly nearest?: string
}

export function lookedThrough({ nodes, sites, network }: Plan, word: string): LookedThrough {
  const prefixes = [...nodes.values()].flatMap(({ node }) =>
    [...node.podPrefixes, ...node.offeredPrefixes].map(formatPrefix),
  )
  const keys = [...nodes.values()].map(({ publicKey }) => publicKey)
  const bare = word.replace(/^[a-z]+[ /]/i, '')
  const candidates = [...nodes.keys(), ...sites.keys(), network.name, ...INTERFACE_NAMES, ...prefixes, ...keys]
  const nearest = nearestName(bare, candidates)
  return {
    lookedThrough: [
      countOf(nodes.size, 'node'),
      countOf(sites.size, 'site'),
      `${countOf(prefixes.length, 'prefix').replace(/prefixs$/, 'prefixes')}`,
      countOf(keys.length, 'key'),
      'the interfaces, tables, rules, marks, ports and next hops of their plans',
    ],
    ...(nearest !== undefined && { nearest }),
  }
}
