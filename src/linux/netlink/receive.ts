// What a netlink socket is answered. Buffers are shared by all sockets: a lab opens hundreds.
import { MSG_DONTWAIT, MSG_TRUNC, receive } from '../libc.ts'
import { systemError } from '../system-error.ts'
import { eachMessage, type Received } from './message.ts'
import { malformed, type Reader, readerOf } from './reader.ts'

// The kernel fits a dump to the buffer, at most 32 KiB unless one object is larger.
const RECEIVE_BYTES = 128 * 1024
const EINTR = 4
const ENOBUFS = 105
const OVERRUN = 'the kernel had more answers than room for them; what was asked may be done: read again'

// One is taken for each request, since `visit` may make requests itself, over another socket.
const freeBuffers: Reader[] = []

/**
 * Visits answers until `visit` returns true. Never waits: the answers stand in the queue when send() returns, and a dump is made
 * inside recv(). ENOBUFS: some were lost.
 */
export function receiveUntil(fd: number, tried: string, visit: (received: Received) => boolean): void {
  const buffer = freeBuffers.pop() ?? readerOf(new Uint8Array(RECEIVE_BYTES))
  try {
    for (;;) {
      const length = receive(fd, buffer.bytes, MSG_DONTWAIT | MSG_TRUNC)
      if (length === -EINTR) continue
      if (length < 0) throw systemError(tried, -length, length === -ENOBUFS ? OVERRUN : 'no answer from the kernel')
      if (length > buffer.bytes.length)
        throw malformed(`an answer of ${length} bytes, more than the buffer of ${buffer.bytes.length}`)
      if (eachMessage(buffer, length, visit)) return
    }
  } finally {
    freeBuffers.push(buffer)
  }
}

/** `sent`: what send() returned. */
export function checkSent(sent: number, tried: string): void {
  if (sent < 0) throw systemError(tried, -sent)
}
