// A packet through the plans of the four clouds, and through the same with something changed, as if kernels had been read.
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Entry, entriesOf, keyOf, type NodeState, parsePrefix, route, TABLE } from '../../model/index.ts'
import { readWorld } from '../../store/index.ts'
import { compileNetwork, type Probe } from '../../verifier/index.ts'
import { planWorld } from '../planned-world.ts'
import { type FoundEnd, findEnds } from '../trace-ends.ts'
import { type WalkedPlan, walkedPlan } from '../walked-plan.ts'
import { describeDifference } from './difference-text.ts'
import { liveJson } from './live-json.ts'
import { renderLive } from './live-text.ts'
import { traceLive } from './live-trace.ts'
import { differencesOf, observedState } from './node-differences.ts'

const FOUR_CLOUDS = fileURLToPath(new URL('../../../examples/four-clouds.yaml', import.meta.url))

let plan: WalkedPlan
let probe: Probe
beforeAll(async () => {
  const { world, lab } = await readWorld([FOUR_CLOUDS])
  const planned = world && (await planWorld(world, { printError: () => {}, setExitCode: () => {} }))
  if (planned === undefined || lab === undefined) throw new Error('the four clouds are no world with a Lab')
  plan = await walkedPlan({ ...planned, lab })
  const [from, to] = ['pod@aws-2', 'pod@home-1'].map(
    (end) => findEnds(end, { ...planned, states: plan.states })[0] as Extract<FoundEnd, { kind: 'pod' }>,
  )
  if (from === undefined || to === undefined) throw new Error('there are no such pods')
  probe = { from, to, protocol: 'icmp' }
})

type Change = (entry: Entry) => readonly Entry[]

/** As if the kernel of a node had what `change` makes of each planned entry. */
function traceWith(
  node: string,
  change: Change,
  more: readonly Entry[] = [],
  others: { readonly [node: string]: Change } = {},
) {
  const observedOf = (state: NodeState): readonly Entry[] => {
    const planned = [...entriesOf(state)].map((entry) => ({ ...entry, because: [] }))
    return state.node === node ? [...planned.flatMap(change), ...more] : planned.flatMap(others[state.node] ?? same)
  }
  const { facts, underlay, states } = plan
  const live = compileNetwork({ states: states.map((one) => observedState(one, observedOf(one))), facts, underlay })
  const differencesAt = new Map(states.map((one) => [one.node, differencesOf(one, observedOf(one))]))
  return traceLive({ plan: plan.network, live, differencesAt }, probe)
}

const without = (key: string) => (entry: Entry) => (keyOf(entry) === key ? [] : [entry])
const same = (entry: Entry) => [entry]
const wordsOf = ({ first }: ReturnType<typeof traceWith>) => first?.differences.map(describeDifference)

