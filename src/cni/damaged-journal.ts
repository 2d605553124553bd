// A journal of which not every line can be read: who is live is then not known for sure, and nothing may be given or freed.
import type { JournalLine } from './journal-file.ts'

/** Its message names file and line, and says what to do; `lines` are those that can be read. */
export type DamagedJournal = Error & { readonly name: 'DamagedJournal'; readonly lines: readonly JournalLine[] }

export const damagedJournal = (message: string, lines: readonly JournalLine[], cause?: unknown): DamagedJournal =>
  Object.assign(new Error(message, { cause }), { name: 'DamagedJournal' as const, lines })

export const isDamagedJournal = (error: unknown): error is DamagedJournal =>
  error instanceof Error && error.name === 'DamagedJournal'
