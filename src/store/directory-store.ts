// A folder of YAML files as a store: people write resources into it, agents their status, the controller its grants.
import { join, resolve, sep } from 'node:path'
import { watchFolder } from './folder-watch.ts'
import { GRANT_FOLDER, grantPath, listGrantFiles, removeGrantFile, writeGrantFile } from './grant-file.ts'
import { formatIssue } from './issue.ts'
import { writeStatusFile } from './status-file.ts'
import type { Store } from './store.ts'
import { createStoreReader } from './store-reader.ts'

export type DirectoryStoreSettings = {
  readonly directory: string
  readonly log?: Record<'debug' | 'warn', (fields: object, message: string) => void>
}

export function openDirectoryStore({ directory, log }: DirectoryStoreSettings): Store {
  // Absolute, so that a later change of the working folder moves nothing and what the watch says names the same files.
  const folder = resolve(directory)
  const written = ['status', GRANT_FOLDER].map((name) => join(folder, name) + sep)
  const reader = createStoreReader([folder], {
    isExpendable: (path) => written.some((inside) => path.startsWith(inside)),
    isWanted: ({ kind }) => kind !== 'Lab',
  })
  const stops = new Set<() => void>()
  return {
    read: () => reader.read(),
    // Calls back about 20 ms after a change in the folder, at any depth.
    watch(onChange) {
      const stop = watchFolder({
        folder,
        onChange,
        onTouch(path) {
          log?.debug({ path }, 'a file of the store changed')
          reader.forget(path)
        },
        onProblem: (message) => log?.warn({ folder }, message),
      })
      stops.add(stop)
      return () => {
        stops.delete(stop)
        stop()
      }
    },
    writeStatus: (status) => writeStatusFile(folder, status),
    async writeGrant(grant) {
      // A second document of the name would be an error that stops everybody.
      const other = reader.filesOf('NodeGrant', grant.name).find((path) => path !== grantPath(folder, grant.name))
      if (other !== undefined)
        throw new Error(
          `cannot write the grant of node ${grant.name}: one stands in ${other}; take it out there, and the controller writes its own`,
        )
      return writeGrantFile(folder, grant)
    },
    removeGrant: (node) => removeGrantFile(folder, node),
    grantedNodes: () => listGrantFiles(folder),
    formatIssue,
    takesNewcomers: false,
    close() {
      for (const stop of stops) stop()
      stops.clear()
    },
  }
}