describe('a packet through plan and machine', () => {
  test('comes to the same end, with the same reasons, where nothing differs', () => {
    const traced = traceWith('aws-1', same)
    expect(traced).toMatchObject({ isSame: true, live: { verdict: { kind: 'delivered' } } })
    expect(traced.first).toBeUndefined()
    expect(renderLive(traced)).toMatch(
      /# Node\/home-1: .*\n\nplan and machine are the same at every hop\n\nin the plan: /s,
    )
  })

  test('misses a route at the hop that needs it, which is named with its reason', () => {
    const traced = traceWith('aws-1', without(`route ${TABLE} 10.42.7.0/24`))
    expect(traced.isSame).toBe(false)
    expect(traced.first).toMatchObject({ node: 'aws-1', direction: 'forth', hop: 2, isMet: true })
    expect(wordsOf(traced)).toEqual([
      { plan: [expect.stringMatching(/^route 10\.42\.7\.0\/24 nhid/)], kernel: ['none'] },
    ])
    expect(renderLive(traced)).toMatch(/the plan has {4}route 10\.42\.7\.0\/24 .*\n +# Node\/home-1/)
    expect(liveJson(traced)).toMatchObject({
      isSame: false,
      first: { node: 'aws-1', differences: [{ kind: 'missing', planned: { kind: 'route' } }] },
      plan: { verdict: { kind: 'delivered' } },
      live: { verdict: { kind: 'dropped', node: 'aws-1' } },
    })
  })

  test('misses a peer at the far machine, though it is lost before it gets there', () => {
    const traced = traceWith('home-1', without('wireguard-peer damask-t1 ?aws-1'))
    expect(traced.live.verdict).toMatchObject({ kind: 'dropped', node: 'aws-1' })
    expect(traced.first).toMatchObject({ node: 'home-1', direction: 'forth', hop: 3, isMet: true })
  })

  test('meets an entry with other values: allowed IPs, keepalive and endpoint are told apart', () => {
    const narrow = traceWith('home-1', (entry) =>
      entry.kind === 'wireguard-peer' && entry.publicKey === '?aws-1'
        ? [{ ...entry, endpoint: undefined as never, keepaliveSeconds: 0, allowedIps: [parsePrefix('192.0.2.0/24')] }]
        : [entry],
    )
    expect(wordsOf(narrow)?.[0]?.kernel).toEqual([
      expect.stringMatching(/^the peer without 10\.42\.1\.0\/24, .* among its allowed IPs$/),
      'the peer with 192.0.2.0/24 besides among its allowed IPs',
      'the peer with persistent-keepalive 0',
      'the peer without endpoint 203.0.113.11:51820',
    ])
  })

  test('a peer that was heard from elsewhere is no difference', () => {
    const roamed = traceWith('home-1', (entry) =>
      entry.kind === 'wireguard-peer' && entry.endpoint !== undefined
        ? [{ ...entry, endpoint: { ...entry.endpoint, port: 40_000 } }]
        : [entry],
    )
    expect(roamed.first).toBeUndefined()
  })

  test('is not taken where it arrives', () => {
    const traced = traceWith('home-1', (entry) =>
      entry.kind === 'wireguard-peer' ? [{ ...entry, allowedIps: [parsePrefix('192.0.2.0/24')] }] : [entry],
    )
    expect(traced.live.mtuBytes).toBe(traced.plan.mtuBytes)
    expect(traced).toMatchObject({ isSame: false, live: { verdict: { kind: 'dropped', node: 'home-1' } } })
  })

  test('a peer that lost its endpoint is one', () => {
    const traced = traceWith('home-1', (entry) => {
      if (entry.kind !== 'wireguard-peer' || entry.publicKey !== '?aws-1') return [entry]
      const { endpoint: _, ...rest } = entry
      return [rest]
    })
    expect(wordsOf(traced)?.[0]?.kernel).toEqual(['the peer without endpoint 203.0.113.11:51820'])
  })

  test('arrives, but not as large as planned', () => {
    const traced = traceWith('aws-1', (entry) =>
      keyOf(entry) === 'link damask-t1' ? [{ ...entry, mtuBytes: 1300 } as Entry] : [entry],
    )
    expect(traced).toMatchObject({
      isSame: false,
      live: { verdict: { kind: 'delivered' }, mtuBytes: 1300 },
      first: { node: 'aws-1', hop: 2, isMet: true },
    })
  })

  test('is stopped by a route too much', () => {
    const more = route({ table: TABLE, to: parsePrefix('10.42.7.0/25'), target: { kind: 'unreachable' }, because: [] })
    const traced = traceWith('aws-2', same, [more])
    expect(traced).toMatchObject({ isSame: false, first: { node: 'aws-2', hop: 1, isMet: true } })
    expect(wordsOf(traced)).toEqual([
      { plan: ['none'], kernel: [expect.stringMatching(/^route unreachable 10\.42\.7\.0\/25/)] },
    ])
  })

  test('does not meet a set of the filter that other packets are judged by, and that is said', () => {
    const traced = traceWith('aws-1', (entry) =>
      entry.kind === 'filter-table'
        ? [{ ...entry, sets: entry.sets.map((set) => (set.name === 'own4' ? { ...set, elements: [] } : set)) }]
        : [entry],
    )
    expect(traced).toMatchObject({ isSame: true, first: { node: 'aws-1', hop: 2, isMet: false } })
    expect(wordsOf(traced)?.[0]?.kernel).toEqual(['set own4 without 10.42.1.0/24'])
    expect(renderLive(traced)).toContain('aws-1, where this packet does not meet it:')
  })

  test('meets the filter where other rules have a say, and the chain and the rule are named', () => {
    const traced = traceWith('aws-1', (entry) =>
      entry.kind === 'filter-table'
        ? [{ ...entry, chains: entry.chains.map((one) => ({ ...one, rules: [] })) }]
        : [entry],
    )
    expect(traced.first).toMatchObject({ node: 'aws-1', hop: 2, isMet: true })
    expect(wordsOf(traced)?.[0]?.kernel).toContainEqual(
      expect.stringMatching(/^chain transit without .* counter notrack comment "transit is stateless"/),
    )
  })

  test('an entry that it meets comes before those that only differ, also of hops before', () => {
    const noAddresses = (entry: Entry) => (entry.kind === 'address' ? [] : [entry])
    expect(traceWith('aws-2', noAddresses).first).toMatchObject({ node: 'aws-2', hop: 1, isMet: false })
    const traced = traceWith('aws-1', without(`route ${TABLE} 10.42.7.0/24`), [], { 'aws-2': noAddresses })
    expect(traced.first).toMatchObject({ node: 'aws-1', hop: 2, isMet: true, differences: [{ kind: 'missing' }] })
  })
})
