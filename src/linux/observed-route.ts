// Our routes: by protocol and metric, in our two tables. The kernel filters (strict dump), so others' thousands cost nothing.
import {
  compareAddresses,
  GUARD_TABLE,
  PROTOCOL,
  type Route,
  type RouteHop,
  type RouteTarget,
  route,
  TABLE,
} from '../model/index.ts'
import type { RouteRecord } from './rtnetlink/route-message.ts'
import type { Rtnetlink } from './rtnetlink.ts'

type Names = ReadonlyMap<number, string>

/** Of every route that we write: IP6_RT_PRIO_USER, and for IPv4 the best. The place of a route is its prefix and this. */
export const ROUTE_METRIC = { 4: 0, 6: 1024 } as const

export function observeRoutes(rtnetlink: Rtnetlink, names: Names): Route[] {
  const routes: Route[] = []
  const objectTarget = nextHopObjects()
  for (const table of [TABLE, GUARD_TABLE]) {
    for (const family of [4, 6] as const) {
      for (const record of rtnetlink.routes(family, table, PROTOCOL))
        if (record.metric === ROUTE_METRIC[family] && stoodThen(record, names))
          routes.push(routeOf(record, names, objectTarget))
    }
  }
  return routes
}

/**
 * Links are read before routes: over one that was not there yet, the route of a pod that is just added. Without its link it would be
 * taken for one that nobody wants.
 */
const stoodThen = ({ hops }: RouteRecord, names: Names): boolean =>
  hops.every(({ index }) => index === undefined || names.has(index))

function routeOf(record: RouteRecord, names: Names, objectTarget: (id: number) => RouteTarget): Route {
  const { table, to, source } = record
  const target = record.nextHopId === undefined ? targetOf(record, names) : objectTarget(record.nextHopId)
  return route(
    source === undefined
      ? { table, to, target, because: NO_REASON }
      : { table, to, target, source, because: NO_REASON },
  )
}

/** One for all: there are thousands of routes. */
const NO_REASON: readonly never[] = []

/** The same object for all routes of one: there are hundreds of each. */
function nextHopObjects(): (id: number) => RouteTarget {
  const known = new Map<number, RouteTarget>()
  return (id) => {
    const target = known.get(id) ?? { kind: 'next-hop-object', id }
    known.set(id, target)
    return target
  }
}

function targetOf({ type, hops }: RouteRecord, names: Names): RouteTarget {
  if (type === 'unreachable' || type === 'throw') return { kind: type }
  const [only] = hops
  if (type === 'unicast' && hops.length === 1 && only !== undefined && only.via === undefined) {
    return { kind: 'link', link: nameOf(only.index, names) }
  }
  // A kind that we never make (blackhole, …) comes out as no hop at all, which no plan wants, so it is put right.
  const ways = hops.flatMap(({ via, index, onlink }): RouteHop[] =>
    via === undefined ? [] : [{ via, link: nameOf(index, names), ...(onlink && { onlink }) }],
  )
  return { kind: 'via', hops: ways.sort((a, b) => compareAddresses(a.via, b.via) || (a.link < b.link ? -1 : 1)) }
}

const nameOf = (index: number | undefined, names: Names): string => names.get(index ?? 0) ?? ''
