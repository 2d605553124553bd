// `damask lab run` where the lab cannot come up, and where there is no lab in the input: what is printed, and the exit code.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'

const WORLD = `
apiVersion: damask.dev/v1alpha1
kind: Network
metadata: { name: default }
spec: { podPrefixes: [10.42.0.0/16] }
---
apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: lone }
spec: { site: one, privateAddresses: [10.0.0.1/24], podPrefixes: [10.42.1.0/24] }
`
const LAB = `---
apiVersion: damask.dev/v1alpha1
kind: Lab
metadata: { name: cannot-come-up }
spec: { clouds: [{ name: one, nat: none }] }
`

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-trial-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** With a program in place of the agents that only ends. */
async function labRun(world: string, ...words: readonly string[]) {
  const file = join(folder, 'world.yaml')
  writeFileSync(file, world)
  const printed: string[] = []
  const errors: string[] = []
  let exitCode: number | undefined
  const setExitCode = (code: number): void => {
    exitCode = code
  }
  await runProgram(['lab', 'run', file, ...words], '1.2.3', {
    terminal: { print: (text) => printed.push(text), printError: (text) => errors.push(text), setExitCode },
    writeError: (text) => errors.push(text),
    signal: new AbortController().signal,
    clock: { now: () => performance.now(), after: () => () => {} },
    kernelRelease: '6.1.0',
    isRoot: true,
    self: ['sh', '-c', 'sleep 0.2; echo "cannot live here"; exit 1'],
  })
  return { printed, errors: errors.join('\n'), exitCode }
}

describe('damask lab run', () => {
  it('prints the line of JSON also of a lab that cannot come up, with the reason', async () => {
    const { printed, exitCode } = await labRun(WORLD + LAB, '-o', 'json')
    expect(printed).toHaveLength(1)
    expect(JSON.parse(printed[0] ?? '')).toMatchObject({
      ok: false,
      pairs: 0,
      failed: [],
      clearTextPackets: 0,
      internetBytesByClouds: {},
      seconds: { converged: 0, down: 0 },
      error: expect.stringContaining('the agent of node lone ended; the end of its log:\ncannot live here'),
    })
    expect(exitCode).toBe(1)
  })

  it('says the reason to a person, and prints no table of nothing', async () => {
    const { printed, errors, exitCode } = await labRun(WORLD + LAB)
    expect(printed).toEqual([])
    expect(errors).toContain('the agent of node lone ended')
    expect(exitCode).toBe(1)
  })

  it.each([
    ['without a Lab', WORLD, 'there is no Lab'],
    ['with a Lab in which a node has no place', WORLD + LAB.replace('name: one', 'name: other'), 'no cloud is named'],
  ])('prints no line of JSON for a world %s', async (_, world, words) => {
    const { printed, errors, exitCode } = await labRun(world, '-o', 'json')
    expect(printed).toEqual([])
    expect(errors).toContain(words)
    expect(exitCode).toBe(2)
  })
})
