// HTTP on the agent's Unix socket: /status, /healthz, /readyz, /metrics. Who may open the socket may read all of it.
import type { IncomingMessage, ServerResponse } from 'node:http'
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

type Answer = { readonly code: number; readonly type: string; readonly body: string }

const json = (code: number, value: unknown): Answer => ({
  code,
  type: 'application/json',
  body: `${JSON.stringify(value)}\n`,
})
const text = (code: number, body: string): Answer => ({ code, type: 'text/plain; charset=utf-8', body: `${body}\n` })

/** Serves until closed; throws where another agent serves on the socket. */
export async function serveStatus(options: StatusServerOptions): Promise<StatusServer> {
  const sockets = new Set<Socket>()
  // node:http alone is 8 MB of an idle agent: it is loaded when somebody asks.
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {}) // whoever asked went away
    void loadHttp().then((http) => http.emit('connection', socket))
  })
  const loadHttp = lazily(async () => {
    const { createServer } = await import('node:http')
    return createServer((request, response) => void answer(options, request, response))
  })
  const release = await listenAlone(server, options.socketPath)
  return {
    async close() {
      await release()
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function answer(options: StatusServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { code, type, body } = await answerTo(options, request).catch((cause) =>
    text(503, `cannot answer: ${cause instanceof Error ? cause.message : cause}`),
  )
  response.writeHead(code, { 'content-type': type, connection: 'close' })
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function answerTo(options: StatusServerOptions, request: IncomingMessage): Promise<Answer> {
  const { status, metrics, illness } = options
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'only GET is answered here')
  switch (request.url) {
    case '/status':
      return json(200, await status())
    case '/healthz': {
      const wrong = illness()
      return wrong === undefined ? text(200, 'ok') : text(503, wrong)
    }
    case '/readyz': {
      const readiness = await options.readiness()
      return json(readiness.ready ? 200 : 503, readiness)
    }
    case '/metrics':
      return { code: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: await metrics() }
    default:
      return text(404, 'there are /status, /readyz, /healthz and /metrics')
  }
}

function lazily<Value>(load: () => Promise<Value>): () => Promise<Value> {
  let loaded: Promise<Value> | undefined
  return () => {
    loaded ??= load()
    return loaded
  }
}
