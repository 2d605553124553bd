// Which entries an address or a prefix meets on each node.
import {
  containsPrefix,
  type Entry,
  equalAddresses,
  formatPrefix,
  hostPrefix,
  overlaps,
  type Prefix,
  type Route,
} from '../../model/index.ts'
import type { EntrySearch } from './entry-search.ts'

/** An address is asked for as the prefix of itself alone. */
export const searchPrefix = (asked: Prefix, about: ReadonlySet<string>): EntrySearch => ({
  isWanted: (entry) => meets(entry, asked),
  narrow: (entries) => withDecidingRoutes(entries, asked),
  say: (entry) => sayHeld(entry, asked),
  about,
})

function meets(entry: Entry, asked: Prefix): boolean {
  const isIt = (address: Parameters<typeof hostPrefix>[0] | undefined): boolean =>
    address !== undefined && containsPrefix(asked, hostPrefix(address))
  switch (entry.kind) {
    case 'route':
      return (
        overlaps(entry.to, asked) || (entry.target.kind === 'via' && entry.target.hops.some(({ via }) => isIt(via)))
      )
    case 'wireguard-peer':
      return isIt(entry.endpoint?.address) || entry.allowedIps.some((prefix) => overlaps(prefix, asked))
    case 'address':
    case 'neighbour':
      return isIt(entry.address)
    case 'fdb':
      return isIt(entry.remote)
    case 'next-hop':
      return isIt(entry.via)
    case 'link':
      return 'local' in entry.type && isIt(entry.type.local)
    case 'rule':
      return entry.ownTo !== undefined && overlaps(entry.ownTo, asked)
    case 'filter-table':
      return setsOf(entry, asked).length > 0
    default:
      return false
  }
}

/** Of the routes that hold all of it, the longest of each table decides; those inside it stay. */
function withDecidingRoutes(entries: readonly Entry[], asked: Prefix): readonly Entry[] {
  const deciding = new Map<number, Route>()
  for (const entry of entries) {
    if (entry.kind !== 'route' || !containsPrefix(entry.to, asked)) continue
    const before = deciding.get(entry.table)
    if (before === undefined || before.to.length < entry.to.length) deciding.set(entry.table, entry)
  }
  return entries.filter(
    (entry) => entry.kind !== 'route' || !containsPrefix(entry.to, asked) || deciding.get(entry.table) === entry,
  )
}

const setsOf = ({ sets }: Extract<Entry, { kind: 'filter-table' }>, asked: Prefix) =>
  sets.filter(({ family, elements }) => family === asked.family && elements.some((prefix) => overlaps(prefix, asked)))

/** What would be long lists in full: of them only what the question is about. */
function sayHeld(entry: Entry, asked: Prefix): string | undefined {
  if (entry.kind === 'filter-table')
    return `table inet ${entry.name}: in ${setsOf(entry, asked)
      .map(({ name }) => name)
      .join(', ')}`
  if (entry.kind !== 'wireguard-peer') return undefined
  const held = entry.allowedIps.filter((prefix) => overlaps(prefix, asked)).map(formatPrefix)
  const isEndpoint = entry.endpoint !== undefined && equalAddresses(entry.endpoint.address, asked)
  if (held.length === 0) return isEndpoint ? undefined : `${entry.link} peer ${entry.publicKey}`
  const others = entry.allowedIps.length - held.length
  return `${entry.link} peer ${entry.publicKey} allowed-ips ${held.slice(0, 3).join(',')}${others > 0 ? ` (of ${entry.allowedIps.length})` : ''}`
}
