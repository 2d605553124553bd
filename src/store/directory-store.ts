// A folder of YAML files as a store: people write resources into it, agents their status.
import { join, resolve, sep } from 'node:path'
import type { NodeStatus } from '../model/index.ts'
import type { ReadResult } from './assemble-world.ts'
import { watchFolder } from './folder-watch.ts'
import { writeStatusFile } from './status-file.ts'
import { createStoreReader } from './store-reader.ts'

export type DirectoryStore = {
  /**
   * Never rejects: a store that cannot be read has issues and no World, but a wrong status is only left out of it.
   * The very same result where nothing changed.
   */
  read(): Promise<ReadResult>
  /** Calls back about 20 ms after a change in the folder, at any depth; returns how to stop. */
  watch(onChange: () => void): () => void
  /** False where the file says just that already. Rejects where it cannot be written. */
  writeStatus(status: NodeStatus): Promise<boolean>
  close(): void
}

export type DirectoryStoreSettings = {
  readonly directory: string
  readonly log?: Record<'debug' | 'warn', (fields: object, message: string) => void>
}

export function openDirectoryStore({ directory, log }: DirectoryStoreSettings): DirectoryStore {
  // Absolute, so that a later change of the working folder moves nothing and what the watch says names the same files.
  const folder = resolve(directory)
  const statusFolder = join(folder, 'status') + sep
  const reader = createStoreReader([folder], {
    isExpendable: (path) => path.startsWith(statusFolder),
    isWanted: ({ kind }) => kind !== 'Lab',
  })
  const stops = new Set<() => void>()
  return {
    read: () => reader.read(),
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
    close() {
      for (const stop of stops) stop()
      stops.clear()
    },
  }
}
