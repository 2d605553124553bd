// Processes as a lab remembers them: a pid alone may since belong to somebody else, a pid with its start time may not.
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export type ProcessRecord = {
  readonly pid: number
  /** Field 22 of /proc/PID/stat: clock ticks since the machine started. */
  readonly startTicks: number
}

/** Undefined where no such process runs (one that only waits to be buried does not run). */
export function tryProcessRecord(pid: number): ProcessRecord | undefined {
  const stat = tryRead(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  // The second field is the command in parentheses, and may hold anything.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, startTicks] = [fields?.[0], Number(fields?.[19])]
  return state === undefined || state === 'Z' || state === 'X' ? undefined : { pid, startTicks }
}

export function processRecord(pid: number): ProcessRecord {
  const record = tryProcessRecord(pid)
  if (!record) throw new Error(`process ${pid} ended as soon as it was started`)
  return record
}

export const isRunning = ({ pid, startTicks }: ProcessRecord): boolean =>
  tryProcessRecord(pid)?.startTicks === startTicks

/** Those whose network namespace is one of the files (`/run/netns/…`), whoever started them. */
export function processesIn(namespacePaths: readonly string[]): ProcessRecord[] {
  const wanted = new Set(namespacePaths.flatMap((path) => tryRead(() => `net:[${statSync(path).ino}]`) ?? []))
  if (wanted.size === 0) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => wanted.has(tryRead(() => readlinkSync(`/proc/${pid}/ns/net`)) ?? ''))
    .flatMap((pid) => tryProcessRecord(Number(pid)) ?? [])
    .filter(({ pid }) => pid !== process.pid)
}

const GRACE_MILLISECONDS = 5_000

/** Sends SIGKILL to each that still is who it was, and waits until they are gone. */
export async function killAll(records: readonly ProcessRecord[]): Promise<void> {
  for (const record of records) {
    if (isRunning(record)) tryRead(() => process.kill(record.pid, 'SIGKILL'))
  }
  for (let waited = 0; records.some(isRunning); waited += 10) {
    if (waited > GRACE_MILLISECONDS) {
      const left = records.filter(isRunning).map(({ pid }) => pid)
      throw new Error(`processes ${left.join(', ')} are still there 5 s after SIGKILL; the kernel holds them`)
    }
    await sleep(10)
  }
}

// Processes come and go while we look: what is not there any more is not an error.
function tryRead<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
