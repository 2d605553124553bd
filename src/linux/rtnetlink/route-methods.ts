import { type Address, type Family, formatPrefix, MAIN_TABLE } from '../../model/index.ts'
import { NLM_F_CREATE, NLM_F_EXCL } from '../netlink/message.ts'
import type { NetlinkSocket } from '../netlink/socket.ts'
import { codeOf } from '../system-error.ts'
import type { Hop } from './hop.ts'
import type { LinkReference } from './link-request.ts'
import {
  deleteRouteMessage,
  dumpRoutesMessage,
  type NewRoute,
  newRouteMessage,
  type RouteRecord,
  tryRouteRecord,
} from './route-message.ts'
import { addRuleMessage, deleteRuleMessage, dumpRulesMessage, type RuleRecord, tryRuleRecord } from './rule-message.ts'

type RouteHop = {
  readonly via?: Address | undefined
  readonly link?: LinkReference | undefined
  /** The gateway is on the link although no route says so. */
  readonly onlink?: boolean | undefined
}
/** One next hop (`via`, `link`), or several in `hops`, or none for `unreachable` and its like. */
type RouteOptions = Omit<NewRoute, 'hops'> & RouteHop & { readonly hops?: readonly RouteHop[] | undefined }

export type RouteMethods = {
  /** Of one table (default main), of one protocol or of all. */
  routes(family: Family, table?: number, protocol?: number): RouteRecord[]
  /** EEXIST where a route of the prefix and metric stands already. */
  addRoute(route: RouteOptions): void
  deleteRoute(route: Pick<NewRoute, 'to' | 'table' | 'protocol' | 'metric'>): void
  rules(family: Family): RuleRecord[]
  addRule(rule: RuleRecord): void
  deleteRule(rule: RuleRecord): void
}

export function routeMethods(socket: NetlinkSocket, linkIndex: (link: LinkReference) => number): RouteMethods {
  const hopOf = ({ via, link, onlink }: RouteHop): Hop => ({
    via,
    onlink,
    index: link === undefined ? undefined : linkIndex(link),
  })
  return {
    routes: (family, table = MAIN_TABLE, protocol) => dumpRoutes(socket, family, table, protocol, tryRouteRecord),
    addRoute({ via, link, onlink, hops, ...route }) {
      const own = hops ?? (via === undefined && link === undefined ? [] : [{ via, link, onlink }])
      socket.request(
        newRouteMessage(NLM_F_CREATE | NLM_F_EXCL, { ...route, hops: own.map(hopOf) }),
        `cannot add route ${formatPrefix(route.to)}`,
      )
    },
    deleteRoute: (route) => socket.request(deleteRouteMessage(route), `cannot delete route ${formatPrefix(route.to)}`),
    rules: (family) => socket.dump(dumpRulesMessage(family), tryRuleRecord, 'cannot read the rules'),
    addRule: (rule) => socket.request(addRuleMessage(rule), `cannot add rule ${rule.preference}`),
    deleteRule: (rule) => socket.request(deleteRuleMessage(rule), `cannot delete rule ${rule.preference}`),
  }
}

/** The kernel knows no table in which no route ever stood: ENOENT, to us an empty one. */
export function dumpRoutes<T>(
  socket: NetlinkSocket,
  family: Family,
  table: number,
  protocol: number | undefined,
  decode: Parameters<typeof socket.dump<T>>[1],
): T[] {
  try {
    return socket.dump(dumpRoutesMessage(family, table, protocol), decode, `cannot read the routes of table ${table}`)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}
