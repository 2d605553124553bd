import { expect, test } from 'vitest'
import type { LegacyChain, LegacyRule } from '../../linux/index.ts'
import { parsePrefix } from '../../model/index.ts'
import { findForwardDrops } from './forward-chains.ts'
import { legacyListing } from './legacy-listing.ts'

const PODS = [parsePrefix('10.42.0.0/16'), parsePrefix('fd42:42::/56')]
const ALL = { hasOtherConditions: false } as const
const TO_DOCKER: LegacyRule = { ...ALL, target: { kind: 'jump', chain: 'DOCKER-USER' } }
const DOCKER: LegacyChain = { name: 'DOCKER-USER', rules: [{ ...ALL, target: { kind: 'return' } }] }

const drops = (...chains: readonly LegacyChain[]) => findForwardDrops(legacyListing('ip', chains), PODS)
const forward = (policy: 'accept' | 'drop', ...rules: readonly LegacyRule[]): LegacyChain => ({
  name: 'FORWARD',
  policy,
  rules,
})

test("the policy of Docker's older hosts drops, and what a rule names is let through", () => {
  expect(drops(forward('drop', TO_DOCKER), DOCKER)).toEqual([
    { chain: 'ip filter FORWARD', owner: 'Docker', refused: ['10.42.0.0/16'] },
  ])
  const pods: LegacyRule = { ...ALL, source: parsePrefix('10.42.0.0/16'), target: { kind: 'accept' } }
  expect(drops(forward('drop', TO_DOCKER), { ...DOCKER, rules: [pods] })).toEqual([])
  expect(drops(forward('drop', pods))).toEqual([])
})

test('a last rule that refuses the rest is a policy, and one with a condition is none', () => {
  const reject: LegacyRule = { ...ALL, target: { kind: 'extension', name: 'REJECT' } }
  expect(drops(forward('accept', reject))).toHaveLength(1)
  expect(drops(forward('accept', { ...reject, hasOtherConditions: true }))).toEqual([])
  expect(drops(forward('accept', { ...ALL, target: { kind: 'extension', name: 'TEE' } }))).toEqual([])
})

test('accepting all is one too, but not where more is asked for', () => {
  const accept: LegacyRule = { ...ALL, target: { kind: 'accept' } }
  expect(drops(forward('drop', accept))).toEqual([])
  expect(drops(forward('drop', { ...accept, hasOtherConditions: true }))).toHaveLength(1)
  expect(drops(forward('accept'), { name: 'INPUT', policy: 'drop', rules: [] })).toEqual([])
})
