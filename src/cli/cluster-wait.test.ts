import { describe, expect, test } from 'vitest'
import { factsOf, meshNode, NOW, TWO_CLOUDS } from './cluster-facts.fixture.ts'
import { openClusterProgress } from './cluster-progress.ts'
import { type ClusterStatus, describeCluster } from './cluster-status.ts'
import { waitForCluster } from './cluster-wait.ts'

const READY = describeCluster(factsOf(TWO_CLOUDS), NOW)
const WAITING = describeCluster(
  factsOf([...TWO_CLOUDS, meshNode('gcp-1', { ready: 'False', reason: 'it starts' })]),
  NOW,
)

/** A clock that runs only while somebody waits. */
function handClock() {
  let now = 0
  const pauses: number[] = []
  return {
    pauses,
    spend: (milliseconds: number) => {
      now += milliseconds
    },
    now: () => now,
    after(milliseconds: number, run: () => void) {
      pauses.push(milliseconds)
      queueMicrotask(() => {
        now += milliseconds
        run()
      })
      return () => {}
    },
  }
}

function waitWith(answers: readonly (ClusterStatus | Error)[], { timeoutSeconds = 60, lookMilliseconds = 0 } = {}) {
  const clock = handClock()
  const told: string[] = []
  const left = [...answers]
  const ended = waitForCluster({
    async look() {
      clock.spend(lookMilliseconds)
      const answer = left.length > 1 ? left.shift() : left[0]
      if (answer === undefined || answer instanceof Error) throw answer
      return answer
    },
    timeoutSeconds,
    tell: (line) => told.push(line),
    clock,
    signal: new AbortController().signal,
  })
  return { ended, told, clock }
}

describe('waitForCluster()', () => {
  test('ends with the look that finds it ready', async () => {
    const { ended, told } = waitWith([WAITING, WAITING, READY])
    expect(await ended).toBe(true)
    expect(told).toEqual([
      ...Array(2).fill("3 of 4 nodes ready, 4 of 4 agents' pods; waiting for gcp-1"),
      "3 of 3 nodes ready, 3 of 3 agents' pods",
    ])
  })

  test('ends at its time', async () => {
    const { ended, clock } = waitWith([WAITING], { timeoutSeconds: 10 })
    expect(await ended).toBe(false)
    expect(clock.now()).toBe(10_000)
  })

  test('leaves a server alone for some times as long as a look takes it', async () => {
    const { ended, clock } = waitWith([WAITING, READY], { lookMilliseconds: 3000 })
    await ended
    expect(clock.pauses).toEqual([12_000])
  })

  test('a server that goes away meanwhile is asked again', async () => {
    const { ended, told } = waitWith([WAITING, new Error('the API server does not answer'), READY])
    expect(await ended).toBe(true)
    expect(told[1]).toBe('the API server does not answer')
  })

  test('one that never answered is not waited for', async () => {
    await expect(waitWith([new Error('there is nobody')]).ended).rejects.toThrow('there is nobody')
  })
})

describe('progress', () => {
  const open = (errorColumns?: () => number) => {
    const [written, lines] = [[] as string[], [] as string[]]
    const terminal = { print() {}, printError: (line: string) => void lines.push(line), setExitCode() {} }
    const progress = openClusterProgress({
      terminal,
      writeError: (text) => void written.push(text),
      clock: { now: () => 0, after: () => () => {} },
      ...(errorColumns && { errorColumns }),
    })
    return { progress, written, lines }
  }

  test('is a line whenever it is another', () => {
    const { progress, lines, written } = open()
    for (const line of ['a', 'a', 'b']) progress.say(line)
    progress.close()
    expect({ lines, written }).toEqual({ lines: ['a', 'b'], written: [] })
  })

  test('is one line drawn again on a terminal, and not wider, and gone at the end', () => {
    const { progress, lines, written } = open(() => 12)
    progress.say('abcdefgh')
    progress.close()
    expect({ lines, written }).toEqual({ lines: [], written: ['\r\x1b[K   0 s  abc', '\r\x1b[K'] })
  })
})
