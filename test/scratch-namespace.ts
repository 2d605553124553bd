// A network namespace for one test: its name is nobody else's, and it goes with the test.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { createNamespace, deleteNamespace, type NamespaceHandle, openNamespace } from '../src/linux/namespace.ts'

export type ScratchNamespace = {
  readonly name: string
  readonly handle: NamespaceHandle
  /** `ip -n NAME -d -j …`, parsed: what iproute2 says, as the oracle. */
  show(...words: string[]): Record<string, unknown>[]
  /** Runs a program inside. */
  run(program: string, ...words: string[]): string
}

export function scratchNamespace(): ScratchNamespace {
  const name = `damask-test-${process.pid}-${randomBytes(4).toString('hex')}`
  createNamespace(name)
  const handle = openNamespace(name)
  onTestFinished(() => {
    handle.close()
    deleteNamespace(name)
  })
  const run = (program: string, ...words: string[]): string =>
    execFileSync('ip', ['netns', 'exec', name, program, ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  return { name, handle, run, show: (...words) => JSON.parse(run('ip', '-d', '-j', ...words) || '[]') }
}
