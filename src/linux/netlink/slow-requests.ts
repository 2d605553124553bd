// Requests that may keep the kernel busy for milliseconds (deleting a link, or waiting for somebody else who does), on a thread of
// the pool: over a socket of their own, one after the other.
import { closeDescriptor, interfaceIndex, sendAsync } from '../libc.ts'
import { openDescriptor } from './descriptor.ts'
import { type Message, NLM_F_ACK, NLMSG_ERROR, putMessage } from './message.ts'
import { netlinkError, type Refusal, tryRefusal } from './netlink-error.ts'
import { checkSent, receiveUntil } from './receive.ts'
import { newWriter, written } from './writer.ts'

export type SlowRequests = {
  /** Rejects with the kernel's refusal. */
  request(message: Message, tried?: string): Promise<void>
  /** Many messages in few system calls. Not atomic: what is refused comes back with its place in the list, the others are made. */
  batch(messages: readonly Message[]): Promise<readonly BatchFailure[]>
  /** Of the socket's namespace; 0: there is none. Asked at once. */
  interfaceIndex(name: string): number
  /** What is under way is let end; nothing further can be asked. */
  close(): void
}

// One send is bounded by the send buffer (one message to WireGuard has 32 KiB), and its refusals by the receive buffer.
const BYTES_AT_ONCE = 64 * 1024
const MESSAGES_AT_ONCE = 250

export type BatchFailure = Refusal & { readonly index: number }

/** In the thread's namespace. */
export function openSlowRequests(protocol: number): SlowRequests {
  const fd = openDescriptor(protocol)
  let last: Promise<unknown> = Promise.resolve()
  let sequence = 0
  let isOpen = true

  function inTurn(messages: readonly Message[], tried: string): Promise<readonly BatchFailure[]> {
    if (!isOpen) return Promise.reject(new Error(`${tried}: this netlink socket was closed`))
    const turn = last.then(() => sendAll(messages, tried))
    last = turn.catch(() => {})
    return turn
  }

  async function sendAll(messages: readonly Message[], tried: string): Promise<readonly BatchFailure[]> {
    const failures: BatchFailure[] = []
    for (let next = 0; next < messages.length; ) {
      const { sent, refused } = await sendSome(messages.slice(next, next + MESSAGES_AT_ONCE), tried)
      failures.push(...refused.map(({ index, ...refusal }) => ({ ...refusal, index: next + index })))
      next += sent
    }
    return failures
  }

  /** As many of the first as go at once. Only the last asks for an acknowledgement; errors always come. */
  async function sendSome(
    messages: readonly Message[],
    tried: string,
  ): Promise<{ readonly sent: number; readonly refused: readonly BatchFailure[] }> {
    const writer = newWriter(1024)
    const firstSequence = sequence
    let lastStart = 0
    for (const message of messages) {
      if (writer.length >= BYTES_AT_ONCE) break
      lastStart = writer.length
      putMessage(writer, message, sequence)
      sequence = (sequence + 1) >>> 0
    }
    writer.view.setUint16(lastStart + 6, writer.view.getUint16(lastStart + 6, true) | NLM_F_ACK, true)
    const sent = (sequence - firstSequence) >>> 0
    checkSent(await sendAsync(fd, written(writer)), tried)
    const refused: BatchFailure[] = []
    receiveUntil(fd, tried, (received) => {
      const index = (received.sequence - firstSequence) >>> 0
      // What is left of answers that had no room is of an earlier send.
      if (received.type !== NLMSG_ERROR || index >= sent) return false
      const refusal = tryRefusal(received)
      if (refusal !== undefined) refused.push({ ...refusal, index })
      return index === sent - 1
    })
    return { sent, refused }
  }

  return {
    async request(message, tried = 'a netlink request failed') {
      const [refusal] = await inTurn([message], tried)
      if (refusal !== undefined) throw netlinkError(tried, refusal)
    },
    batch: (messages) => inTurn(messages, 'a netlink batch failed'),
    interfaceIndex: (name) => (isOpen ? interfaceIndex(fd, name) : 0),
    close() {
      if (!isOpen) return
      isOpen = false
      void last.then(() => closeDescriptor(fd))
    },
  }
}
