// Hours, jumps of the clock and a server that forgets, by hand; a real server is watched in test/cluster/store.test.ts.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHandClock, type HandClock } from '../../../test/hand-clock.ts'
import type { CollectionCache } from './collection-cache.ts'
import type { KubernetesApi } from './kubernetes-api.ts'
import { createScriptedApi, EXPIRED, object, REFUSED, type ScriptedApi } from './scripted-api.fixture.ts'
import { watchCollection } from './watch-collection.ts'

let api: ScriptedApi
let clock: HandClock
let cache: CollectionCache<unknown>
let told: number
let said: string[]
beforeEach(() => {
  api = createScriptedApi()
  clock = createHandClock()
  told = 0
  said = []
})
afterEach(() => cache.close())

function watch(spread = 0.5): void {
  cache = watchCollection({
    api: api as ScriptedApi & KubernetesApi,
    collection: { group: '', version: 'v1', plural: 'things' },
    project: ({ metadata, spec }) => (metadata.name.startsWith('unwanted') ? undefined : spec),
    onChange: () => told++,
    clock,
    log: {
      debug() {},
      info: (_, message) => said.push(message),
      warn: (_, message) => said.push(message),
    },
    spread,
  })
}

const names = (): readonly string[] => [...(cache.values()?.keys() ?? [])]

describe('a list and what changes after it', () => {
  test('is there once the list came, page after page', async () => {
    api.pageSize = 2
    api.objects = ['a', 'b', 'c', 'd', 'unwanted'].map((name) => object(name, 1))
    watch()
    expect(cache.values()).toBeUndefined()
    await cache.listed()
    expect(names()).toEqual(['a', 'b', 'c', 'd'])
    await clock.turn(20)
    expect(told).toBe(1)
    expect(api.requests).toEqual(['list 500', 'list 500 from 2', 'list 500 from 4', 'watch 100'])
  })

  test('tells of a change after a while at once, and of those that follow together', async () => {
    api.objects = [object('a', 1)]
    watch()
    await clock.turn(1000)
    told = 0
    api.stream()?.send('MODIFIED', object('a', 101, { x: 1 }))
    await clock.turn(2)
    expect(told).toBe(1)
    api.stream()?.send('MODIFIED', object('a', 102, { x: 2 }))
    await clock.turn(10)
    api.stream()?.send('MODIFIED', object('a', 103, { x: 3 }))
    expect(told).toBe(1)
    await clock.turn(10)
    expect(told).toBe(2)
  })

  test('takes in what was added, changed and removed, and calls once for what came together', async () => {
    api.objects = [object('a', 1), object('b', 2)]
    watch()
    await clock.turn(100)
    told = 0
    api.stream()?.send('ADDED', object('c', 101))
    api.stream()?.send('MODIFIED', object('a', 102, { x: 1 }))
    api.stream()?.send('DELETED', object('b', 103))
    await clock.turn(100)
    expect([...(cache.values() ?? [])]).toEqual([
      ['a', { x: 1 }],
      ['c', {}],
    ])
    expect(told).toBe(1)
  })

  test('does not call where nothing that is kept of an object changed', async () => {
    api.objects = [object('a', 1, { x: 1 })]
    watch()
    await clock.turn(100)
    const [value] = cache.values()?.values() ?? []
    told = 0
    api.stream()?.send('MODIFIED', object('a', 101, { x: 1 }))
    api.stream()?.send('BOOKMARK', object('', 102))
    await clock.turn(100)
    expect(told).toBe(0)
    expect(cache.values()?.get('a')).toBe(value)
  })

  test('goes on from the last version that was heard, and a bookmark is one', async () => {
    watch()
    await clock.turn(10_000)
    api.stream()?.send('ADDED', object('a', 101))
    api.stream()?.send('BOOKMARK', object('', 107))
    api.stream()?.end()
    await clock.turn(0)
    expect(api.requests).toEqual(['list 500', 'watch 100', 'watch 107'])
  })

  test('keeps an object as it was where what it became cannot be taken in', async () => {
    api.objects = [object('a', 1, { x: 1 })]
    watch()
    await clock.turn(100)
    api.stream()?.send('MODIFIED', {
      metadata: { name: 'a' },
      get spec(): never {
        throw new Error('odd')
      },
    })
    api.stream()?.send('ADDED', object('b', 102))
    expect(names()).toEqual(['a', 'b'])
  })

  test('asks the server to end each stream after 5 to 10 minutes, by its spread', async () => {
    watch(0)
    await clock.turn(0)
    expect(api.stream()?.options.timeoutSeconds).toBe(300)
    cache.close()
    watch(0.999)
    await clock.turn(0)
    expect(api.stream()?.options.timeoutSeconds).toBe(600)
  })

  test('says nothing any more once it was closed, and ends its stream', async () => {
    watch()
    await clock.turn(100)
    const { signal } = api.stream()?.options ?? {}
    api.stream()?.send('ADDED', object('a', 101))
    told = 0
    cache.close()
    await clock.turn(60_000)
    expect(signal?.aborted).toBe(true)
    expect(told).toBe(0)
    expect(clock.waiting()).toEqual([])
    await expect(cache.listed()).resolves.toBeUndefined()
  })
})

