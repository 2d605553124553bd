import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHandClock, type HandClock } from '../../test/hand-clock.ts'
import { runElection, type Term } from './leader-election.ts'
import { createMemoryLeases } from './memory-leases.fixture.ts'

type Link = 'fine' | 'refused' | 'silent'

/** A candidate whose way to the server a test can cut. */
function candidate(identity: string, clock: HandClock, server: ReturnType<typeof createMemoryLeases>) {
  const stopping = new AbortController()
  const state = { link: 'fine' as Link, linkOnceAnew: undefined as Link | undefined, isBusy: false, reconnections: 0 }
  let term: Term | undefined
  let endWork = (): void => {}
  const lines: string[] = []
  const say = (_: object, message: string): void => void lines.push(message)
  const running = runElection({
    api: server.through(
      () => state.link,
      () => {
        state.reconnections++
        state.link = state.linkOnceAnew ?? state.link
      },
    ),
    namespace: 'damask-system',
    name: 'damask-controller',
    identity,
    clock,
    log: { debug: say, info: say, warn: say },
    signal: stopping.signal,
    async lead(given) {
      term = given
      if (!given.signal.aborted)
        await new Promise<void>((resolve) => {
          endWork = resolve
          given.signal.addEventListener('abort', () => state.isBusy || resolve(), { once: true })
        })
      term = undefined
    },
  })
  return {
    lines,
    state,
    isLeading: () => term?.isHeld() === true,
    endWork: () => endWork(),
    stop() {
      stopping.abort()
      return running
    },
    /** As with SIGKILL: nothing is given back. */
    kill() {
      state.link = 'silent'
      stopping.abort()
    },
  }
}

let clock: HandClock
let server: ReturnType<typeof createMemoryLeases>
let all: ReturnType<typeof candidate>[]
const join = (identity: string) => {
  const one = candidate(identity, clock, server)
  all.push(one)
  return one
}
beforeEach(() => {
  clock = createHandClock()
  server = createMemoryLeases()
  all = []
})
afterEach(() => {
  for (const one of all) one.kill()
})

