// Which pod holds which address: recorded, and on disk, before anybody is told. What a crash leaves behind is read back,
// so that no address is ever given twice and none is lost.
import { type Address, type Family, formatAddress, formatPrefix, type Prefix } from '../model/index.ts'
import { CNI_CODE, cniError } from './cni-error.ts'
import type { Attachment } from './cni-request.ts'
import type { Log } from './log.ts'
import { type JournalLine, openJournalFile } from './journal-file.ts'
import { FIRST_RECORD, formatRecord, type JournalPod, type JournalRecord, parseRecord } from './journal-record.ts'
import { addressCapacity, nextAddress } from './next-address.ts'

export type AddressJournal = {
  /** Every pod whose addresses are on disk. Listed before its link is made, no more once its release is asked for. */
  readonly pods: () => readonly JournalPod[]
  readonly find: (attachment: Attachment) => JournalPod | undefined
  /** Takes one address of each family that has a prefix. On disk once it resolves; after a failure nothing is taken. */
  readonly allocate: (wish: AllocationWish) => Promise<JournalPod>
  /** Frees a pod's addresses; they may be given again once it resolves. False where the pod is not known. */
  readonly release: (attachment: Attachment) => Promise<boolean>
  /** Waits for what is being written. */
  readonly close: () => Promise<void>
}

export type AllocationWish = {
  readonly pod: Omit<JournalPod, 'addresses'>
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

type State = {
  readonly live: Map<string, JournalPod>
  /** Of live pods, of allocations on their way to the disk, and of releases on theirs. */
  readonly taken: Set<string>
  readonly lastGiven: Map<Family, Address>
}

type Waiting = {
  readonly record: JournalRecord
  readonly resolve: () => void
  readonly reject: (cause: unknown) => void
}

const keyOf = ({ containerId, interfaceName }: Attachment): string => `${containerId}/${interfaceName}`

/** Opens the journal, makes it where there is none, and reads back what is taken. */
export async function openAddressJournal(options: JournalOptions): Promise<AddressJournal> {
  const { path, log, compactFromLines = 1000 } = options
  const { file, content } = await openJournalFile(path, formatRecord(FIRST_RECORD))
  const { live, taken, lastGiven } = replay(path, content.lines)
  if (content.tornBytes > 0) {
    log?.warn({ path, bytes: content.tornBytes }, 'cut off the end of the journal, which a crash left half written')
  }
  let waiting: Waiting[] = []
  let flushing: Promise<void> | undefined
  let mustRewrite = false

  const write = (record: JournalRecord): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ record, resolve, reject })
      flushing ??= flush().finally(() => {
        flushing = undefined
      })
    })

  /** Writes what waits, again and again, until nothing does. */
  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        if (mustRewrite) await rewrite()
        await file.append(batch.map(({ record }) => formatRecord(record)))
      } catch (cause) {
        mustRewrite = true
        for (const { reject } of batch) reject(cause)
        continue
      }
      for (const { record, resolve } of batch) {
        if (record.kind === 'allocate') live.set(keyOf(record.pod), record.pod)
        resolve()
      }
      if (file.lineCount() >= Math.max(compactFromLines, 4 * live.size)) await compact()
    }
  }

  async function rewrite(): Promise<void> {
    const cursors = [...lastGiven.values()].map((address): JournalRecord => ({ kind: 'cursor', address }))
    const allocations = [...live.values()].map((pod): JournalRecord => ({ kind: 'allocate', pod }))
    mustRewrite = true
    await file.replace([...allocations, ...cursors].map(formatRecord))
    mustRewrite = false
  }

  const compact = (): Promise<void> =>
    rewrite().catch((cause) => log?.warn({ path, cause }, 'cannot rewrite the journal; trying again with the next change'))

  const failed = (what: string, cause: unknown): Error =>
    cniError(CNI_CODE.failed, `cannot record ${what} in ${path}: ${messageOf(cause)}; look at the disk`, cause)

  return {
    pods: () => [...live.values()],
    find: (attachment) => live.get(keyOf(attachment)),

    async allocate({ pod: wish, prefixes, reserved }) {
      const known = live.get(keyOf(wish))
      if (known) throw new Error(`${keyOf(wish)} already holds ${known.addresses.map(formatAddress).join(' and ')}`)
      const addresses = chooseAddresses(prefixes, reserved, { taken, lastGiven })
      const pod: JournalPod = { ...wish, addresses }
      for (const address of addresses) {
        taken.add(formatAddress(address))
        lastGiven.set(address.family, address)
      }
      try {
        await write({ kind: 'allocate', pod })
      } catch (cause) {
        for (const address of addresses) taken.delete(formatAddress(address))
        throw failed(`the addresses of ${keyOf(wish)}`, cause)
      }
      return pod
    },

    async release({ containerId, interfaceName }) {
      const key = keyOf({ containerId, interfaceName })
      const pod = live.get(key)
      if (pod === undefined) return false
      live.delete(key)
      try {
        await write({ kind: 'release', containerId, interfaceName })
      } catch (cause) {
        live.set(key, pod)
        throw failed(`the release of ${key}`, cause)
      }
      for (const address of pod.addresses) taken.delete(formatAddress(address))
      return true
    },

    async close() {
      await flushing
      await file.close()
    },
  }
}

