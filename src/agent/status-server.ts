// HTTP on the agent's Unix socket: /status, /healthz, /readyz (also of its peers: /readyz?peers), /metrics. Who may open the
// socket may read all of it.
// Written on bare sockets: one GET, one answer, and the connection ends; node:http would be 6 MB of an idle agent.
import { createServer, type Socket } from 'node:net'
import type { AgentStatus } from './agent-status.ts'
import type { Readiness } from './readiness.ts'
import { listenAlone } from './run-socket.ts'

export type StatusServer = { readonly close: () => Promise<void> }

export type StatusServerOptions = {
  readonly socketPath: string
  readonly status: () => Promise<AgentStatus>
  readonly readiness: () => Promise<Readiness>
  readonly metrics: () => Promise<string>
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
  503: 'Service Unavailable',
} as const

const LONGEST_REQUEST_BYTES = 16 * 1024
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
    readRequest(socket, (head) => void answer(options, head, socket))
  })
  const release = await listenAlone(server, options.socketPath)
  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
      await release()
    },
  }
}

/** Calls back once, with the request's head: a GET has nothing after it. */
function readRequest(socket: Socket, onHead: (head: string) => void): void {
  let head = ''
  const read = (chunk: Buffer): void => {
    head += chunk.toString('latin1')
    if (!/\r?\n\r?\n/.test(head) && head.length < LONGEST_REQUEST_BYTES) return
    socket.off('data', read)
    socket.resume()
    onHead(head)
  }
  socket.on('data', read)
}

async function answer(options: StatusServerOptions, head: string, socket: Socket): Promise<void> {
  const [, method = '', target = ''] = /^([A-Z]+) (\S+) HTTP\/1\.[01]\r?\n/.exec(head) ?? []
  const { code, type, body } = await answerTo(options, method, target).catch((cause) =>
    text(503, `cannot answer: ${cause instanceof Error ? cause.message : cause}`),
  )
  const lines = [
    `HTTP/1.1 ${code} ${REASONS[code]}`,
    `content-type: ${type}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${method === 'HEAD' ? '' : body}`)
}

async function answerTo(options: StatusServerOptions, method: string, target: string): Promise<Answer> {
  if (method === '') return text(400, 'this is no request of HTTP/1.1')
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET is answered here')
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
    default:
      return text(404, 'there are /status, /readyz, /readyz?peers, /healthz and /metrics')
  }
}
