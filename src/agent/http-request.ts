// One request of HTTP/1.1 read from a socket: its method, its target, and as much of a body as somebody sends who says how much.
import type { Socket } from 'node:net'

export type HttpRequest =
  | { readonly kind: 'request'; readonly method: string; readonly target: string; readonly body: string }
  | { readonly kind: 'malformed'; readonly message: string }
  | { readonly kind: 'too-long'; readonly message: string }

const LONGEST_REQUEST_BYTES = 1024 * 1024
const REQUEST_LINE = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/

/** Calls back once. What comes after the request is not read. */
export function readRequest(
  socket: Socket,
  onRequest: (request: HttpRequest) => void,
  longestBytes = LONGEST_REQUEST_BYTES,
): void {
  const chunks: Buffer[] = []
  let length = 0
  const read = (chunk: Buffer): void => {
    chunks.push(chunk)
    length += chunk.length
    const request = length > longestBytes ? tooLong(longestBytes) : tryRequest(Buffer.concat(chunks), longestBytes)
    if (request === undefined) return
    socket.off('data', read)
    socket.resume()
    onRequest(request)
  }
  socket.on('data', read)
}

const tooLong = (longestBytes: number): HttpRequest => ({
  kind: 'too-long',
  message: `a request has no more than ${longestBytes} bytes here`,
})
const malformed = (message: string): HttpRequest => ({ kind: 'malformed', message })

/** Undefined as long as it is not whole. */
function tryRequest(bytes: Buffer, longestBytes: number): HttpRequest | undefined {
  const text = bytes.toString('latin1') // a letter a byte
  const [, head = '', gap = ''] = /^([\s\S]*?)(\r?\n\r?\n)/.exec(text) ?? []
  if (gap === '') return undefined
  const [first = '', ...fields] = head.split(/\r?\n/)
  const [, method, target] = REQUEST_LINE.exec(first) ?? []
  if (method === undefined || target === undefined) return malformed('this is no request of HTTP/1.1')
  const headers = new Map(fields.map((field) => [nameOf(field), field.slice(field.indexOf(':') + 1).trim()]))
  if (headers.has('transfer-encoding')) return malformed('send the body whole, with its content-length')
  const bodyLength = Number(headers.get('content-length') ?? 0)
  if (!Number.isSafeInteger(bodyLength) || bodyLength < 0) return malformed('content-length is a number of bytes')
  const start = head.length + gap.length
  if (start + bodyLength > longestBytes) return tooLong(longestBytes) // nobody waits for what would not be taken
  if (bytes.length < start + bodyLength) return undefined
  return { kind: 'request', method, target, body: bytes.toString('utf8', start, start + bodyLength) }
}

const nameOf = (field: string): string => field.slice(0, Math.max(0, field.indexOf(':'))).toLowerCase()
