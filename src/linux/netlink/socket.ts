// A netlink socket: opened inside a namespace, then good from anywhere. Requests are synchronous, since the kernel
// answers inside send(); what keeps it busy for milliseconds (deleting a link) goes by `requestAsync`.

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
import { type BatchFailure, openSlowRequests, type SlowRequests } from './slow-requests.ts'
import { newWriter } from './writer.ts'

// One send is bounded by the send buffer; 64 KiB is about 2 ms of kernel time.
const BATCH_BYTES = 64 * 1024
const DUMP_TRIES = 10
const EINTR = 4

export type NetlinkSocket = {
  /** Sends one message and waits for the acknowledgement. `tried`: `cannot create damask0`. */
  request(message: Message, tried?: string): void
  /** On a thread of the pool, one after the other, over a socket of its own. */
  requestAsync(message: Message, tried?: string): Promise<void>
  /** Sends one question and returns its decoded answers; what decodes to undefined is left out. */
  ask<T>(message: Message, decode: (received: Received) => T | undefined, tried?: string): T[]
  /** Reads all objects of a kind; begins again when the kernel says that they changed meanwhile (NLM_F_DUMP_INTR). */
  dump<T>(message: Message, decode: (received: Received) => T | undefined, tried?: string): T[]
  /** Sends many messages in few system calls. Not atomic: what is refused is returned, the others are made. */
  batch(messages: readonly Message[]): BatchFailure[]
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

  // The number of a closed descriptor may be that of somebody else's file by now.
  const sendNow = (tried: string): void => {
    if (!isOpen) throw new Error(`${tried}: this netlink socket was closed`)
    checkSent(send(fd, writer.bytes.subarray(0, writer.length)), tried)
  }

  const nextSequence = (): number => {
    sequence = (sequence + 1) >>> 0
    return sequence
  }
  const sendOne = (message: Message, flags: number, tried: string): number => {
    const own = nextSequence()
    writer.length = 0
    putMessage(writer, message, own, flags)
    sendNow(tried)
    return own
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
    requestAsync(message, tried = 'a netlink request failed') {
      if (!isOpen) return Promise.reject(new Error(`${tried}: this netlink socket was closed`))
      return slow.request(message, tried)
    },
    dump(message, decode, tried = 'a netlink dump failed') {
      for (let attempt = 0; attempt < DUMP_TRIES; attempt++) {
        const answers = collect(sendOne(message, NLM_F_DUMP, tried), decode, tried)
        if (answers !== undefined) return answers
      }
      throw systemError(`${tried}: changed while it was read, ${DUMP_TRIES} times over`, EINTR)
    },
    batch(messages) {
      const failures: BatchFailure[] = []
      let next = 0
      while (next < messages.length) next = sendBatch(next, messages, failures)
      return failures
    },
    interfaceIndex: (name) => (isOpen ? interfaceIndex(fd, name) : 0),
    close() {
      if (!isOpen) return
      isOpen = false
      closeDescriptor(fd)
      slow.close()
    },
  }

  // Only the last message asks for an acknowledgement: one for each overruns the receive buffer. Errors always come.
  function sendBatch(first: number, messages: readonly Message[], failures: BatchFailure[]): number {
    writer.length = 0
    const firstSequence = (sequence + 1) >>> 0
    let next = first
    let lastStart = 0
    while (next < messages.length) {
      const message = messages[next]
      if (message === undefined) break
      const start = writer.length
      putMessage(writer, message, nextSequence())
      if (writer.length > BATCH_BYTES && next > first) {
        writer.length = start
        sequence = (sequence - 1) >>> 0
        break
      }
      lastStart = start
      next++
    }
    writer.view.setUint16(lastStart + 6, writer.view.getUint16(lastStart + 6, true) | NLM_F_ACK, true)
    const last = sequence
    sendNow('a netlink batch failed')
    receiveUntil(fd, 'a netlink batch failed', (received) => {
      if (received.type !== NLMSG_ERROR) return false
      const refusal = tryRefusal(received)
      const index = first + ((received.sequence - firstSequence) >>> 0)
      if (refusal !== undefined && index < next) failures.push({ ...refusal, index })
      return received.sequence === last
    })
    return next
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
