// The lab of one test file: up before its tests under a name that no other run has, and gone after them, whatever happened.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import type { AgentStatus } from '../../src/agent/index.ts'
import { askNode, enterCommand, findRecord, type LabRecord, nodeFolder } from '../../src/lab/index.ts'
import { damask, type Ended, endOf, FOUR_CLOUDS, labId, remainsOf } from './damask-process.ts'

export type LabUnderTest = {
  readonly name: string
  /** The documents that it was brought up from. */
  readonly file: string
  /** As it is written down now. */
  readonly record: () => LabRecord
  /** Runs a command in a node or a pod. */
  readonly run: (place: string, ...command: readonly string[]) => Promise<Ended>
  /** What it prints; anything but exit code 0 fails the test. */
  readonly ask: (place: string, ...command: readonly string[]) => Promise<string>
  /** What a node's agent says of itself. */
  readonly status: (node: string) => Promise<AgentStatus>
  readonly podNamespace: (pod: string) => string
  readonly podAddress: (pod: string, family: 4 | 6) => string
}

/** Brings the lab up before the tests of the file that calls this, and takes it down after them. */
export function labOfThisFile(source = FOUR_CLOUDS): LabUnderTest {
  return labOf(uniqueWorld(source))
}

/** The same for documents that stand in no file. Within `describe`, it is the lab of the tests in there. */
export const labOfThisText = (text: string): LabUnderTest => labOf(uniqueWorldOf(text))

function labOf(world: UniqueWorld): LabUnderTest {
  const { name } = world
  let id: string
  beforeAll(async () => {
    const { code, complaints } = await damask('lab', 'up', world.file)
    id = labId(complaints)
    expect(code, complaints).toBe(0)
  })
  afterAll(async () => {
    await damask('lab', 'down', name) // also where it only came up in part
    world.remove()
    expect(remainsOf(id, name)).toEqual([])
  })
  const lab: LabUnderTest = {
    name,
    file: world.file,
    record: () => findRecord(name),
    run: (place, ...command) => {
      const [program = '', ...words] = [...enterCommand(lab.record(), place), ...command]
      return endOf(spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] }))
    },
    async ask(place, ...command) {
      const { code, output, complaints } = await lab.run(place, ...command)
      expect(code, `${command.join(' ')}: ${complaints}`).toBe(0)
      return output
    },
    async status(node) {
      const answer = await askNode(nodeFolder(lab.record(), node), '/status')
      return JSON.parse(answer?.body ?? `"the agent of ${node} does not answer"`)
    },
    podNamespace: (pod) => {
      const pods = lab.record().layout.nodes.flatMap((node) => node.pods)
      return pods.find((one) => one.name === pod)?.namespace ?? `no pod ${pod}`
    },
    podAddress: (pod, family) => {
      const addresses = lab.record().pods.find((one) => one.name === pod)?.addresses ?? []
      const found = addresses.find((address) => address.includes(':') === (family === 6))
      return found?.replace(/\/.*/, '') ?? `no IPv${family} address of ${pod}`
    },
  }
  return lab
}

export type UniqueWorld = { readonly name: string; readonly file: string; readonly remove: () => void }

/** A copy of the file whose Lab has a name of its own, so that runs of several checkouts do not meet. */
export const uniqueWorld = (source = FOUR_CLOUDS): UniqueWorld => uniqueWorldOf(readFileSync(source, 'utf8'))

export function uniqueWorldOf(documents: string): UniqueWorld {
  const name = `test-${process.pid}-${randomBytes(3).toString('hex')}`
  const folder = mkdtempSync(join(tmpdir(), 'damask-world-'))
  const file = join(folder, 'world.yaml')
  const text = documents.replace(/^(kind: Lab\nmetadata: \{ name: )[^ }]+/m, `$1${name}`)
  if (!text.includes(name)) throw new Error(`there is no Lab to rename in:\n${documents}`)
  writeFileSync(file, text)
  return { name, file, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
