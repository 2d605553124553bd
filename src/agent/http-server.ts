// HTTP on bare sockets: one request, one answer, and the connection ends; node:http would be 6 MB of an idle agent.
import { createServer, type Server, type Socket } from 'node:net'
import { type HttpRequest, readRequest } from './http-request.ts'

export type HttpAnswer = { readonly code: keyof typeof REASONS; readonly type: string; readonly body: string }

export type HttpServer = {
  /** To listen with. */
  readonly server: Server
  /** Ends what it is at, and listens no more. */
  readonly close: () => Promise<void>
}

/** RFC 9110, section 15. */
const REASONS = {
  200: 'OK',
  201: 'Created',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const

const REQUEST_TIMEOUT_MS = 10_000

export const json = (code: HttpAnswer['code'], value: unknown): HttpAnswer => ({
  code,
  type: 'application/json',
  body: `${JSON.stringify(value)}\n`,
})
export const text = (code: HttpAnswer['code'], body: string): HttpAnswer => ({
  code,
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
})
/** What Prometheus reads. */
export const metricsText = (body: string): HttpAnswer => ({
  code: 200,
  type: 'text/plain; version=0.0.4; charset=utf-8',
  body,
})

/** Not listening yet. What `answerTo` throws is answered as 503. */
export function createHttpServer(
  answerTo: (request: Extract<HttpRequest, { kind: 'request' }>) => Promise<HttpAnswer>,
  longestRequestBytes?: number,
): HttpServer {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy()) // whoever asked went away
    socket.setTimeout(REQUEST_TIMEOUT_MS, () => socket.destroy())
    readRequest(socket, (request) => void answer(request, socket), longestRequestBytes)
  })

  async function answer(request: HttpRequest, socket: Socket): Promise<void> {
    const { code, type, body } = await answerAny(request).catch((cause) =>
      text(503, `cannot answer: ${cause instanceof Error ? cause.message : cause}`),
    )
    const lines = [
      `HTTP/1.1 ${code} ${REASONS[code]}`,
      `content-type: ${type}`,
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ]
    socket.end(`${lines.join('\r\n')}\r\n\r\n${request.kind === 'request' && request.method === 'HEAD' ? '' : body}`)
  }

  async function answerAny(request: HttpRequest): Promise<HttpAnswer> {
    if (request.kind === 'malformed') return text(400, request.message)
    if (request.kind === 'too-long') return text(413, request.message)
    return answerTo(request)
  }

  return {
    server,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
