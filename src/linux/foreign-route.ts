// Routes of other programs in our tables. NLM_F_REPLACE would put ours in the place of theirs: the kernel looks at prefix
// and metric, not at the protocol. So whoever replaces has to look first.
import { type Change, formatPrefix, PROTOCOL, type Route } from '../model/index.ts'
import type { NetlinkSocket } from './netlink/socket.ts'
import { ROUTE_METRIC } from './observed-route.ts'
import { protocolOfRoute, tryRouteRecord } from './rtnetlink/route-message.ts'
import { dumpRoutes } from './rtnetlink/route-methods.ts'

export const routePlace = ({ table, to }: Pick<Route, 'table' | 'to'>): string => `${table} ${formatPrefix(to)}`

/** The places where foreign routes stand, in the tables in which a route is to be updated. */
export function findForeignRoutes(socket: NetlinkSocket, changes: readonly Change[]): ReadonlySet<string> {
  const places = new Set<string>()
  for (const family of [4, 6] as const) {
    for (const table of updatedTables(changes, family)) {
      const foreign = dumpRoutes(socket, family, table, undefined, (received) =>
        protocolOfRoute(received) === PROTOCOL ? undefined : tryRouteRecord(received),
      )
      for (const route of foreign) if (route.metric === ROUTE_METRIC[family]) places.add(routePlace(route))
    }
  }
  return places
}

const updatedTables = (changes: readonly Change[], family: 4 | 6): ReadonlySet<number> =>
  new Set(
    changes.flatMap(({ op, entry }) =>
      op === 'update' && entry.kind === 'route' && entry.to.family === family ? [entry.table] : [],
    ),
  )
