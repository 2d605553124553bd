// Whatever a plan may want of the filter, in whatever order: what is read back is what was wanted.
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type FilterCondition,
  type FilterTable,
  type FilterVerdict,
  mergePrefixes,
  nthAddress,
  parseAddress,
  parsePrefix,
  prefixOf,
} from '../../model/index.ts'
import { createNamespace, deleteNamespace, type NamespaceHandle, openNamespace } from '../namespace.ts'
import { type FilterStore, openFilterStore } from './filter-store.ts'
import { REFERENCE, rule, withSet } from './reference-table.ts'

let name: string
let namespace: NamespaceHandle
let store: FilterStore

beforeEach(() => {
  name = `dmk-nft-${process.pid}-${randomBytes(3).toString('hex')}`
  createNamespace(name)
  namespace = openNamespace(name)
  store = openFilterStore(namespace)
})
afterEach(() => {
  store.close()
  namespace.close()
  deleteNamespace(name)
})

test('any element change of a set, neighbours and halves included, reads back as it was wanted', async () => {
  const prefix = fc
    .tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 26, max: 32 }))
    .map(([n, length]) => prefixOf(nthAddress(parsePrefix('10.0.0.0/26'), n), length))
  const elements = fc.array(prefix, { maxLength: 30 }).map(mergePrefixes)
  let observed = withSet(REFERENCE, 'known4', [])
  await store.apply({ op: 'create', entry: observed })
  await fc.assert(
    fc.asyncProperty(elements, async (wantedElements) => {
      const wanted = withSet(REFERENCE, 'known4', wantedElements)
      await store.apply({ op: 'update', entry: wanted, observed })
      observed = wanted
      expect(await store.read()).toEqual(wanted)
    }),
    { numRuns: 300, endOnFailure: true },
  )
})

test('rules with any conditions in any order read back as they were wanted', async () => {
  const not = fc.constantFrom({}, { not: true } as const)
  const conditions = fc.constantFrom(4 as const, 6 as const).chain((family) =>
    fc.tuple(
      fc.uniqueArray(
        fc.oneof(
          fc.record({ field: fc.constantFrom('source' as const, 'destination' as const), not }).map(
            ({ field, not }): FilterCondition => ({
              kind: 'address',
              family,
              field,
              ...not,
              in: family === 4 ? 'known4' : 'known6',
            }),
          ),
          fc
            .constantFrom(
              ...(family === 4
                ? ['10.1.0.0/16', '10.1.2.3/32', '10.1.2.4/31']
                : ['fd00::/8', 'fd00::1/128', 'fd00::/61']),
            )
            .map((text): FilterCondition => ({ kind: 'address', family, field: 'destination', in: parsePrefix(text) })),
          fc
            .record({
              direction: fc.constantFrom('in' as const, 'out' as const),
              not,
              name: fc.constantFrom('lan', 'damask*', 'damask-f*', 'enp0s31f6.4094a'),
            })
            .map(({ direction, not, name }): FilterCondition => ({ kind: 'link', direction, ...not, name })),
          not.map((not): FilterCondition => ({ kind: 'next-hop', family, ...not, in: family === 4 ? 'hop4' : 'hop6' })),
          fc
            .constantFrom(0x1000, 0x8000_0000, 0xc000, 0xffff_ffff, 1)
            .map((mask): FilterCondition => ({ kind: 'mark', mask })),
          not.map((not): FilterCondition => ({ kind: 'translated-destination', ...not })),
          fc.constantFrom<FilterCondition>({ kind: 'not-local-destination' }, { kind: 'tcp-syn' }),
        ),
        { maxLength: 5, selector: (condition) => `${condition.kind} ${'field' in condition ? condition.field : ''}` },
      ),
      fc.constantFrom<FilterVerdict>(
        { kind: 'drop' },
        { kind: 'snat', to: parseAddress(family === 4 ? '1.2.3.4' : 'fd00::1') },
        { kind: 'masquerade' },
      ),
    ),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(conditions, { minLength: 1, maxLength: 20 }), async (rules) => {
      const wanted: FilterTable = {
        ...REFERENCE,
        chains: [
          {
            name: 'any',
            type: 'nat',
            hook: 'postrouting',
            priority: 99,
            rules: rules.map(([when, verdict]) => rule(verdict, 'any', ...when)),
          },
        ],
      }
      await store.apply({ op: 'create', entry: wanted })
      expect(await store.read()).toEqual(wanted)
    }),
    { numRuns: 40, endOnFailure: true },
  )
})
