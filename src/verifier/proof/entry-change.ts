// What became of one entry of a state.
import type { Entry, FilterTable, Route } from '../../model/index.ts'
import { alter } from './altered-entry.ts'
import { takeFilters } from './filter-change.ts'
import { type Gathered, slotNamed } from './gathered-change.ts'
import { type Peer, takePeers } from './peer-change.ts'
import { slotOf } from './slot.ts'

/** Undefined: it was not there, or is there no more. */
export function take(into: Gathered, before: Entry | undefined, after: Entry | undefined): void {
  for (const entry of [before, after]) if (entry?.kind === 'route') takeRoute(into, entry, entry === after)
  const { kind } = before ?? after ?? {}
  if (kind === 'wireguard-peer') takePeers(into, before as Peer | undefined, after as Peer | undefined)
  else if (kind === 'filter-table')
    takeFilters(into, before as FilterTable | undefined, after as FilterTable | undefined)
  else if (kind !== 'route')
    for (const entry of [before, after]) if (entry !== undefined) alter(into, entry, before, after)
}

function takeRoute(into: Gathered, route: Route, isAfter: boolean): void {
  const own = slotNamed(into, `table ${route.table}`, slotOf(route))
  if (isAfter) own.added.push(route.to)
  else own.removed.push(route.to)
}
