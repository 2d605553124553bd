// Settings of the host as they were before Damask, where nobody has changed ours since.
import { readSysctl, writeSysctl } from '../linux/index.ts'
import type { Log } from './secret-log.ts'
import { tryReadSysctlRecord } from './sysctl-record.ts'

export type RestoredSysctl = {
  readonly key: string
  /** What it is now: the old value, or what somebody made of ours. */
  readonly value: string
  /** Left out: restored. */
  readonly kept?: 'changed' | 'needed' | 'refused'
}

/** Whether the host goes on forwarding because of it. accept_ra: with forwarding on, its old value would take a default route away. */
const FORWARDING = /\/(ip_forward|forwarding|accept_ra)$/

/** By the record at the path; none where there is no such file. `isForwarding`: others here need packets forwarded, as we did. */
export async function restoreSysctls(
  path: string,
  isForwarding: boolean,
  log: Pick<Log, 'warn'>,
): Promise<readonly RestoredSysctl[]> {
  const record = Object.entries(await tryReadSysctlRecord(path, log))
  // The last first: accept_ra was raised before forwarding was switched on, and is lowered after it is switched off.
  return record.reverse().flatMap(([key, { old, ours }]): RestoredSysctl[] => {
    const value = readSysctl(undefined, key)
    if (value === undefined || value === old) return []
    if (value !== ours) return [{ key, value, kept: 'changed' }]
    if (isForwarding && FORWARDING.test(key)) return [{ key, value, kept: 'needed' }]
    try {
      writeSysctl(undefined, key, old)
      return [{ key, value: old }]
    } catch (cause) {
      log.warn({ key, cause }, `cannot put back ${key} = ${old}: ${cause instanceof Error ? cause.message : cause}`)
      return [{ key, value, kept: 'refused' }]
    }
  })
}
