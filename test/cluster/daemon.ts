// A program of a test cluster that goes on: what it says is in a file, and it is ended, frozen and started again by name.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRunning, killAll, type ProcessRecord, processRecord } from '../../src/lab/process-record.ts'
import { cgroupProcesses } from './cgroup.ts'

export type DaemonOptions = {
  readonly name: string
  readonly command: readonly string[]
  readonly cgroup: string
  /** A file; what is there already stays. */
  readonly log: string
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Is descriptor 3 there. */
  readonly descriptor?: number
}

export type Daemon = {
  readonly name: string
  readonly log: string
  isRunning(): boolean
  /** Throws where it does not run. */
  pid(): number
  /** After `stop`, or in place of what runs. */
  start(): void
  /** SIGKILL: whoever is to end by its own word is told by `signal`. Safe to repeat. */
  stop(): Promise<void>
  /** It keeps its connections and answers nobody. */
  freeze(): void
  thaw(): void
  signal(name: NodeJS.Signals): void
}

/** Not started yet. */
export function daemon(options: DaemonOptions): Daemon {
  let running: ProcessRecord | undefined
  const pid = (): number => {
    if (!running || !isRunning(running)) throw new Error(`${options.name} does not run`)
    return running.pid
  }
  const signal = (name: NodeJS.Signals): void => {
    process.kill(pid(), name)
  }
  return {
    name: options.name,
    log: options.log,
    isRunning: () => running !== undefined && isRunning(running),
    pid,
    start() {
      if (running && isRunning(running)) throw new Error(`${options.name} runs already`)
      running = launch(options)
    },
    async stop() {
      if (running) await killAll([running])
      running = undefined
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    signal,
  }
}

// The process goes into its cgroup itself, before it is anything else: nothing of it is ever elsewhere.
function launch({ command, cgroup, log, cwd = '/', env, descriptor }: DaemonOptions): ProcessRecord {
  const out = openSync(log, 'a')
  try {
    const words = ['-euc', 'echo 0 > "$1"; shift; exec "$@"', 'daemon', cgroupProcesses(cgroup), ...command]
    const inherited = descriptor === undefined ? [] : [descriptor]
    const child = spawn('sh', words, {
      detached: true,
      cwd,
      stdio: ['ignore', out, out, ...inherited],
      env: { ...process.env, ...env },
    })
    child.on('error', () => {}) // no pid: said by processRecord
    child.unref()
    return processRecord(child.pid ?? 0)
  } finally {
    closeSync(out)
  }
}

const LIMIT_MILLISECONDS = 120_000
const POLL_MILLISECONDS = 50

/** Until `isSo`; an error with the end of their logs where one of the daemons ends before that, or the time does. */
export async function waitUntil(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  daemons: readonly Daemon[],
  signal?: AbortSignal,
): Promise<void> {
  const end = performance.now() + LIMIT_MILLISECONDS
  for (;;) {
    signal?.throwIfAborted()
    if (await isSo()) return
    const dead = daemons.find((one) => !one.isRunning())
    const logs = daemons.map(({ name, log }) => `${name}:\n${endOf(log)}`).join('\n')
    if (dead) throw new Error(`${dead.name} ended before ${what}; the ends of the logs:\n${logs}`)
    if (performance.now() > end) throw new Error(`not in two minutes: ${what}; the ends of the logs:\n${logs}`)
    await sleep(POLL_MILLISECONDS)
  }
}

const endOf = (log: string): string =>
  existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-15).join('\n') : ''
