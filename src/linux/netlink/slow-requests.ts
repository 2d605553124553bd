// Requests that keep the kernel busy for milliseconds (deleting a link): on a thread of the pool, over a socket of their own, one
// after the other.
import { closeDescriptor, sendAsync } from '../libc.ts'
import { openDescriptor } from './descriptor.ts'
import { type Message, NLM_F_ACK, NLMSG_ERROR, putMessage } from './message.ts'
import { netlinkError, tryRefusal } from './netlink-error.ts'
import { checkSent, receiveUntil } from './receive.ts'
import { newWriter, written } from './writer.ts'

export type SlowRequests = {
  /** Rejects with the kernel's refusal. */
  request(message: Message, tried: string): Promise<void>
  /** Once what is under way has ended. Nothing may be asked after that. */
  close(): void
}

/** In the thread's namespace. */
export function openSlowRequests(protocol: number): SlowRequests {
  const fd = openDescriptor(protocol)
  let last: Promise<unknown> = Promise.resolve()
  return {
    request(message, tried) {
      const turn = last.then(() => requestNow(fd, message, tried))
      last = turn.catch(() => {})
      return turn
    },
    close: () => void last.then(() => closeDescriptor(fd)),
  }
}

async function requestNow(fd: number, message: Message, tried: string): Promise<void> {
  const writer = newWriter(1024)
  putMessage(writer, message, 1, NLM_F_ACK)
  checkSent(await sendAsync(fd, written(writer)), tried)
  receiveUntil(fd, tried, (received) => {
    if (received.type !== NLMSG_ERROR) return false
    const refusal = tryRefusal(received)
    if (refusal !== undefined) throw netlinkError(tried, refusal)
    return true
  })
}
