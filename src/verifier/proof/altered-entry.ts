// Entries that are not looked up by prefix: with them their machine is another, and so is what they name.
import { type Entry, hostPrefix, LINK_PREFIX } from '../../model/index.ts'
import type { Gathered } from './gathered-change.ts'
import { isSameValue } from './same-entry.ts'

/** `entry` is one of the two. */
export function alter(into: Gathered, entry: Entry, before: Entry | undefined, after: Entry | undefined): void {
  into.isAltered = true
  switch (entry.kind) {
    case 'link': {
      const other = entry === before ? after : before
      // With a link come and go what its name means; with its hardware address, who is meant by it.
      const isKept =
        other?.kind === 'link' && isSameValue(other.type, entry.type) && other.hardwareAddress === entry.hardwareAddress
      if (!isKept) into.isUnusual = true
      return
    }
    case 'address':
      if (!entry.link.startsWith(LINK_PREFIX)) into.isUnusual = true
      into.claims.push(hostPrefix(entry.address))
      return
    case 'neighbour':
      into.names.push(entry.address, `hw ${entry.hardwareAddress}`)
      return
    case 'fdb':
      into.names.push(entry.remote, `hw ${entry.hardwareAddress}`)
      return
    case 'next-hop':
      if (entry.via !== undefined) into.names.push(entry.via)
      return
    case 'next-hop-group':
    case 'sysctl':
      return
    default:
      into.isUnusual = true
  }
}
