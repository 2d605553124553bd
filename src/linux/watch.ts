// Says when somebody touched a thing of ours, or any link, address or setting.
import { FILTER_TABLE, formatPrefix, GUARD_TABLE, isOurNextHopId, PROTOCOL, TABLE } from '../model/index.ts'
import type { NamespaceHandle } from './namespace.ts'
import { NETLINK_NETFILTER } from './netlink/descriptor.ts'
import type { Received } from './netlink/message.ts'
import { type Monitor, NFTABLES_GROUP, openMonitor, ROUTE_GROUPS } from './netlink/monitor.ts'
import { tableOfEvent } from './nftables/table-of-event.ts'
import { isOurLink } from './observed-link.ts'
import { RTM_DELADDR, RTM_NEWADDR } from './rtnetlink/address-message.ts'
import { RTM_DELLINK, RTM_NEWLINK, tryLinkRecord } from './rtnetlink/link-message.ts'
import { RTM_DELNEIGH, RTM_NEWNEIGH, tryNeighbourRecord } from './rtnetlink/neighbour-message.ts'
import { RTM_DELNEXTHOP, RTM_NEWNEXTHOP, tryNextHopRecord } from './rtnetlink/next-hop-message.ts'
import { protocolOfRoute, RTM_DELROUTE, RTM_NEWROUTE, tryRouteRecord } from './rtnetlink/route-message.ts'
import { RTM_DELRULE, RTM_NEWRULE, tryRuleRecord } from './rtnetlink/rule-message.ts'
import type { Rtnetlink } from './rtnetlink.ts'

/** linux/rtnetlink.h; the kernel tells it of forwarding and rp_filter, and of no other setting that we have. */
const RTM_NEWNETCONF = 80
const OVERRUN = 'the kernel had more news than room for them'
const UNREADABLE = 'news that could not be read'

export type KernelWatch = {
  /** Hears now of what has happened by now. False: more than is heard at once. */
  readonly catchUp: () => boolean
  readonly stop: () => void
}

/**
 * Calls back with what was touched, once for each burst of events. The kernel is silent on IPv4 routes and next hops that go
 * with a link: an event of a link means that all that uses it has to be read again. `onTouched` is called at once for each event that is not of
 * the packet filter alone.
 */
export function watchKernel(
  { namespace, rtnetlink }: { readonly namespace: NamespaceHandle | undefined; readonly rtnetlink: Rtnetlink },
  onChange: (what: string, error?: Error) => void,
  onTouched: () => void,
): KernelWatch {
  let isStopped = false
  let pending: string | undefined
  let failure: Error | undefined
  const tell = (text: string | undefined, isFilter = false): void => {
    if (text === undefined) return
    if (!isFilter) onTouched()
    if (pending !== undefined) return
    pending = text
    queueMicrotask(() => {
      const error = failure
      pending = failure = undefined
      if (!isStopped) onChange(error ? UNREADABLE : text, error)
    })
  }
  /** It may have been about anything of ours. */
  const onUnreadable = (error: unknown): void => {
    failure = error instanceof Error ? error : new Error(String(error))
    tell(UNREADABLE)
  }
  let ourLinks = new Set<number>()
  const readLinks = (): void => {
    ourLinks = new Set(rtnetlink.links().flatMap((link) => (isOurLink(link) ? [link.index] : [])))
  }
  const monitors: Monitor[] = []
  const stop = (): void => {
    isStopped = true
    for (const monitor of monitors) monitor.close()
  }
  try {
    monitors.push(
      openMonitor({
        namespace,
        groups: Object.values(ROUTE_GROUPS),
        onMessage: (received) => tell(describeEvent(received, ourLinks)),
        onOverrun: () => {
          readLinks() // news of a link of ours may be among what was lost
          tell(OVERRUN)
        },
        onUnreadable,
      }),
    )
    monitors.push(
      openMonitor({
        protocol: NETLINK_NETFILTER,
        namespace,
        groups: [NFTABLES_GROUP],
        onMessage: (received) =>
          tell(tableOfEvent(received) === `inet ${FILTER_TABLE}` ? 'packet filter' : undefined, true),
        onOverrun: () => tell(OVERRUN),
        onUnreadable,
      }),
    )
    readLinks() // after it is listened: none can come in between
    return { stop, catchUp: () => monitors.map((monitor) => monitor.catchUp()).every(Boolean) }
  } catch (error) {
    stop()
    throw error
  }
}

/** `ourLinks`: indexes, kept up with what passes by. */
function describeEvent(received: Received, ourLinks: Set<number>): string | undefined {
  switch (received.type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      return describeLink(received, ourLinks)
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return 'address'
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      return describeRoute(received)
    case RTM_NEWNETCONF:
      return 'setting'
    case RTM_NEWRULE:
    case RTM_DELRULE: {
      const rule = tryRuleRecord(received)
      return rule?.protocol === PROTOCOL ? `rule ${rule.preference}` : undefined
    }
    case RTM_NEWNEXTHOP:
    case RTM_DELNEXTHOP: {
      const hop = tryNextHopRecord(received)
      return hop !== undefined && isOurNextHopId(hop.id) ? `next hop ${hop.id}` : undefined
    }
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH:
      return ourLinks.has(tryNeighbourRecord(received).index) ? 'neighbour' : undefined
    default:
      return undefined
  }
}

function describeLink(received: Received, ourLinks: Set<number>): string | undefined {
  const link = tryLinkRecord(received)
  if (link === undefined) return undefined
  if (received.type === RTM_NEWLINK && isOurLink(link)) ourLinks.add(link.index)
  else ourLinks.delete(link.index)
  return `link ${link.name}`
}

function describeRoute(received: Received): string | undefined {
  if (protocolOfRoute(received) !== PROTOCOL) return undefined
  const route = tryRouteRecord(received)
  if (route?.table !== TABLE && route?.table !== GUARD_TABLE) return undefined
  return `route ${formatPrefix(route.to)}`
}
