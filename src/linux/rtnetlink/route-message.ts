// RTM_*ROUTE: routes of both families. linux/rtnetlink.h
import { type Address, type Family, MAIN_TABLE, type Prefix } from '../../model/index.ts'
import { address, u32 } from '../netlink/attribute.ts'
import { attributesOf, headerOf, type Layout, type Message, message, type Received } from '../netlink/message.ts'
import { struct } from '../netlink/struct.ts'
import { table } from '../netlink/table.ts'
import { familyNumber, tryFamily } from './family.ts'
import { GATEWAY, gatewayValues, type Hop, multipath, onlinkFlag, onlinkOf } from './hop.ts'

export const RTM_NEWROUTE = 24
export const RTM_DELROUTE = 25
const RTM_GETROUTE = 26
const ROUTE_TYPE = { unicast: 1, local: 2, blackhole: 6, unreachable: 7, prohibit: 8, throw: 9 } as const
type RouteType = keyof typeof ROUTE_TYPE
const RTPROT_BOOT = 3
const RT_SCOPE_LINK = 253
const RT_SCOPE_HOST = 254
const RT_SCOPE_NOWHERE = 255
const RTM_F_CLONED = 0x200

const ROUTE = {
  header: struct({
    family: 'u8',
    length: 'u8',
    fromLength: 'u8',
    tos: 'u8',
    table: 'u8',
    protocol: 'u8',
    scope: 'u8',
    type: 'u8',
    flags: 'u32',
  }), // rtmsg
  attributes: table({
    to: [1, address], // RTA_DST
    index: [4, u32], // RTA_OIF
    ...GATEWAY,
    metric: [6, u32], // RTA_PRIORITY
    source: [7, address], // RTA_PREFSRC
    hops: [9, multipath], // RTA_MULTIPATH
    table: [15, u32], // RTA_TABLE: rtm_table has room for 255 only
    nextHopId: [30, u32], // RTA_NH_ID
  }),
} satisfies Layout<unknown, unknown>

export type RouteRecord = {
  readonly family: Family
  readonly table: number
  readonly to: Prefix
  readonly type: RouteType | number
  readonly protocol: number
  readonly metric: number
  readonly source?: Address | undefined
  /** Set: the kernel's copy of the object's hops is left out of `hops`. */
  readonly nextHopId?: number | undefined
  readonly hops: readonly Hop[]
}

export type NewRoute = {
  /** A prefix of length 0 is the default route. */
  readonly to: Prefix
  /** Default: main. */
  readonly table?: number | undefined
  /** Default: unicast. */
  readonly type?: RouteType | undefined
  /** None for an `unreachable` or `throw` route, or with `nextHopId`. */
  readonly hops?: readonly Hop[] | undefined
  readonly nextHopId?: number | undefined
  readonly source?: Address | undefined
  /** IPv6 takes 1024 where none is given, IPv4 0. */
  readonly metric?: number | undefined
  /** Default: boot, as `ip route add` says. */
  readonly protocol?: number | undefined
}

export function newRouteMessage(flags: number, route: NewRoute): Message {
  const {
    to,
    table = MAIN_TABLE,
    type = 'unicast',
    hops = [],
    nextHopId,
    source,
    metric,
    protocol = RTPROT_BOOT,
  } = route
  const { family } = to
  const [only] = hops.length === 1 ? hops : []
  const header = {
    family: familyNumber(family),
    length: to.length,
    protocol,
    scope: scopeOf(route),
    type: ROUTE_TYPE[type],
    flags: onlinkFlag(only?.onlink),
  }
  const gateway = gatewayValues(family, only?.via)
  const several = hops.length > 1 ? { family, hops } : undefined
  const attributes = { to, table, source, metric, nextHopId, index: only?.index, ...gateway, hops: several }
  return message(RTM_NEWROUTE, flags, ROUTE, header, attributes)
}

/** Deletes whatever stands there of this protocol; 0 in type, and scope nowhere, match all. */
export function deleteRouteMessage({
  to,
  table = MAIN_TABLE,
  protocol = 0,
  metric,
}: Omit<NewRoute, 'type' | 'hops'>): Message {
  const header = { family: familyNumber(to.family), length: to.length, protocol, scope: RT_SCOPE_NOWHERE }
  return message(RTM_DELROUTE, 0, ROUTE, header, { to, table, metric })
}

/** Strict: the kernel leaves out what has another table or protocol. ENOENT where the table was never used. */
export const dumpRoutesMessage = (family: Family, table: number, protocol = 0): Message =>
  message(RTM_GETROUTE, 0, ROUTE, { family: familyNumber(family), protocol }, { table })

/** rtm_protocol alone, for who looks through many. */
export const protocolOfRoute = ({ from, at }: Received): number => from.view.getUint8(at + 5)

export function tryRouteRecord(received: Received): RouteRecord | undefined {
  const header = headerOf(received, ROUTE)
  const family = tryFamily(header.family)
  if (family === undefined || header.flags & RTM_F_CLONED) return undefined
  const { to, table, metric = 0, source, nextHopId, hops, index, gateway, via } = attributesOf(received, ROUTE)
  return {
    family,
    table: table ?? header.table,
    to: { ...(to ?? { family, w0: 0, w1: 0, w2: 0, w3: 0 }), length: header.length },
    type: TYPES.get(header.type) ?? header.type,
    protocol: header.protocol,
    metric,
    source,
    nextHopId,
    hops: nextHopId !== undefined ? [] : (hops?.hops ?? soleHop({ via: gateway ?? via, index }, header.flags)),
  }
}

const soleHop = (hop: Hop, flags: number): Hop[] =>
  hop.via === undefined && hop.index === undefined ? [] : [{ ...hop, ...onlinkOf(flags) }]

const TYPES = new Map(Object.entries(ROUTE_TYPE).map(([name, number]) => [number as number, name as RouteType]))

// As iproute2: a route that ends on the link has scope link, or the kernel refuses gateways behind it.
function scopeOf({ type = 'unicast', hops = [], nextHopId }: NewRoute): number {
  if (type === 'local') return RT_SCOPE_HOST
  if (type !== 'unicast' || nextHopId !== undefined) return 0
  return hops.some((hop) => hop.via !== undefined) ? 0 : RT_SCOPE_LINK
}
