// Runs that fall short before anything can be tried: there is a result all the same, and nothing is left.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { labCloud, labNode, labOf, labWorld } from '../../test/lab-world.ts'
import { listNamespaces } from '../linux/index.ts'
import { LABS_FOLDER } from './lab-record.ts'
import { type Run, runLab } from './run.ts'
import { wrongInput } from './wrong-input.ts'

let folder: string
const phases: string[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-run-'))
  writeFileSync(join(folder, 'world.yaml'), '')
  phases.length = 0
})
afterEach(() => {
  rmSync(folder, { recursive: true })
  const id = /dmk-([0-9a-f]{6})-/.exec(phases.join('\n'))?.[1]
  expect(id).toBeDefined()
  expect(listNamespaces(`dmk-${id}-`)).toEqual([])
  expect((existsSync(LABS_FOLDER) ? readdirSync(LABS_FOLDER) : []).filter((name) => name.includes(`${id}`))).toEqual([])
})

/** Two machines, and in place of the tool whatever `damask` says. */
function run(damask: readonly string[], signal: AbortSignal, progress = {}): Promise<Run> {
  const nodes = [1, 2].map((nth) => labNode(`m-${nth}`, `10.0.0.1${nth}/24`, undefined, [`10.42.${nth}.0/24`]))
  return runLab({
    world: labWorld(nodes),
    lab: labOf([labCloud('one', 'none')], { 'm-1': 'one', 'm-2': 'one' }, 1),
    sources: [join(folder, 'world.yaml')],
    tools: { damask, cni: '/bin/false' },
    clock: () => performance.now(),
    signal,
    progress: {
      phase: (what) => void phases.push(what),
      note: () => {},
      ready: () => {},
      tried: () => {},
      ...progress,
    },
  })
}
const unstopped = new AbortController().signal

it('a lab whose agents end has a result that says so, with the end of a log', async () => {
  const { result, pairs } = await run(['sh', '-c', 'sleep 0.3; echo "no such thing"; exit 1'], unstopped)
  expect(result).toMatchObject({
    ok: false,
    pairs: 0,
    failed: [],
    clearTextPackets: 0,
    internetBytes: 0,
    internetBytesByClouds: {},
    internetBytesIfAllPublic: 0,
    error: expect.stringMatching(/the agent of node m-[12] ended; the end of its log:\nno such thing/),
  })
  expect(pairs).toEqual([])
})

it('a lab that is stopped has no result', async () => {
  const controller = new AbortController()
  const progress = { ready: () => controller.abort() }
  await expect(run(['sh', '-c', 'sleep 60'], controller.signal, progress)).rejects.toThrow('abort')
})

it('what turns out to be wrong input has no result', async () => {
  const progress = {
    ready: () => {
      throw wrongInput('no such lab')
    },
  }
  await expect(run(['sh', '-c', 'sleep 60'], unstopped, progress)).rejects.toThrow('no such lab')
})
