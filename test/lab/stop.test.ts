// Labs that are stopped, killed, or run beside each other: each is whole or gone, and never in another's way.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { damask, type Ended, endOf, FOUR_CLOUDS, homeNetwork, labId, remainsOf, WORLDS } from './damask-process.ts'
import { uniqueWorld } from './lab-under-test.ts'

const DAMASK = new URL('../../bin/damask', import.meta.url).pathname

let home: readonly string[]
beforeEach(() => {
  home = marksAtHome()
})
afterEach(() => {
  expect(marksAtHome()).toEqual(home)
})

/** Links, routes and filter of the network that the tests run in. */
const marksAtHome = (): string[] => [
  ...homeNetwork(),
  execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' }),
  ...['-4', '-6'].map((family) => execFileSync('ip', [family, 'rule'], { encoding: 'utf8' })),
]

type Started = {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  readonly said: (words: string) => Promise<string>
}

/** In a process group of its own, as a shell would start it. */
function start(...words: readonly string[]): Started {
  const child = spawn(DAMASK, words, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const ended = endOf(child)
  let text = ''
  child.stderr.on('data', (bytes) => {
    text += bytes
  })
  const said = async (wanted: string): Promise<string> => {
    await expect.poll(() => text, { timeout: 300_000, interval: 5 }).toContain(wanted)
    return text
  }
  return { child, ended, said }
}

/** What Ctrl-C does: the whole group hears of it. */
const interrupt = ({ child }: Started): void => void process.kill(-(child.pid ?? 0), 'SIGINT')

describe('two runs of one file at once', () => {
  it('are both whole', async () => {
    const both = await Promise.all([1, 2].map(() => damask('lab', 'run', FOUR_CLOUDS, '-o', 'json')))
    for (const { code, output, complaints } of both) {
      expect(JSON.parse(output), complaints).toMatchObject({ ok: true, pairs: 364, failed: [], clearTextPackets: 0 })
      expect(code).toBe(0)
      expect(remainsOf(labId(complaints))).toEqual([])
    }
    console.log(both.map(({ output }) => JSON.stringify(JSON.parse(output).seconds)).join(' and '))
  })
})

describe('Ctrl-C', () => {
  it.each([
    ['as the first thing is built', 'building'],
    ['as pods are added', 'adding'],
    ['while the nodes find each other', 'waiting until'],
    ['in the midst of the checks', 'trying every pair'],
  ])('leaves nothing: %s', async (_, words) => {
    const run = start('lab', 'run', FOUR_CLOUDS)
    const id = labId(await run.said(words))
    const at = performance.now()
    interrupt(run)
    expect(await run.ended).toMatchObject({ code: 1, output: '' })
    expect(remainsOf(id)).toEqual([])
    console.log(`stopped at "${words}": gone after ${Math.round(performance.now() - at)} ms`)
  })

  it('leaves nothing of a lab that was to stay up, before it is', async () => {
    const world = uniqueWorld()
    const run = start('lab', 'up', world.file)
    const id = labId(await run.said('waiting until'))
    interrupt(run)
    expect(await run.ended).toMatchObject({ code: 1, output: '' })
    expect(remainsOf(id, world.name)).toEqual([])
    world.remove()
  })

  it('twice leaves nothing either', async () => {
    const run = start('lab', 'run', FOUR_CLOUDS)
    const id = labId(await run.said('adding'))
    interrupt(run)
    interrupt(run)
    expect((await run.ended).output).toBe('')
    expect(remainsOf(id)).toEqual([])
  })
})

describe('a run that was killed', () => {
  it('is taken away by the next, which leaves alone a lab that is up and a run that is alive', async () => {
    const world = uniqueWorld(`${WORLDS}/leaks-on-purpose.yaml`)
    try {
      const up = await damask('lab', 'up', world.file)
      expect(up.code, up.complaints).toBe(0)
      const upId = labId(up.complaints)
      const [alive, killed] = [start('lab', 'run', FOUR_CLOUDS, '-o', 'json'), start('lab', 'run', FOUR_CLOUDS)]
      const ids = { alive: labId(await alive.said('building')), killed: labId(await killed.said('adding')) }
      killed.child.kill('SIGKILL')
      await killed.ended
      expect(remainsOf(ids.killed)).not.toEqual([])

      const next = await damask('lab', 'run', `${WORLDS}/leaks-on-purpose.yaml`, '-o', 'json')
      expect(JSON.parse(next.output).failed, next.complaints).toEqual([])
      expect(remainsOf(ids.killed)).toEqual([])
      expect(remainsOf(labId(next.complaints))).toEqual([])
      const statusOfUp = async (): Promise<string> => (await damask('lab', 'status', world.name)).output
      await expect.poll(statusOfUp, { timeout: 120_000, interval: 500 }).toContain('2 of 2 nodes ready')
      const { code, output } = await alive.ended
      expect(JSON.parse(output)).toMatchObject({ ok: true, pairs: 364, failed: [] })
      expect(code).toBe(0)
      expect(remainsOf(ids.alive)).toEqual([])

      expect((await damask('lab', 'down', world.name)).code).toBe(0)
      expect(remainsOf(upId, world.name)).toEqual([])
    } finally {
      await damask('lab', 'down', world.name)
      world.remove()
    }
  })
})
