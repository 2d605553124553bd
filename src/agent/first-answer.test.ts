import { rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHandClock, type HandClock } from '../../test/hand-clock.ts'
import { formatIssue, openDirectoryStore } from '../store/index.ts'
import { createNode, type NodeUnderTest } from './agent.fixture.ts'
import type { AgentOptions } from './agent-options.ts'
import { awaitFirstAnswer } from './first-answer.ts'

/** Whether and how a promise ended by now. */
function watch(promise: Promise<unknown>) {
  let outcome = 'waits'
  promise.then(
    () => (outcome = 'goes on'),
    (cause: Error) => (outcome = cause.message),
  )
  return () => outcome
}

describe('the wait for the first answer of the store', () => {
  it('ends as soon as it came, and for who asks later there is none', async () => {
    const clock = createHandClock()
    const answer = awaitFirstAnswer(clock)
    const outcome = watch(answer.wait())
    await clock.turn(500)
    expect(outcome()).toBe('waits')
    answer.came()
    await clock.turn(0)
    expect(outcome()).toBe('goes on')
    await answer.wait()
  })

  it('ends three seconds after it began, for all', async () => {
    const clock = createHandClock()
    const answer = awaitFirstAnswer(clock)
    const first = watch(answer.wait())
    await clock.turn(2_000)
    const second = watch(answer.wait())
    await clock.turn(999)
    expect([first(), second()]).toEqual(['waits', 'waits'])
    await clock.turn(1)
    expect([first(), second()]).toEqual(['goes on', 'goes on'])
  })

  it('ends with a word to the runtime where the agent ends before', async () => {
    const answer = awaitFirstAnswer(createHandClock())
    const outcome = watch(answer.wait())
    answer.close()
    await expect(answer.wait()).rejects.toMatchObject({ code: 11 })
    expect(outcome()).toContain('try again')
  })
})

describe('an ADD right after the start of an agent that has a snapshot', () => {
  let node: NodeUnderTest
  let clock: HandClock
  beforeEach(async () => {
    node = await createNode()
    clock = createHandClock(Date.now())
    await node.startAndSettle()
    await node.stop()
  })
  afterEach(() => node.remove())

  const start = (openStore: AgentOptions['openStore']) => node.start({ clock, openStore })
  const directoryStore = () => ({ ...openDirectoryStore({ directory: node.path('store') }), formatIssue })
  /** There is no such pod: it is answered with an error once it is looked at. */
  const add = () => watch(node.askCni('ADD'))
  /** In which a request over the socket would have been answered. */
  const aWhile = () => new Promise((resolve) => setTimeout(resolve, 200))

  it('is looked at once the store answered and its world stands', async () => {
    const { promise: isBack, resolve: comeBack } = Promise.withResolvers<void>()
    await start(async () => {
      await isBack
      return directoryStore()
    })
    const outcome = add()
    await clock.turn(2_000)
    await aWhile()
    expect(outcome()).toBe('waits')
    comeBack()
    await node.until(async () => {
      await clock.turn(0)
      return outcome() === 'goes on'
    })
    expect((await node.status()).world.source).toBe('store')
  })

  it('is looked at once the store answered that the node is no more', async () => {
    const { promise: isBack, resolve: comeBack } = Promise.withResolvers<void>()
    rmSync(node.path('store', 'a.yaml'))
    await start(async () => {
      await isBack
      return directoryStore()
    })
    const outcome = add()
    await aWhile()
    expect(outcome()).toBe('waits')
    comeBack()
    await node.until(() => outcome() === 'goes on')
    expect((await node.status()).store.kind).toBe('node-missing')
  })

  it.each(['refuses at once', 'says nothing'])(
    'goes by the snapshot after three seconds where the store %s',
    async (how) => {
      await start(() => (how === 'says nothing' ? new Promise(() => {}) : Promise.reject(new Error('ECONNREFUSED'))))
      const outcome = add()
      await aWhile()
      await clock.turn(2_999)
      await aWhile()
      expect(outcome()).toBe('waits')
      await clock.turn(1)
      await node.until(() => outcome() === 'goes on')
      expect((await node.status()).world.source).toBe('snapshot')
    },
  )

  it('keeps the agent from ending no longer than itself', async () => {
    await start(() => new Promise(() => {}))
    const outcome = add()
    await aWhile()
    await node.stop()
    await node.until(() => outcome() !== 'waits')
  })
})
