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
  request(message: Message, tried: string): Promise<void>
  /** Not atomic: what is refused comes back with its place in the list. */
  batch(messages: readonly Message[]): Promise<readonly BatchFailure[]>
  /** Of the socket's namespace; 0: there is none. Asked at once. */
  interfaceIndex(name: string): number
  /** Once what is under way has ended. Nothing may be asked after that. */
  close(): void
}

/** So many, also of the largest, fit the send buffer. */
const MESSAGES_AT_ONCE = 250

export type BatchFailure = Refusal & { readonly index: number }

/** In the thread's namespace. */
export function openSlowRequests(protocol: number): SlowRequests {
  const fd = openDescriptor(protocol)
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = (messages: readonly Message[], tried: string): Promise<readonly BatchFailure[]> => {
    const turn = last.then(() => sendAll(fd, messages, tried))
    last = turn.catch(() => {})
    return turn
  }
  return {
    async request(message, tried) {
      const [refusal] = await inTurn([message], tried)
      if (refusal !== undefined) throw netlinkError(tried, refusal)
    },
    batch: (messages) => inTurn(messages, 'a netlink batch failed'),
    interfaceIndex: (name) => interfaceIndex(fd, name),
    close: () => void last.then(() => closeDescriptor(fd)),
  }
}

async function sendAll(fd: number, messages: readonly Message[], tried: string): Promise<readonly BatchFailure[]> {
  const failures: BatchFailure[] = []
  for (let first = 0; first < messages.length; first += MESSAGES_AT_ONCE)
    failures.push(...(await sendSome(fd, messages.slice(first, first + MESSAGES_AT_ONCE), first, tried)))
  return failures
}

/** Sequence numbers are places in the list, whose number `first` is. Only the last asks for an acknowledgement; errors always come. */
async function sendSome(
  fd: number,
  messages: readonly Message[],
  first: number,
  tried: string,
): Promise<BatchFailure[]> {
  const writer = newWriter(1024)
  const last = first + messages.length - 1
  for (const [offset, message] of messages.entries())
    putMessage(writer, message, first + offset, first + offset === last ? NLM_F_ACK : 0)
  checkSent(await sendAsync(fd, written(writer)), tried)
  const failures: BatchFailure[] = []
  receiveUntil(fd, tried, (received) => {
    if (received.type !== NLMSG_ERROR) return false
    const refusal = tryRefusal(received)
    if (refusal !== undefined) failures.push({ ...refusal, index: received.sequence })
    return received.sequence === last
  })
  return failures
}
