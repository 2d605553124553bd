// Which folder of documents a node's agent reads. Plain machines have no store in common: each has a folder of its own, and
// what one agent says of its node (its public key above all) reaches the others only when somebody copies the file.
import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LabRecord, nodeFolder, worldFolder } from './lab-record.ts'

export const storeFolder = (record: Pick<LabRecord, 'folder' | 'stores'>, node: string): string =>
  record.stores === 'own' ? join(nodeFolder(record, node), 'world') : worldFolder(record)

/** A whole copy of the lab's documents for each node: what a person would have put on every machine before its first start. */
export function handOutDocuments(record: LabRecord): void {
  for (const { name } of record.layout.nodes) {
    mkdirSync(nodeFolder(record, name), { recursive: true })
    cpSync(worldFolder(record), storeFolder(record, name), { recursive: true })
  }
}

/**
 * One pass of what rsync in a cron job would do: each node's own status to all others. Nothing else is copied, and what an agent
 * says of itself is never overwritten with what others heard of it. The number of files that were new somewhere.
 */
export function copyStatuses(record: LabRecord): number {
  const names = record.layout.nodes.map(({ name }) => name)
  return names
    .flatMap((name) => {
      const text = tryRead(statusFile(record, name, name))
      return text === undefined ? [] : names.map((other) => put(statusFile(record, other, name), text))
    })
    .filter((isNew) => isNew).length
}

const statusFile = (record: LabRecord, at: string, of: string): string =>
  join(storeFolder(record, at), 'status', `${of}.yaml`)

/** Agents see the old file or the new one; names that begin with a dot they do not read. */
function put(path: string, text: string): boolean {
  if (tryRead(path) === text) return false
  const folder = join(path, '..')
  mkdirSync(folder, { recursive: true })
  const draft = join(folder, '.copied')
  writeFileSync(draft, text)
  renameSync(draft, path)
  return true
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // not said yet
  }
}

const COPY_MILLISECONDS = 200

/** Copies over and over, until it is told to stop; then once more, so that all know what all have said. */
export function keepCopyingStatuses(record: LabRecord): { close(): void } {
  const timer = setInterval(() => {
    try {
      copyStatuses(record)
    } catch {
      // The next pass tries again, and nodes that stay without a key say so.
    }
  }, COPY_MILLISECONDS)
  return {
    close() {
      clearInterval(timer)
      copyStatuses(record)
    },
  }
}
