// An agent whose state folder cannot be written to, as a disk is that its kernel found damaged.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createNode, type NodeUnderTest } from './agent.fixture.ts'

let node: NodeUnderTest
const mounted: string[] = []
beforeEach(async () => {
  node = await createNode({ speed: 20 })
})
afterEach(async () => {
  await node.stop()
  for (const path of mounted.splice(0)) execFileSync('umount', ['-l', path])
  await node.remove()
})

function makeReadOnly(path: string): void {
  execFileSync('mount', ['--bind', path, path])
  mounted.push(path)
  execFileSync('mount', ['-o', 'remount,bind,ro', path])
}
const makeWritable = (path: string): unknown => execFileSync('mount', ['-o', 'remount,bind,rw', path])

it.each([
  ['has a journal', true],
  ['has no journal yet', false],
])(
  'on a read-only disk that %s takes nothing and says why, and serves pods once it can write',
  async (_, hasJournal) => {
    await node.startAndSettle()
    await node.stop()
    const state = node.path('state')
    const journal = node.path('state', 'pods.journal')
    if (!hasJournal) execFileSync('rm', [journal])
    makeReadOnly(state)
    const before = readdirSync(state)

    await node.start()
    await node.until(async () => (await node.status()).store.kind === 'read')
    const sentence = `cannot serve pods: cannot write to the journal ${journal}: EROFS`
    for (const command of ['ADD', 'DEL'] as const)
      expect(await node.askCni(command)).toMatchObject({ code: 102, msg: expect.stringContaining(sentence) })
    const { podsError, pods, ready } = await node.status()
    expect(podsError).toContain('EROFS')
    expect(pods).toEqual([])
    expect(ready.reasons).toContainEqual({ kind: 'pods-refused', message: expect.stringContaining('EROFS') })
    expect(readdirSync(state)).toEqual(before)

    makeWritable(state)
    expect(await node.askCni('DEL')).toEqual({})
    // Its namespace is the next to be looked at, and there is none.
    expect(await node.askCni('ADD')).toMatchObject({ code: 3 })
    expect((await node.status()).podsError).toBeUndefined()
    expect(readFileSync(journal, 'utf8').split('\n')).toHaveLength(2)
  },
)
