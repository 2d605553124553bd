// A netlink socket that listens to what changes.
import koffi from 'koffi'
import { closeDescriptor, MSG_DONTWAIT, MSG_TRUNC, receive, SOCK_NONBLOCK } from '../libc.ts'
import { inNamespace, type NamespaceHandle } from '../namespace.ts'
import { NETLINK_ROUTE, openDescriptor } from './descriptor.ts'
import { eachMessage, type Received } from './message.ts'
import { readerOf } from './reader.ts'

/** Multicast groups of NETLINK_ROUTE (enum rtnetlink_groups). */
export const ROUTE_GROUPS = {
  link: 1,
  neighbour: 3,
  ipv4Address: 5,
  ipv4Route: 7,
  ipv4Rule: 8,
  ipv6Address: 9,
  ipv6Route: 11,
  ipv6Rule: 19,
  /** Settings of devices: forwarding and rp_filter, and a few that we do not use. */
  ipv4Settings: 24,
  ipv6Settings: 25,
  nextHop: 32,
} as const
/** Of NETLINK_NETFILTER: NFNLGRP_NFTABLES. */
export const NFTABLES_GROUP = 7

// Nobody else may starve while a storm of events is read.
const DATAGRAMS_AT_ONCE = 256

export type Monitor = {
  /** Reads now what waits to be read. False: more came than is read at once. */
  catchUp(): boolean
  close(): void
}

/**
 * Calls `onMessage` for each notification (decode at once: the bytes are used again), and `onOverrun` once the kernel
 * had to drop some (ENOBUFS) and delivers again: then everything has to be read anew. What any of the two throws goes to
 * `onUnreadable`, and the rest of that datagram is lost; it must not throw itself. Keeps the process running until it is closed.
 */
export function openMonitor({
  protocol = NETLINK_ROUTE,
  namespace,
  groups,
  onMessage,
  onOverrun,
  onUnreadable,
}: {
  readonly protocol?: number
  readonly namespace?: NamespaceHandle | undefined
  readonly groups: readonly number[]
  readonly onMessage: (received: Received) => void
  readonly onOverrun: () => void
  readonly onUnreadable: (error: unknown) => void
}): Monitor {
  const fd = inNamespace(namespace, () => openDescriptor(protocol, { groups, flags: SOCK_NONBLOCK }))
  const buffer = readerOf(new Uint8Array(64 * 1024))
  let isOpen = true

  /** An error that leaves a poll callback is nobody's to catch: it would end the process, or leave the rest of the queue unread. */
  const guarded = (step: () => void): void => {
    try {
      step()
    } catch (error) {
      if (isOpen) onUnreadable(error)
    }
  }

  const read = (): 'all' | 'a part' | 'overrun' => {
    // From the first drop until its queue is empty the kernel drops everything, and says so only once (NETLINK_S_CONGESTED in
    // net/netlink/af_netlink.c): what is read anew before that is old at once. So the rest of the queue is thrown away.
    let isOverrun = false
    let isAll = false
    for (let count = 0; isOpen && (isOverrun || count < DATAGRAMS_AT_ONCE); count++) {
      const length = receive(fd, buffer.bytes, MSG_DONTWAIT | MSG_TRUNC)
      isAll = length === -11 /* EAGAIN */
      if (isAll) break
      if (length === -4 /* EINTR */) continue
      if (length < 0 || length > buffer.bytes.length) isOverrun = true
      else if (!isOverrun)
        guarded(() =>
          eachMessage(buffer, length, (received) => {
            onMessage(received)
            return !isOpen
          }),
        )
    }
    if (isOverrun) return 'overrun'
    return isAll ? 'all' : 'a part'
  }
  const poll = koffi.node.poll(fd, { readable: true }, onReadable)
  function onReadable({ readable }: { readonly readable: boolean }): void {
    const isOverrun = read() === 'overrun'
    // libuv stops to poll a descriptor that has an error, as this one had.
    if (isOpen && !readable) poll.start({ readable: true }, onReadable)
    if (isOpen && isOverrun) guarded(onOverrun)
  }

  return {
    catchUp() {
      const outcome = read()
      if (isOpen && outcome === 'overrun') guarded(onOverrun)
      return outcome !== 'a part'
    },
    close() {
      if (!isOpen) return
      isOpen = false
      poll.close()
      closeDescriptor(fd)
    },
  }
}
