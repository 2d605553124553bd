import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHandClock, type HandClock } from '../../test/hand-clock.ts'
import { networkObject, nodeObject } from './cluster.fixture.ts'
import { createMemoryApi } from './memory-api.fixture.ts'
import { syncNodes } from './node-sync.ts'

let clock: HandClock
let cluster: ReturnType<typeof createMemoryApi>
let lines: string[]
let stopping: AbortController
let running: Promise<void>
beforeEach(() => {
  clock = createHandClock(Date.parse('2026-11-22T12:00:00Z'))
  cluster = createMemoryApi()
  lines = []
  stopping = new AbortController()
  cluster.put('networks', networkObject())
})
afterEach(async () => {
  stopping.abort()
  cluster.state.onWrite = async () => {}
  await clock.turn(10_000)
  await running
})

function start(): void {
  const say = (_: object, message: string): void => void lines.push(message)
  running = syncNodes({
    api: cluster.api,
    clock,
    log: { debug() {}, info: say, warn: say },
    signal: stopping.signal,
  })
}

const addNode = (name: string, words = {}) => cluster.put('nodes', nodeObject(name, words))
const granted = (name: string): unknown =>
  (cluster.get(`meshnodes/${name}`)?.granted as { readonly podPrefixes?: unknown } | undefined)?.podPrefixes
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `n${100 + index}`)

describe('the MeshNodes of a cluster', () => {
  test('are written once, and again only when something changes', async () => {
    start()
    addNode('a', { podCIDRs: ['10.42.1.0/24'] })
    await clock.turn(60_000)
    expect(cluster.state.writes).toEqual(['create meshnodes/a', 'apply meshnodes/a'])
    addNode('a', { podCIDRs: ['10.42.1.0/24'], labels: { other: 'label' } })
    await clock.turn(60_000)
    expect(cluster.state.writes).toHaveLength(2)
    addNode('a', { podCIDRs: ['10.42.1.0/24'], labels: { 'topology.kubernetes.io/region': 'west' } })
    await clock.turn(60_000)
    expect(cluster.state.writes.slice(2)).toEqual(['apply meshnodes/a'])
    expect(lines).toEqual(['made MeshNode a'])
  })

  test('are not written again where the server keeps more than was written', async () => {
    const apply = cluster.api.apply
    const more = {
      ...cluster.api,
      apply: ((...[collection, object, how]) =>
        apply(
          collection,
          { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, team: 'x' } } },
          how,
        )) as typeof apply,
    }
    const say = (_: object, message: string): void => void lines.push(message)
    running = syncNodes({ api: more, clock, log: { debug() {}, info: say, warn: say }, signal: stopping.signal })
    addNode('a', { podCIDRs: ['10.42.1.0/24'] })
    await clock.turn(60_000)
    expect(cluster.state.writes.filter((write) => write.startsWith('apply')).length).toBeLessThan(3)
  })

  test('of a hundred Nodes that join at once are made some at a time', async () => {
    let most = 0
    let now = 0
    cluster.state.onWrite = async () => {
      most = Math.max(most, ++now)
      await new Promise((resolve) => clock.after(100, () => resolve(undefined)))
      now--
    }
    for (const name of names(100)) addNode(name)
    start()
    await clock.turn(10_000)
    expect(most).toBe(16)
    expect(new Set(names(100).map((name) => String(granted(name)))).size).toBe(100)
  })

  test('that cannot be written stop no other, are tried again with growing pauses, and are said once', async () => {
    const tried: number[] = []
    const startedAt = clock.now()
    cluster.state.onWrite = async (_, name) => {
      if (name !== 'meshnodes/bad') return
      tried.push(Math.round((clock.now() - startedAt) / 1000))
      throw new Error('the webhook says no')
    }
    for (const name of ['a', 'bad', 'c']) addNode(name, { podCIDRs: [`10.42.${name.length}.0/24`] })
    start()
    await clock.turn(40_000)
    expect(lines).toEqual(expect.arrayContaining(['made MeshNode a', 'made MeshNode c']))
    expect(lines.filter((line) => line.includes('bad'))).toEqual([
      'cannot create MeshNode bad: the webhook says no; it is tried again',
    ])
    expect(tried).toHaveLength(6)
    cluster.state.onWrite = async () => {}
    await clock.turn(60_000)
    expect(lines).toContain('made MeshNode bad')
  })

  test('are granted no second prefix while the watch is behind', async () => {
    start()
    await clock.turn(1000)
    for (const name of names(3)) addNode(name)
    await clock.turn(300)
    cluster.state.isHeld = 'meshnodes'
    await clock.turn(6000)
    const before = names(3).map(granted)
    expect(before).toEqual([['10.42.0.0/24'], ['10.42.1.0/24'], ['10.42.2.0/24']])
    const writes = cluster.state.writes.length
    addNode('n103')
    await clock.turn(6000)
    cluster.release()
    await clock.turn(6000)
    expect(names(4).map(granted)).toEqual([...before, ['10.42.3.0/24']])
    expect(cluster.state.writes.slice(writes)).toEqual([
      'create meshnodes/n103',
      'apply meshnodes/n103',
      'apply meshnodes/n103',
    ])
  })

  test('are granted nothing while the cluster may still give them some', async () => {
    start()
    addNode('a', { createdAt: '2026-11-22T12:00:00Z' })
    await clock.turn(4000)
    expect(cluster.get('meshnodes/a')).toBeDefined()
    expect(granted('a')).toBeUndefined()
    await clock.turn(3000)
    expect(granted('a')).toEqual(['10.42.0.0/24'])
    addNode('b', { podCIDRs: ['10.42.9.0/24'] })
    addNode('c', { createdAt: '2026-11-22T12:00:06Z' })
    await clock.turn(50_000)
    expect(granted('c')).toBeUndefined()
    await clock.turn(15_000)
    expect(granted('c')).toEqual(['10.42.1.0/24'])
  })

  test('stay when the Node is only missing in a watch that is behind', async () => {
    start()
    await clock.turn(1000)
    cluster.state.isHeld = 'nodes'
    const { metadata } = addNode('a')
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: 'a', uid: metadata.uid ?? '' }]
    cluster.put('meshnodes', {
      metadata: { name: 'a', labels: { 'app.kubernetes.io/managed-by': 'damask' }, ownerReferences },
    })
    await clock.turn(5000)
    expect(cluster.state.writes).toEqual([])
    await cluster.delete('nodes', 'a')
    await clock.turn(70_000)
    expect(cluster.state.writes).toEqual(['remove nodes/a', 'remove meshnodes/a'])
  })

  test('stay as they are where there is no Network, which is said once', async () => {
    await cluster.delete('networks', 'default')
    start()
    addNode('a')
    await clock.turn(20_000)
    addNode('b')
    await clock.turn(20_000)
    expect(lines).toEqual(['the Network default cannot be used: there is none; nodes stay as they are until it can'])
    cluster.put('networks', networkObject())
    await clock.turn(20_000)
    expect(granted('b')).toEqual(['10.42.1.0/24'])
  })
})

test('nothing is written once the term is over', async () => {
  for (const name of names(50)) addNode(name, { podCIDRs: ['10.42.1.0/24'] })
  cluster.state.onWrite = () => new Promise((resolve) => clock.after(1000, () => resolve(undefined)))
  start()
  await clock.turn(1500)
  stopping.abort()
  await clock.turn(1000)
  const writes = cluster.state.writes.length
  await clock.turn(30_000)
  expect(cluster.state.writes.length - writes).toBeLessThanOrEqual(16)
  await running
})
