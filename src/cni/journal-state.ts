// What the address journal's records add up to: who is live, what is taken, what was given last.
import { type Address, type Family, formatAddress } from '../model/index.ts'
import { attachmentKey } from './attachment-key.ts'
import { damagedJournal, isDamagedJournal } from './damaged-journal.ts'
import type { JournalLine } from './journal-file.ts'
import { type JournalPod, type JournalRecord, parseRecord } from './journal-record.ts'

export type JournalState = {
  readonly live: Map<string, JournalPod>
  /** Of live pods, of allocations on their way to the disk, and of releases until the pod's link is gone. */
  readonly taken: Set<string>
  readonly lastGiven: Map<Family, Address>
}

/** The records that a rewritten journal begins with. */
export const snapshotRecords = ({ live, lastGiven }: JournalState): JournalRecord[] => [
  ...Array.from(live.values(), (pod): JournalRecord => ({ kind: 'allocate', pod })),
  ...Array.from(lastGiven.values(), (address): JournalRecord => ({ kind: 'cursor', address })),
]

export function replayJournal(path: string, lines: readonly JournalLine[]): JournalState {
  const state: JournalState = { live: new Map(), taken: new Set(), lastGiven: new Map() }
  for (const { number, records } of lines) {
    for (const value of records) {
      try {
        replayRecord(state, parseRecord(value))
      } catch (cause) {
        throw damagedJournal(
          `${path}:${number}: a record of the journal ${cause instanceof Error ? cause.message : cause}; which addresses are taken is not known. ` +
            'Run the damask that wrote it, restore the file, or drain the node and remove it',
          lines,
          cause,
        )
      }
    }
  }
  return state
}

/**
 * Who may be live by what can still be read: rather one too many than one too few. `cause`: what was thrown in place of a whole
 * journal.
 */
export function podsOfDamagedJournal(cause: unknown): readonly JournalPod[] {
  const state: JournalState = { live: new Map(), taken: new Set(), lastGiven: new Map() }
  for (const value of isDamagedJournal(cause) ? cause.lines.flatMap(({ records }) => records) : []) {
    try {
      const record = parseRecord(value)
      if (record.kind === 'allocate') state.live.set(attachmentKey(record.pod), record.pod)
      else replayRecord(state, record)
    } catch {
      // Of a newer damask, or nonsense: the others are still good.
    }
  }
  return [...state.live.values()]
}

function replayRecord({ live, taken, lastGiven }: JournalState, record: JournalRecord): void {
  switch (record.kind) {
    case 'journal':
      return
    case 'cursor':
      lastGiven.set(record.address.family, record.address)
      return
    case 'release': {
      const pod = live.get(attachmentKey(record))
      for (const address of pod?.addresses ?? []) taken.delete(formatAddress(address))
      live.delete(attachmentKey(record))
      return
    }
    case 'allocate': {
      const { pod } = record
      if (live.has(attachmentKey(pod))) throw new Error(`gives ${attachmentKey(pod)} addresses a second time`)
      for (const address of pod.addresses) {
        if (taken.has(formatAddress(address))) throw new Error(`gives ${formatAddress(address)} a second time`)
        taken.add(formatAddress(address))
        if (!record.wished?.includes(address.family)) lastGiven.set(address.family, address)
      }
      live.set(attachmentKey(pod), pod)
    }
  }
}
