// Runs a command to its end.

import type { ProcessEnvOptions } from 'node:child_process'
import { spawn } from 'node:child_process'

export type RunOptions = Pick<ProcessEnvOptions, 'cwd' | 'env'> & {
  /** What it reads: text, or a descriptor. */
  readonly input?: string | number
  readonly signal?: AbortSignal
}

export type Ended = { readonly code: number; readonly output: string; readonly complaints: string }

/** What it prints. Where it fails, the error says what it said. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, output, complaints } = await tryRun(command, options)
  if (code === 0) return output
  throw new Error(`${command.join(' ')} ended with ${code}: ${complaints.trim() || output.trim()}`)
}

/** A command that a signal ended has code -1. */
export function tryRun([program = '', ...words]: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { input, ...rest } = options
  const stdin = typeof input === 'number' ? input : input === undefined ? 'ignore' : 'pipe'
  const child = spawn(program, words, { ...rest, stdio: [stdin, 'pipe', 'pipe'] })
  const output: Buffer[] = []
  const complaints: Buffer[] = []
  child.stdout?.on('data', (bytes) => output.push(bytes))
  child.stderr?.on('data', (bytes) => complaints.push(bytes))
  child.stdin?.on('error', () => {}) // it ended without reading all
  if (typeof input === 'string') child.stdin?.end(input)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      resolve({
        code: code ?? -1,
        output: Buffer.concat(output).toString(),
        complaints: Buffer.concat(complaints).toString(),
      }),
    )
  })
}
