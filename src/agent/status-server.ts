// HTTP on the agent's Unix socket: /status, /healthz, /readyz (also of its peers: /readyz?peers), /metrics, /liveness (GET and PUT).
// Who may open the socket may read and set all of it.
import type { Liveness } from '../model/index.ts'
import type { AgentStatus } from './agent-status.ts'
import type { HttpRequest } from './http-request.ts'
import { createHttpServer, type HttpAnswer, json, metricsText, text } from './http-server.ts'
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

/** Serves until closed; throws where another agent serves on the socket. */
export async function serveStatus(options: StatusServerOptions): Promise<StatusServer> {
  const { server, close } = createHttpServer((request) => answerTo(options, request))
  const own = await listenAlone(server, options.socketPath)
  return {
    restore: own.restore,
    async close() {
      await close()
      await own.release()
    },
  }
}

async function answerTo(
  options: StatusServerOptions,
  { method, target, body }: Extract<HttpRequest, { kind: 'request' }>,
): Promise<HttpAnswer> {
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
      return metricsText(await options.metrics())
    case '/liveness':
      return json(200, await options.liveness())
    default:
      return text(404, 'there are /status, /readyz, /readyz?peers, /healthz, /metrics and /liveness')
  }
}

async function putLiveness({ liveness, setLiveness }: StatusServerOptions, body: string): Promise<HttpAnswer> {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (cause) {
    return text(400, `the body is no JSON: ${cause instanceof Error ? cause.message : cause}`)
  }
  const wrong = await setLiveness(value)
  return wrong === undefined ? json(200, await liveness()) : text(400, wrong)
}
