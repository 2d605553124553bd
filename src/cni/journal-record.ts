// What the address journal holds, one record an event, as JSON.
import { type Address, type Family, formatAddress, type LocalPod, parseAddress } from '../model/index.ts'

/** A pod as its ADD recorded it. */
export type JournalPod = LocalPod & {
  readonly namespacePath: string
  /** The configuration's name, by which GC asks. None: the record is older than GC. */
  readonly networkName?: string
}

export type JournalRecord =
  | { readonly kind: 'journal'; readonly version: 1 }
  /** `wished`: families whose address the request named, after which the next one does not come. */
  | { readonly kind: 'allocate'; readonly pod: JournalPod; readonly wished?: readonly Family[] }
  | { readonly kind: 'release'; readonly containerId: string; readonly interfaceName: string }
  /** The address given last, where its allocation was compacted away: the next one comes after it. */
  | { readonly kind: 'cursor'; readonly address: Address }

export const FIRST_RECORD = { kind: 'journal', version: 1 } as const

export function formatRecord(record: JournalRecord): object {
  switch (record.kind) {
    case 'allocate': {
      const { pod, wished = [] } = record
      const addresses = pod.addresses.map(formatAddress)
      return { kind: 'allocate', ...pod, addresses, ...(wished.length > 0 && { wished }) }
    }
    case 'cursor':
      return { kind: 'cursor', address: formatAddress(record.address) }
    default:
      return record
  }
}

/** Throws a clause for the reader's sentence: `has no text "link"`. */
export function parseRecord(value: unknown): JournalRecord {
  if (typeof value !== 'object' || value === null) throw new Error('is no record')
  const fields: { readonly [name: string]: unknown } = { ...value }
  switch (fields.kind) {
    case 'journal':
      if (fields.version !== 1) throw new Error(`is of version ${fields.version}, which a newer damask wrote`)
      return FIRST_RECORD
    case 'allocate':
      return { kind: 'allocate', pod: parsePod(fields), wished: parseWished(fields.wished) }
    case 'release':
      return { kind: 'release', containerId: text(fields, 'containerId'), interfaceName: text(fields, 'interfaceName') }
    case 'cursor':
      return { kind: 'cursor', address: parseAddress(text(fields, 'address')) }
    default:
      throw new Error(`is of the kind ${JSON.stringify(fields.kind)}, which this damask does not know`)
  }
}

function parsePod(fields: { readonly [name: string]: unknown }): JournalPod {
  const { addresses, mtuBytes } = fields
  if (!Array.isArray(addresses)) throw new Error('has no list "addresses"')
  if (typeof mtuBytes !== 'number') throw new Error('has no number "mtuBytes"')
  return {
    containerId: text(fields, 'containerId'),
    interfaceName: text(fields, 'interfaceName'),
    ...(fields.name === undefined ? {} : { name: text(fields, 'name') }),
    link: text(fields, 'link'),
    hardwareAddress: text(fields, 'hardwareAddress'),
    addresses: addresses.map((address) => parseAddress(String(address))),
    mtuBytes,
    namespacePath: text(fields, 'namespacePath'),
    ...(fields.networkName === undefined ? {} : { networkName: text(fields, 'networkName') }),
  }
}

function parseWished(value: unknown): readonly Family[] {
  if (value === undefined) return []
  if (Array.isArray(value) && value.every((family) => family === 4 || family === 6)) return value
  throw new Error('has "wished" that is no list of families')
}

function text(fields: { readonly [name: string]: unknown }, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string' || value === '') throw new Error(`has no text "${name}"`)
  return value
}
