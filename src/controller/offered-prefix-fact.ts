// Networks behind a node that it offers to the others.
import { formatPrefix, type Prefix } from '../model/index.ts'
import type { CoreNode } from './core-node.ts'
import { annotation, type Fact, firstSaid, type Said } from './fact.ts'
import { tryLenientPrefix } from './lenient-prefix.ts'

export function offeredPrefixFact({ annotations }: CoreNode): Fact<readonly Prefix[]> {
  const read = (name: string) =>
    annotation<readonly Prefix[]>(annotations, name, (text) => readPrefixes(text, `annotation ${name}`))
  return firstSaid([read('damask.dev/offered-prefixes'), read('kilo.squat.ai/allowed-location-ips')], 'none is offered')
}

/** What is wrong in a list is left out of it; a list of which nothing is left says nothing. */
function readPrefixes(text: string, name: string): Said<readonly Prefix[]> {
  const problems: string[] = []
  const prefixes = new Map<string, Prefix>()
  for (const item of text.split(',').map((part) => part.trim())) {
    if (item === '') continue
    const prefix = tryLenientPrefix(item)
    if (prefix !== undefined) prefixes.set(formatPrefix(prefix), prefix)
    else problems.push(`${name} has "${item}" in its list; expected ${EXPECTED}; the others count`)
  }
  if (prefixes.size === 0) return { kind: 'wrong', found: text, expected: `a list of prefixes, each ${EXPECTED}` }
  return { kind: 'right', value: [...prefixes.values()], problems }
}

const EXPECTED = 'a prefix such as 192.168.7.0/24'