function chooseAddresses(
  prefixes: readonly Prefix[],
  reserved: readonly Address[],
  { taken, lastGiven }: Pick<State, 'taken' | 'lastGiven'>,
): Address[] {
  if (prefixes.length === 0) {
    throw cniError(CNI_CODE.tryLater, 'this node has no pod prefix yet; give it one (spec.podPrefixes) and try again')
  }
  const kept = new Set(reserved.map(formatAddress))
  const addresses: Address[] = []
  for (const family of [4, 6] as const) {
    const ours = prefixes.filter((prefix) => prefix.family === family)
    if (ours.length === 0) continue
    const isTaken = (address: Address): boolean => {
      const text = formatAddress(address)
      return taken.has(text) || kept.has(text)
    }
    const address = nextAddress({ prefixes: ours, after: lastGiven.get(family), isTaken })
    if (address === undefined) {
      throw cniError(
        CNI_CODE.addressesExhausted,
        `no free address is left in ${ours.map(formatPrefix).join(' and ')}, which have room for ${addressCapacity(ours)} pods; ` +
          'remove pods from this node, or give it a further pod prefix',
      )
    }
    addresses.push(address)
  }
  return addresses
}

function replay(path: string, lines: readonly JournalLine[]): State {
  const state: State = { live: new Map(), taken: new Set(), lastGiven: new Map() }
  for (const { number, records } of lines) {
    for (const value of records) {
      try {
        replayRecord(state, parseRecord(value))
      } catch (cause) {
        throw new Error(
          `${path}:${number}: a record of the journal ${messageOf(cause)}; which addresses are taken is not known. ` +
            'Run the damask that wrote it, restore the file, or drain the node and remove it',
          { cause },
        )
      }
    }
  }
  return state
}

function replayRecord({ live, taken, lastGiven }: State, record: JournalRecord): void {
  switch (record.kind) {
    case 'journal':
      return
    case 'cursor':
      lastGiven.set(record.address.family, record.address)
      return
    case 'release': {
      const pod = live.get(keyOf(record))
      for (const address of pod?.addresses ?? []) taken.delete(formatAddress(address))
      live.delete(keyOf(record))
      return
    }
    case 'allocate': {
      const { pod } = record
      if (live.has(keyOf(pod))) throw new Error(`gives ${keyOf(pod)} addresses a second time`)
      for (const address of pod.addresses) {
        if (taken.has(formatAddress(address))) throw new Error(`gives ${formatAddress(address)} a second time`)
        taken.add(formatAddress(address))
        lastGiven.set(address.family, address)
      }
      live.set(keyOf(pod), pod)
    }
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
