// The pods of a node by its journal, for who only looks: nothing is opened for writing, and the agent may be at work.
import { readFile } from 'node:fs/promises'
import { readJournal } from './journal-file.ts'
import type { JournalPod } from './journal-record.ts'
import { podsOfDamagedJournal, replayJournal } from './journal-state.ts'

/** None where there is no journal; of a damaged one who may be live by what can still be read. Rejects where it cannot be read. */
export async function readJournalPods(path: string): Promise<readonly JournalPod[]> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw new Error(`cannot read the journal ${path}: ${cause.message}`, { cause })
  })
  if (bytes === undefined) return []
  try {
    return [...replayJournal(path, readJournal(path, bytes).lines).live.values()]
  } catch (cause) {
    return podsOfDamagedJournal(cause)
  }
}
