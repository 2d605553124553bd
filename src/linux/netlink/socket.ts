// A netlink socket: opened inside a namespace, then good from anywhere. Requests are synchronous, since the kernel
// answers inside send(); what keeps it busy for milliseconds (deleting a link, many routes) goes by `requestAsync` and `batch`.

import { closeDescriptor, interfaceIndex, send } from '../libc.ts'
import { inNamespace, type NamespaceHandle } from '../namespace.ts'
import { systemError } from '../system-error.ts'
import { NETLINK_ROUTE, openDescriptor } from './descriptor.ts'
import {
  type Message,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
  putMessage,
  type Received,
} from './message.ts'
import { netlinkError, tryRefusal } from './netlink-error.ts'
import { checkSent, receiveUntil } from './receive.ts'
import { openSlowRequests, type SlowRequests } from './slow-requests.ts'
import { newWriter } from './writer.ts'

const DUMP_TRIES = 10
const EINTR = 4

export type NetlinkSocket = {
  /** Sends one message and waits for the acknowledgement. `tried`: `cannot create damask0`. */
  request(message: Message, tried?: string): void
  /** These two on a thread of the pool, one after the other, over a socket of their own. */
  requestAsync: SlowRequests['request']
  batch: SlowRequests['batch']
  /** Sends one question and returns its decoded answers; what decodes to undefined is left out. */
  ask<T>(message: Message, decode: (received: Received) => T | undefined, tried?: string): T[]
  /** Reads all objects of a kind; begins again when the kernel says that they changed meanwhile (NLM_F_DUMP_INTR). */
  dump<T>(message: Message, decode: (received: Received) => T | undefined, tried?: string): T[]
  /** Of the socket's namespace; 0: there is none. */
  interfaceIndex(name: string): number
  /** A slow request that is under way is let end; nothing further can be asked. */
  close(): void
}

/** Opens a socket of the protocol (NETLINK_ROUTE unless said otherwise) inside the namespace. */
export function openNetlinkSocket({
  protocol = NETLINK_ROUTE,
  namespace,
}: {
  readonly protocol?: number
  readonly namespace?: NamespaceHandle | undefined
} = {}): NetlinkSocket {
  const { fd, slow } = inNamespace(namespace, () => openBoth(protocol))
  const writer = newWriter()
  let sequence = 0
  let isOpen = true

  function sendOne(message: Message, flags: number, tried: string): number {
    // The number of a closed descriptor may be that of somebody else's file by now.
    if (!isOpen) throw new Error(`${tried}: this netlink socket was closed`)
    sequence = (sequence + 1) >>> 0
    writer.length = 0
    putMessage(writer, message, sequence, flags)
    checkSent(send(fd, writer.bytes.subarray(0, writer.length)), tried)
    return sequence
  }

  function collect<T>(own: number, decode: (received: Received) => T | undefined, tried: string): T[] | undefined {
    const answers: T[] = []
    let isTorn = false
    receiveUntil(fd, tried, (received) => {
      if (received.sequence !== own) return false
      if (received.flags & NLM_F_DUMP_INTR) isTorn = true
      if (received.type === NLMSG_ERROR || received.type === NLMSG_DONE) {
        const refusal = tryRefusal(received)
        if (refusal !== undefined) throw netlinkError(tried, refusal)
        return true
      }
      const answer = decode(received)
      if (answer !== undefined) answers.push(answer)
      return false
    })
    return isTorn ? undefined : answers
  }

  const ask: NetlinkSocket['ask'] = (message, decode, tried = 'a netlink request failed') =>
    collect(sendOne(message, NLM_F_ACK, tried), decode, tried) ?? []

  return {
    ask,
    request(message, tried) {
      ask(message, () => undefined, tried)
    },
    requestAsync: slow.request,
    batch: slow.batch,
    dump(message, decode, tried = 'a netlink dump failed') {
      for (let attempt = 0; attempt < DUMP_TRIES; attempt++) {
        const answers = collect(sendOne(message, NLM_F_DUMP, tried), decode, tried)
        if (answers !== undefined) return answers
      }
      throw systemError(`${tried}: changed while it was read, ${DUMP_TRIES} times over`, EINTR)
    },
    interfaceIndex: (name) => (isOpen ? interfaceIndex(fd, name) : 0),
    close() {
      if (!isOpen) return
      isOpen = false
      closeDescriptor(fd)
      slow.close()
    },
  }
}

function openBoth(protocol: number): { readonly fd: number; readonly slow: SlowRequests } {
  const fd = openDescriptor(protocol)
  try {
    return { fd, slow: openSlowRequests(protocol) }
  } catch (error) {
    closeDescriptor(fd)
    throw error
  }
}
