// Links, addresses, routes, rules, next hops and neighbours of one namespace, over one socket.
import { inNamespace, type NamespaceHandle } from './namespace.ts'
import { NETLINK_ROUTE } from './netlink/descriptor.ts'
import type { Message } from './netlink/message.ts'
import { openSlowRequests, type SlowRequests } from './netlink/slow-requests.ts'
import { type NetlinkSocket, openNetlinkSocket } from './netlink/socket.ts'
import { type AddressMethods, addressMethods } from './rtnetlink/address-methods.ts'
import { type LinkMethods, linkMethods } from './rtnetlink/link-methods.ts'
import { type NeighbourMethods, neighbourMethods } from './rtnetlink/neighbour-methods.ts'
import { dumpNextHopsMessage, type NextHopRecord, tryNextHopRecord } from './rtnetlink/next-hop-message.ts'
import { type RouteMethods, routeMethods } from './rtnetlink/route-methods.ts'

/**
 * Methods are synchronous and take microseconds. What the kernel refuses is thrown as an Error with `code` (`EEXIST`)
 * and the kernel's own words; links are named or given by index, and each name costs one look-up more.
 */
export type Rtnetlink = LinkMethods &
  AddressMethods &
  RouteMethods &
  NeighbourMethods & {
    nextHops(): NextHopRecord[]
    /** The socket below: dumps, questions, messages of one's own. */
    readonly socket: NetlinkSocket
    request(message: Message, tried?: string): void
    /** On a thread of the pool, beside links that go: whoever else keeps the kernel's lock does not hold up this process. */
    batch: SlowRequests['batch']
    close(): void
  }

/** Opens a socket inside the namespace; it is then used from anywhere. While open it keeps a deleted namespace alive. */
export function openRtnetlink(namespace?: NamespaceHandle): Rtnetlink {
  const socket = openNetlinkSocket({ namespace })
  const waiting = inNamespace(namespace, () => openSlowRequests(NETLINK_ROUTE))
  const links = linkMethods(socket)
  return {
    ...links,
    ...addressMethods(socket, links.linkIndex),
    ...routeMethods(socket, links.linkIndex),
    ...neighbourMethods(socket, links.linkIndex),
    nextHops: () => socket.dump(dumpNextHopsMessage, tryNextHopRecord, 'cannot read the next hops'),
    socket,
    request: socket.request,
    batch: waiting.batch,
    close() {
      socket.close()
      waiting.close()
    },
  }
}