describe('a server that forgot where we were (410)', () => {
  test.each(['the stream ends with it', 'the next stream is refused with it'])('is listed anew: %s', async (how) => {
    api.objects = [object('a', 1), object('b', 2)]
    watch()
    await clock.turn(10_000)
    api.objects = [object('b', 2), object('c', 3)]
    api.version = 200
    told = 0
    if (how.startsWith('the stream')) api.stream()?.fail(EXPIRED)
    else {
      api.failure = EXPIRED
      api.stream()?.end()
      await clock.turn(0)
      expect(names()).toEqual(['a', 'b'])
      api.failure = undefined
    }
    await clock.turn(5_000)
    expect(names()).toEqual(['b', 'c'])
    expect(told).toBe(1)
    expect(api.requests.at(-1)).toBe('watch 200')
  })

  test('in the middle of a list: the list begins anew, and what was known stays until it is whole', async () => {
    api.objects = ['a', 'b', 'c'].map((name) => object(name, 1))
    watch()
    await clock.turn(10_000)
    api.pageSize = 2
    api.pageFailure = EXPIRED
    api.objects = ['c', 'd', 'e'].map((name) => object(name, 1))
    api.stream()?.fail(EXPIRED)
    await clock.turn(0)
    expect(names()).toEqual(['a', 'b', 'c'])
    api.pageFailure = undefined
    await clock.turn(10_000)
    expect(names().toSorted()).toEqual(['c', 'd', 'e'])
  })

  test('again and again is asked with a growing pause', async () => {
    watch()
    await clock.turn(10_000)
    api.failure = EXPIRED
    api.stream()?.end()
    await clock.turn(600_000)
    // 10 s × 0.75, and a few at the beginning.
    expect(api.requests.length).toBeLessThan(100)
  })
})

