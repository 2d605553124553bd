// Pods for the journal's tests, and what a journal says of them.
import { formatAddress } from '../model/index.ts'
import type { AddressJournal } from './address-journal.ts'
import type { JournalPod } from './journal-record.ts'
import type { Attachment } from './request-fields.ts'

export const podOf = (containerId: string): Omit<JournalPod, 'addresses'> => ({
  containerId,
  interfaceName: 'eth0',
  name: `default/${containerId}`,
  link: `dmk${containerId}`,
  hardwareAddress: '02:00:00:00:00:01',
  mtuBytes: 1420,
  namespacePath: `/run/netns/${containerId}`,
})

export const attachment = (containerId: string): Attachment => ({ containerId, interfaceName: 'eth0' })

export const addressesOf = ({ addresses }: JournalPod): string[] => addresses.map(formatAddress)

/** Addresses by container. */
export const listOf = (journal: AddressJournal): Record<string, string[]> =>
  Object.fromEntries(journal.pods().map((live) => [live.containerId, addressesOf(live)]))
