// Every pair of pods of every example arrives, both ways, and nothing crosses a public network bare.
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { allPairs, describeTrace, examplePlan } from './example-plan.fixture.ts'

const FOLDER = fileURLToPath(new URL('../../examples', import.meta.url))
const EXAMPLES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))

describe.each(EXAMPLES)('%s', (name) => {
  test('every pair of its ends arrives, by every branch, encrypted wherever the way is public', async () => {
    const traces = allPairs(await examplePlan(`${FOLDER}/${name}`))
    expect(traces.length).toBeGreaterThan(0)
    expect(traces.filter(({ verdict }) => verdict.kind !== 'delivered').map(describeTrace)).toEqual([])
    const crossings = traces.flatMap(({ forth, back }) =>
      [...forth, ...back].flatMap(({ hops }) => hops.flatMap(({ crossing }) => crossing ?? [])),
    )
    expect(crossings.filter(({ kind, isEncrypted }) => kind === 'public' && !isEncrypted)).toEqual([])
  })
})