describe('a server that does not answer', () => {
  test('rejects who waits for the list, and is asked until it answers', async () => {
    api.failure = REFUSED
    watch()
    await expect(cache.listed()).rejects.toThrow('ECONNREFUSED')
    expect(cache.trouble()?.message).toContain('ECONNREFUSED')
    api.failure = undefined
    api.objects = [object('a', 1)]
    const listed = cache.listed()
    await clock.turn(1_000)
    await listed
    expect(names()).toEqual(['a'])
    expect(cache.trouble()).toBeUndefined()
  })

  test('is asked after 1, 2, 4, 8, 10 seconds, less by the spread', async () => {
    api.failure = REFUSED
    for (const [spread, pauses] of [
      [0, [500, 1000, 2000, 4000, 5000, 5000]],
      [1, [1000, 2000, 4000, 8000, 10_000, 10_000]],
    ] as const) {
      watch(spread)
      for (const pause of pauses) {
        await clock.turn(0)
        expect(clock.waiting()).toEqual([pause])
        await clock.turn(pause)
      }
      cache.close()
    }
  })

  test('for nine hours: what is known stays, it is said once, and then it goes on where it was', async () => {
    api.objects = [object('a', 1)]
    watch()
    await clock.turn(10_000)
    api.failure = REFUSED
    api.stream()?.fail(REFUSED)
    await clock.turn(9 * 3_600_000)
    expect(names()).toEqual(['a'])
    expect(said).toHaveLength(1)
    expect(clock.now() - (cache.trouble()?.since ?? 0)).toBe(9 * 3_600_000)
    expect(api.requests.length).toBeLessThan((9 * 3_600) / 7)
    api.failure = undefined
    await clock.turn(10_000)
    // One object shows that the server still is where it was; then the stream.
    expect(api.requests.slice(-2)).toEqual(['list 1', 'watch 100'])
    api.stream()?.send('ADDED', object('b', 101))
    expect(names()).toEqual(['a', 'b'])
    expect(cache.trouble()).toBeUndefined()
    expect(said).toEqual([expect.stringContaining('ECONNREFUSED'), 'things are heard of again'])
  })

  test('a stream that broke once is no news', async () => {
    watch()
    await clock.turn(10_000)
    api.stream()?.fail(new Error('aborted'))
    await clock.turn(10_000)
    expect(api.stream()).toBeDefined()
    expect(said).toEqual([])
  })

  test('streams that end at once are opened with a growing pause', async () => {
    watch()
    for (let second = 0; second < 600; second++) {
      await clock.turn(1_000)
      api.stream()?.end()
    }
    expect(api.requests.length).toBeLessThan(170)
  })

  test('for nine hours, and then is back: there is no trouble within ten seconds, though nothing changes that it could tell', async () => {
    watch(1)
    await clock.turn(10_000)
    api.failure = REFUSED
    api.stream()?.fail(REFUSED)
    await clock.turn(9 * 3_600_000)
    await clock.turn(clock.waiting()[0] ?? 0)
    api.failure = undefined
    await clock.turn(9_999)
    expect(cache.trouble()).toBeDefined()
    await clock.turn(1)
    expect(cache.trouble()).toBeUndefined()
  })

  test('streams that are granted and break at once leave no trouble while they stand, and say nothing each time', async () => {
    watch()
    await clock.turn(10_000)
    for (let minute = 0; minute < 60; minute++) {
      api.stream()?.fail(new Error('aborted'))
      await clock.turn(0)
      expect(cache.trouble()?.message).toBe('aborted')
      while (api.stream() === undefined) await clock.turn(1_000)
      expect(cache.trouble()).toBeUndefined()
    }
    expect(said).toHaveLength(1)
    await clock.turn(5_000)
    expect(said.slice(1)).toEqual(['things are heard of again'])
  })
})

test('a backup of the server that was put back is noticed: a watch from the future would stay silent', async () => {
  api.objects = [object('a', 1), object('b', 2)]
  api.version = 1000
  watch()
  await clock.turn(10_000)
  api.objects = [object('a', 1)]
  api.version = 900
  api.stream()?.fail(new Error('aborted'))
  await clock.turn(10_000)
  expect(names()).toEqual(['a'])
  expect(api.requests.slice(-3)).toEqual(['list 1', 'list 500', 'watch 900'])
})

test.each([-5 * 3_600_000, 5 * 3_600_000])('a clock that is set by %i ms stops nothing', async (jump) => {
  api.objects = [object('a', 1)]
  watch()
  await clock.turn(10_000)
  clock.set(clock.now() + jump)
  api.stream()?.fail(REFUSED)
  await clock.turn(2_000)
  clock.set(clock.now() - 2 * jump)
  api.stream()?.send('ADDED', object('b', 101))
  told = 0
  await clock.turn(100)
  expect(names()).toEqual(['a', 'b'])
})
