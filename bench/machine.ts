// Where a figure was measured, without which it says nothing.
import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'

export type MachineFacts = {
  readonly cpu: string
  readonly cores: number
  readonly memoryMb: number
  readonly kernel: string
  readonly node: string
  /** `git describe` of the sources; empty outside a clone. */
  readonly revision: string
}

export const machineFacts = (): MachineFacts => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryMb: Math.round(totalmem() / 1024 ** 2),
  kernel: release(),
  node: process.version,
  revision: revision(),
})

/** Over the last minute: runnable processes on average. Above the number of cores, every time is too long. */
export const load = (): number => Math.round((loadavg()[0] ?? 0) * 100) / 100

function revision(): string {
  try {
    const words = ['-C', import.meta.dirname, 'describe', '--always', '--dirty']
    const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0' } // only look
    return execFileSync('git', words, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return ''
  }
}
