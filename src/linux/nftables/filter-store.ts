// Our nftables table in the kernel: read, made, changed, removed.
import { type Change, FILTER_TABLE, type FilterTable } from '../../model/index.ts'
import type { NamespaceHandle } from '../namespace.ts'
import { codeOf } from '../system-error.ts'
import { openNftables } from './libnftables.ts'
import { openNfnetlink, readGeneration, readTableFlags } from './nfnetlink.ts'
import { deleteTable, listTable, replaceTable, tryChangeElements } from './table-commands.ts'
import { decodeTable, foreignTable } from './table-listing.ts'

export type FilterStore = {
  /** The table `inet damask`; undefined: there is none. Costs next to nothing while nobody changes anything in nftables. */
  read(): Promise<FilterTable | undefined>
  /** Makes a change of a filter table as one transaction; what is refused is thrown, with `code`, and nothing of it is made. */
  apply(change: Change): Promise<void>
  /** Lets go of what is only kept to be quicker the next time. */
  releaseMemory(): Promise<void>
  close(): void
}

export function openFilterStore(namespace?: NamespaceHandle): FilterStore {
  // First, as libnftables ends the process where there is no such socket.
  const socket = openNfnetlink(namespace)
  const nftables = openNftables(namespace)
  let lastRead: { readonly generation: number | undefined; readonly table: FilterTable | undefined } | undefined

  async function list(): Promise<FilterTable | undefined> {
    const flags = readTableFlags(socket, FILTER_TABLE)
    if (flags === undefined) return undefined
    // libnftables 1.0.6 crashes, and we with it, when it prints the flags of a table as JSON.
    if (flags !== 0) return foreignTable(FILTER_TABLE, 'flags of the table')
    try {
      return decodeTable(FILTER_TABLE, await nftables.runJson(listTable(FILTER_TABLE)))
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined // removed since its flags were read
      throw error
    }
  }

  return {
    async read() {
      const generation = readGeneration(socket)
      if (lastRead !== undefined && lastRead.generation === generation) return lastRead.table
      const table = await list()
      // What changes during the listing is in it or not; then the number read before is an old one, and we list again.
      lastRead = generation === undefined ? undefined : { generation, table }
      return table
    },
    async apply(change) {
      const { entry } = change
      if (entry.kind !== 'filter-table') throw new Error(`a ${entry.kind} is no packet filter`)
      if (change.op === 'delete') await nftables.runJson(deleteTable(entry))
      else if (change.op === 'create' || change.observed.kind !== 'filter-table')
        await nftables.runJson(replaceTable(entry))
      else await update(entry, change.observed)
    },
    releaseMemory: nftables.forget,
    close() {
      nftables.close()
      socket.close()
    },
  }

  async function update(entry: FilterTable, observed: FilterTable): Promise<void> {
    const elements = tryChangeElements(observed, entry)
    if (elements === undefined) return replace(entry)
    if (elements.length === 0) return
    try {
      await nftables.runJson(elements)
    } catch {
      await replace(entry) // the table is no longer what was observed
    }
  }

  async function replace(entry: FilterTable): Promise<void> {
    await nftables.runJson(replaceTable(entry))
  }
}