describe('of two candidates', () => {
  test('the first one leads and renews the Lease, the other waits and says for whom', async () => {
    const a = join('a')
    await clock.turn(0)
    const b = join('b')
    await clock.turn(60_000)
    expect([a.isLeading(), b.isLeading()]).toEqual([true, false])
    expect(server.spec()).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2027-01-15T08:00:00.000000Z',
      renewTime: '2027-01-15T08:01:00.000000Z',
      leaseTransitions: 0,
    })
    expect(b.lines).toEqual(['a is at work; this controller waits'])
  })

  test('the other follows within seconds where the first one stops, and only once its work has ended', async () => {
    const [a, b] = [join('a'), join('b')]
    await clock.turn(10_000)
    a.state.isBusy = true
    const stopped = a.stop()
    await clock.turn(5000)
    expect([a.isLeading(), b.isLeading()]).toEqual([false, false])
    a.endWork()
    await stopped
    expect(server.spec()).toMatchObject({ leaseDurationSeconds: 1, leaseTransitions: 0 })
    expect(server.spec().holderIdentity).toBeUndefined()
    await clock.turn(2000)
    expect(b.isLeading()).toBe(true)
    expect(server.spec()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 })
  })

  test('the other follows where the first one was killed, once it saw 15 seconds of nothing', async () => {
    const [a, b] = [join('a'), join('b')]
    await clock.turn(10_000)
    a.kill()
    await clock.turn(12_000)
    expect(b.isLeading()).toBe(false)
    await clock.turn(7000)
    expect(b.isLeading()).toBe(true)
    expect(server.spec()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 })
  })

  test.each(['refused', 'silent'] as const)(
    'one whose requests are %s ends before the other begins, and waits then',
    async (link) => {
      const [a, b] = [join('a'), join('b')]
      await clock.turn(10_000)
      a.state.link = link
      await clock.turn(7000)
      expect(a.isLeading()).toBe(true)
      await clock.turn(5000)
      expect([a.isLeading(), b.isLeading()]).toEqual([false, false])
      await clock.turn(8000)
      expect([a.isLeading(), b.isLeading()]).toEqual([false, true])
      a.state.link = 'fine'
      await clock.turn(60_000)
      expect([a.isLeading(), b.isLeading()]).toEqual([false, true])
      expect(a.lines).toContain(
        'this controller lost the Lease damask-system/damask-controller, and writes nothing more',
      )
      expect(a.lines.at(-1)).toBe('b is at work; this controller waits')
    },
  )

  test('one that could not renew for some seconds goes on', async () => {
    const [a, b] = [join('a'), join('b')]
    await clock.turn(10_000)
    a.state.link = 'silent'
    await clock.turn(5000)
    a.state.link = 'fine'
    await clock.turn(60_000)
    expect([a.isLeading(), b.isLeading()]).toEqual([true, false])
    expect(a.lines).toEqual([
      'this controller is at work: it holds the Lease damask-system/damask-controller',
      'cannot get the Lease damask-system/damask-controller: no answer within 4 s; it is tried again',
    ])
  })

  test('one whose connections died leads on with others, and asks for them before it sends again', async () => {
    const [a, b] = [join('a'), join('b')]
    await clock.turn(10_000)
    expect(a.state.reconnections).toBe(0)
    a.state.linkOnceAnew = 'fine'
    a.state.link = 'silent'
    await clock.turn(60_000)
    expect([a.isLeading(), b.isLeading()]).toEqual([true, false])
    expect([a.state.reconnections, b.state.reconnections]).toEqual([1, 0])
  })

  test('none leads sooner for a clock that somebody sets', async () => {
    const [a, b] = [join('a'), join('b')]
    await clock.turn(10_000)
    for (const by of [3_600_000, -7_200_000]) {
      clock.set(clock.now() + by)
      await clock.turn(4000)
      expect([a.isLeading(), b.isLeading()]).toEqual([true, false])
    }
  })

  test('one that slept holds nothing when it wakes, before its timers know', async () => {
    const a = join('a')
    await clock.turn(10_000)
    clock.set(clock.now() + 20_000)
    expect(a.isLeading()).toBe(false)
  })

  test('one that somebody took the Lease from by hand stops at its next look', async () => {
    const a = join('a')
    await clock.turn(10_000)
    const object = server.object()
    if (object) await server.leases.replace(undefined, { ...object, spec: { ...server.spec(), holderIdentity: 'x' } })
    await clock.turn(4000)
    expect(a.isLeading()).toBe(false)
  })
})

test('however links break, candidates join and are killed, two never lead at once, and somebody leads again', async () => {
  const events = fc.array(
    fc.record({
      who: fc.nat(2),
      what: fc.constantFrom<Link | 'stop' | 'kill'>('fine', 'fine', 'refused', 'silent', 'stop', 'kill'),
      afterMs: fc.integer({ min: 0, max: 20_000 }),
    }),
    { maxLength: 12 },
  )
  await fc.assert(
    fc.asyncProperty(events, async (steps) => {
      const hand = createHandClock()
      const one = createMemoryLeases()
      const members = [0, 1, 2].map((number) => candidate(`c${number}`, hand, one))
      const old = [...members]
      const pass = async (milliseconds: number): Promise<void> => {
        for (let left = milliseconds; left > 0; left -= 1000) {
          await hand.turn(Math.min(left, 1000))
          expect(old.filter((member) => member.isLeading()).length).toBeLessThan(2)
        }
      }
      for (const [index, { who, what, afterMs }] of steps.entries()) {
        const member = members[who]
        if (what === 'stop') void member?.stop()
        else if (what === 'kill') member?.kill()
        else if (member) member.state.link = what
        if (what === 'stop' || what === 'kill') {
          const next = candidate(`c${who}-${index}`, hand, one)
          members[who] = next
          old.push(next)
        }
        await pass(afterMs)
      }
      for (const { state } of members) state.link = 'fine'
      await pass(40_000)
      expect(old.filter((member) => member.isLeading())).toHaveLength(1)
      for (const member of old) member.kill()
    }),
    { numRuns: 25 },
  )
})
