// Kernel settings of a namespace. /proc/sys/net follows the thread, also through a bind mount of it elsewhere, so it is read and
// written inside the bracket.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { inNamespace, type NamespaceHandle } from './namespace.ts'

/** Of the machine, not of a namespace: one for the whole process. */
let folder = '/proc/sys'

/**
 * From now on settings are read and written in this folder: a container has its own /proc/sys read-only, and is given the machine's
 * somewhere else. Throws where it holds no settings of the network.
 */
export function useSysctlFolder(path: string): void {
  if (!existsSync(`${path}/net/ipv4`))
    throw new Error(`${path} holds no kernel settings of the network; mount the machine's /proc/sys there`)
  folder = path
}

/** `key`: path under /proc/sys. Undefined where the kernel has no such setting. */
export const readSysctl = (handle: NamespaceHandle | undefined, key: string): string | undefined =>
  readSysctls(handle, [key]).get(key)

/** One visit for all keys; those that do not exist are left out. */
export function readSysctls(handle: NamespaceHandle | undefined, keys: Iterable<string>): Map<string, string> {
  return inNamespace(handle, () => {
    const values = new Map<string, string>()
    for (const key of keys) {
      const path = pathOf(key)
      try {
        values.set(key, readFileSync(path, 'utf8').trim())
      } catch {
        // No such setting, or one that cannot be read (EINVAL, EPERM): the same to us.
      }
    }
    return values
  })
}

export function writeSysctl(handle: NamespaceHandle | undefined, key: string, value: string): void {
  inNamespace(handle, () => writeFileSync(pathOf(key), value))
}

function pathOf(key: string): string {
  if (key.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw new Error(`not a sysctl: '${key}'`)
  return `${folder}/${key}`
}
