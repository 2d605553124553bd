// A route, by its prefix and its table.
import { equalPrefixes, formatPrefix, type Prefix } from '../../model/index.ts'
import type { FoundMeaning } from './meaning.ts'

export const meaningOfRoute = (to: Prefix, table: number): FoundMeaning => ({
  kind: 'route',
  is: `the route to ${formatPrefix(to)} in table ${table}`,
  facts: [],
  search: { isWanted: (entry) => entry.kind === 'route' && entry.table === table && equalPrefixes(entry.to, to) },
})
