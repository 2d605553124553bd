import type { Address } from '../address.ts'
import type { Because } from './because.ts'

/** A permanent forwarding entry of a vxlan device: which underlay address holds this hardware address. */
export type FdbEntry = {
  readonly kind: 'fdb'
  readonly link: string
  readonly hardwareAddress: string
  readonly remote: Address
  readonly because: readonly Because[]
}

export const fdbEntry = (fields: Omit<FdbEntry, 'kind'>): FdbEntry => ({ kind: 'fdb', ...fields })
export const fdbEntryKey = (entry: FdbEntry): string => `fdb ${entry.link} ${entry.hardwareAddress}`
