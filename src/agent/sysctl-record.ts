// What the settings of the host were before we changed them, on disk: whoever takes Damask away puts back those that nobody has
// changed since. Settings of our own links are left out, as they go with the links.
import { readFile } from 'node:fs/promises'
import { type Change, type Kernel, LINK_PREFIX, POD_LINK_PREFIX } from '../model/index.ts'
import { replaceFile } from './durable-file.ts'
import type { Log } from './secret-log.ts'

/** By key, as of Sysctl. `old`: before we first wrote it; `ours`: what we wrote last. */
export type SysctlRecord = Readonly<Record<string, { readonly old: string; readonly ours: string }>>

/** The kernel, but every setting is recorded before it is written. A record that cannot be kept is said, and stops nothing. */
export async function recordSysctls<K extends Kernel>(
  kernel: K,
  { path, log }: { readonly path: string; readonly log: Pick<Log, 'warn'> },
): Promise<K> {
  let record = await tryReadSysctlRecord(path, log)
  return {
    ...kernel,
    async apply(changes) {
      const next = addToRecord(record, changes)
      if (next !== record) {
        record = next
        await replaceFile(path, `${JSON.stringify(record, undefined, 2)}\n`).catch((cause) =>
          log.warn(
            { cause, path },
            'cannot record what settings of the host were before; they cannot be put back later',
          ),
        )
      }
      return kernel.apply(changes)
    },
  }
}

/** Nothing where there is no such file, or none that can be read: that is said in the log. */
export async function tryReadSysctlRecord(path: string, log: Pick<Log, 'warn'>): Promise<SysctlRecord> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'))
      log.warn({ cause, path }, 'cannot read what settings of the host were before Damask')
    return {}
  }
}

/** The same object where nothing is added. */
function addToRecord(record: SysctlRecord, changes: readonly Change[]): SysctlRecord {
  let next = record
  for (const change of changes) {
    // One that is created was not there to be read before: it came with a link, or with a module of the kernel.
    if (change.op !== 'update' || change.entry.kind !== 'sysctl' || change.observed.kind !== 'sysctl') continue
    const { key, value: ours } = change.entry
    if (isOfOurLink(key) || next[key]?.ours === ours) continue
    next = { ...next, [key]: { old: next[key]?.old ?? change.observed.value, ours } }
  }
  return next
}

const isOfOurLink = (key: string): boolean =>
  [LINK_PREFIX, POD_LINK_PREFIX].some((prefix) => key.includes(`/conf/${prefix}`))
