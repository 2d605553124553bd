// HTTP on the agent's Unix socket: /status, /healthz, /readyz (also of its peers: /readyz?peers), /metrics, /liveness (GET and PUT).
// Who may open the socket may read and set all of it.
// Written on bare sockets: one request, one answer, and the connection ends; node:http would be 6 MB of an idle agent.
import { createServer, type Socket } from 'node:net'
import type { Liveness } from '../model/index.ts'
import type { AgentStatus } from './agent-status.ts'
import { type HttpRequest, readRequest } from './http-request.ts'
import type { Readiness } from './readiness.ts'
import { listenAlone } from './run-socket.ts'

export type StatusServer = {
  /** Listens again where somebody deleted the socket or its folder; true: somebody had. */
  readonly restore: () => Promise<boolean>
  readonly close: () => Promise<void>
}

export type StatusServerOptions = {
  readonly socketPath: string
  readonly status: () => Promise<AgentStatus>
  readonly readiness: () => Promise<Readiness>
  readonly metrics: () => Promise<string>
  readonly liveness: () => Promise<Liveness>
  /** Resolves with what is wrong with it, if it is not taken. */
  readonly setLiveness: (value: unknown) => Promise<string | undefined>
  /** Undefined: all is well; else what is wrong with the agent itself. */
  readonly illness: () => string | undefined
}

type Answer = { readonly code: keyof typeof REASONS; readonly type: string; readonly body: string }

/** RFC 9110, section 15. */
const REASONS = {
  200: 'OK',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  503: 'Service Unavailable',
} as const

const REQUEST_TIMEOUT_MS = 10_000

const json = (code: Answer['code'], value: unknown): Answer => ({
  code,
  type: 'application/json',
  body: `${JSON.stringify(value)}\n`,
})
const text = (code: Answer['code'], body: string): Answer => ({
  code,
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
})

/** Serves until closed; throws where another agent serves on the socket. */
export async function serveStatus(options: StatusServerOptions): Promise<StatusServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy()) // whoever asked went away
    socket.setTimeout(REQUEST_TIMEOUT_MS, () => socket.destroy())
    readRequest(socket, (request) => void answer(options, request, socket))
  })
  const own = await listenAlone(server, options.socketPath)
  return {
    restore: own.restore,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
      await own.release()
    },
  }
}

async function answer(options: StatusServerOptions, request: HttpRequest, socket: Socket): Promise<void> {
  const { code, type, body } = await answerTo(options, request).catch((cause) =>
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

async function answerTo(options: StatusServerOptions, request: HttpRequest): Promise<Answer> {
  if (request.kind === 'malformed') return text(400, request.message)
  if (request.kind === 'too-long') return text(413, request.message)
  const { method, target, body } = request
  if (target === '/liveness' && method === 'PUT') return putLiveness(options, body)
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET is answered here, and PUT of /liveness')
  switch (target) {
    case '/status':
      return json(200, await options.status())
    case '/healthz': {
      const wrong = options.illness()
      return wrong === undefined ? text(200, 'ok') : text(503, wrong)
    }
    case '/readyz':
    case '/readyz?peers': {
      const readiness = await options.readiness()
      return json((target === '/readyz' ? readiness.ready : readiness.converged) ? 200 : 503, readiness)
    }
    case '/metrics':
      return { code: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: await options.metrics() }
    case '/liveness':
      return json(200, await options.liveness())
    default:
      return text(404, 'there are /status, /readyz, /readyz?peers, /healthz, /metrics and /liveness')
  }
}

async function putLiveness({ liveness, setLiveness }: StatusServerOptions, body: string): Promise<Answer> {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (cause) {
    return text(400, `the body is no JSON: ${cause instanceof Error ? cause.message : cause}`)
  }
  const wrong = await setLiveness(value)
  return wrong === undefined ? json(200, await liveness()) : text(400, wrong)
}
