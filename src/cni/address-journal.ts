// Which pod holds which address: recorded, and on disk, before anybody is told. What a crash leaves behind is read back,
// so that no address is ever given twice and none is lost.
import { type Address, formatAddress, type Prefix } from '../model/index.ts'
import { attachmentKey } from './attachment-key.ts'
import { chooseAddresses } from './choose-addresses.ts'
import { CNI_CODE, cniError } from './cni-error.ts'
import { type JournalFile, type JournalLine, openJournalFile } from './journal-file.ts'
import { FIRST_RECORD, formatRecord, type JournalPod, type JournalRecord } from './journal-record.ts'
import { type JournalState, replayJournal, snapshotRecords } from './journal-state.ts'
import type { Log } from './log.ts'
import type { Attachment } from './request-fields.ts'

export type AddressJournal = {
  /** Every pod whose addresses are on disk. Listed before its link is made, no more once its release is asked for. */
  readonly pods: () => readonly JournalPod[]
  readonly find: (attachment: Attachment) => JournalPod | undefined
  /** Takes one address of each family that has a prefix. On disk once it resolves; after a failure nothing is taken. */
  readonly allocate: (wish: AllocationWish) => Promise<JournalPod>
  /**
   * Frees a pod's addresses: on disk once it resolves. They may be given again once `linkIsGone` resolves too; where that
   * rejects they rest until the journal is opened anew. Where the disk refuses it is done all the same, so that pods can be
   * removed from a full disk: the addresses then rest until something can be written. False where the pod is not known.
   */
  readonly release: (attachment: Attachment, linkIsGone?: Promise<unknown>) => Promise<boolean>
  /** Waits for what is being written. */
  readonly close: () => Promise<void>
}

export type AllocationWish = {
  readonly pod: Omit<JournalPod, 'addresses'>
  /** Asked for by the request, one of a family at most; left out: the next ones. */
  readonly addresses?: readonly Address[]
  /** The node's own pod prefixes, in the order in which they are used. */
  readonly prefixes: readonly Prefix[]
  /** Never given, besides the first two addresses of each prefix and the last of IPv4. */
  readonly reserved: readonly Address[]
}

export type JournalOptions = {
  readonly path: string
  readonly log?: Log
  /** The file is rewritten once it has this many lines and four times as many as there are pods. */
  readonly compactFromLines?: number
}

type Waiting = {
  /** Left out: only what stands is to be on disk. */
  readonly record?: JournalRecord
  readonly resolve: () => void
  readonly reject: (cause: unknown) => void
}

/** Opens the journal, makes it where there is none, and reads back what is taken. */
export async function openAddressJournal(options: JournalOptions): Promise<AddressJournal> {
  const { path, log, compactFromLines = 1000 } = options
  const { file, content } = await openJournalFile(path, formatRecord(FIRST_RECORD))
  const state = await replayed(path, content.lines, file)
  const { live, taken, lastGiven } = state
  /** Attachments with a record on its way to the disk. */
  const busy = new Set<string>()
  if (content.tornBytes > 0) {
    log?.warn({ path, bytes: content.tornBytes }, 'cut off the end of the journal, which a crash left half written')
  }
  let waiting: Waiting[] = []
  let flushing = Promise.resolve()
  let isFlushing = false
  let mustRewrite = false
  let compactAt = compactFromLines
  /** What to do for releases that the disk refused, once the file is rewritten: then it does not name these pods any more. */
  const unrecorded: (() => void)[] = []

  function write(one: Waiting): void {
    waiting.push(one)
    if (!isFlushing) flushing = flush()
  }

  /** Writes what waits, again and again, until nothing does. */
  async function flush(): Promise<void> {
    isFlushing = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        if (mustRewrite || file.isGone()) await rewrite()
        const records = batch.flatMap(({ record }) => (record === undefined ? [] : formatRecord(record)))
        if (records.length > 0) await file.append(records)
      } catch (cause) {
        mustRewrite = true
        for (const { reject } of batch) reject(cause)
        continue
      }
      for (const { record, resolve } of batch) {
        if (record?.kind === 'allocate') live.set(attachmentKey(record.pod), record.pod)
        resolve()
      }
      if (file.lineCount() >= Math.max(compactAt, 4 * live.size)) await compact()
    }
    isFlushing = false // in the same turn as the last look at what waits
  }

  async function rewrite(): Promise<void> {
    await file.replace(snapshotRecords(state).map(formatRecord))
    mustRewrite = false
    for (const free of unrecorded.splice(0)) free()
  }

  async function compact(): Promise<void> {
    try {
      await rewrite()
      compactAt = compactFromLines
    } catch (cause) {
      compactAt = file.lineCount() + compactFromLines
      log?.warn({ path, cause }, 'cannot rewrite the journal shorter; it grows on, and this is tried again later')
    }
  }

  return {
    pods: () => [...live.values()],
    find: (attachment) => live.get(attachmentKey(attachment)),

    async allocate({ pod: wish, addresses: wished = [], prefixes, reserved }) {
      const key = attachmentKey(wish)
      if (unrecorded.length > 0) await new Promise<void>((resolve) => write({ resolve, reject: () => resolve() }))
      if (live.has(key) || busy.has(key)) throw new Error(`${key} already has its addresses; release them first`)
      const addresses = chooseAddresses({ wished, prefixes, reserved }, state)
      const wishedFamilies = wished.map(({ family }) => family)
      const pod: JournalPod = { ...wish, addresses }
      busy.add(key)
      for (const address of addresses) {
        taken.add(formatAddress(address))
        if (!wishedFamilies.includes(address.family)) lastGiven.set(address.family, address)
      }
      try {
        await new Promise<void>((resolve, reject) => {
          write({ record: { kind: 'allocate', pod, wished: wishedFamilies }, resolve, reject })
        })
      } catch (cause) {
        for (const address of addresses) taken.delete(formatAddress(address))
        const what = `cannot record the addresses of ${key} in ${path}`
        throw cniError(CNI_CODE.failed, `${what}: ${messageOf(cause)}; look at the disk`, cause)
      } finally {
        busy.delete(key)
      }
      return pod
    },

    async release({ containerId, interfaceName }, linkIsGone) {
      const key = attachmentKey({ containerId, interfaceName })
      if (busy.has(key)) throw new Error(`${key} is just being recorded; release it after that`)
      const pod = live.get(key)
      if (pod === undefined) return false
      const free = (): void => pod.addresses.forEach((address) => void taken.delete(formatAddress(address)))
      const freeOnceGone = (): void => {
        if (linkIsGone === undefined) free()
        else linkIsGone.then(free, () => {})
      }
      busy.add(key)
      live.delete(key)
      await new Promise<void>((resolve) => {
        write({
          record: { kind: 'release', containerId, interfaceName },
          resolve() {
            freeOnceGone()
            resolve()
          },
          reject(cause) {
            unrecorded.push(freeOnceGone)
            log?.warn(
              { path, containerId, cause },
              'cannot record a release; its addresses rest until the disk can be written',
            )
            resolve()
          },
        })
      })
      busy.delete(key)
      return true
    },

    async close() {
      await flushing
      await file.close()
    },
  }
}

async function replayed(path: string, lines: readonly JournalLine[], file: JournalFile): Promise<JournalState> {
  try {
    return replayJournal(path, lines)
  } catch (cause) {
    await file.close()
    throw cause
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
