// The networks below a trace are those of the Lab, where there is one.
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { entriesOf, type Lab } from '../model/index.ts'
import { readWorld } from '../store/index.ts'
import { allPairs, describeTrace } from '../verifier/example-plan.fixture.ts'
import { planWorld } from './planned-world.ts'
import { walkedPlan } from './walked-plan.ts'

const FOLDER = fileURLToPath(new URL('../../examples', import.meta.url))
const EXAMPLES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))

async function walked(name: string, change: (lab: Lab) => Lab = (lab) => lab) {
  const { world, lab } = await readWorld([`${FOLDER}/${name}`])
  const planned = world && (await planWorld(world, { printError: () => {}, setExitCode: () => {} }))
  if (planned === undefined || lab === undefined) throw new Error(`${name} is no world with a Lab`)
  return { lab, ...(await walkedPlan({ ...planned, lab: change(lab) })) }
}

describe.each(EXAMPLES)('in the clouds of its Lab, %s', (name) => {
  test('delivers every pair of its ends, by every branch, encrypted wherever the way is public', async () => {
    const example = await walked(name)
    expect(example.guessed).toEqual([])
    expect([...example.underlay.networks.keys()].sort()).toEqual(example.lab.clouds.map((cloud) => cloud.name).sort())
    const traces = allPairs(example)
    expect(traces.length).toBeGreaterThan(0)
    expect(traces.filter(({ verdict }) => verdict.kind !== 'delivered').map(describeTrace)).toEqual([])
    const crossings = traces.flatMap(({ forth, back }) =>
      [...forth, ...back].flatMap(({ hops }) => hops.flatMap(({ crossing }) => crossing ?? [])),
    )
    expect(crossings.filter(({ kind, isEncrypted }) => kind === 'public' && !isEncrypted)).toEqual([])
  })
})

test('of a Lab in which a node has no place that is said, and the networks are guessed', async () => {
  const { guessed, underlay } = await walked('four-clouds.yaml', (lab) => ({ ...lab, placement: new Map() }))
  expect(guessed.join()).toContain('aws-1')
  expect([...underlay.networks.values()].every(({ isAssumed }) => isAssumed)).toBe(true)
})

test('plans are made for the MTU of the clouds', async () => {
  const { states } = await walked('four-clouds.yaml', (lab) => ({
    ...lab,
    clouds: lab.clouds.map((cloud) => ({ ...cloud, mtuBytes: 1400 })),
  }))
  const tunnels = states
    .flatMap((state) => [...entriesOf(state)])
    .flatMap((entry) => (entry.kind === 'link' && entry.type.kind === 'wireguard' ? [entry.mtuBytes] : []))
  expect(new Set(tunnels)).toEqual(new Set([1340]))
})
