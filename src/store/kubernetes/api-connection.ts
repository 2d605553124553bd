// Requests to the API server, over connections that are kept. A server that is too busy is asked again.
import { type Agent, type ClientRequest, Agent as HttpAgent, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { isDeepStrictEqual } from 'node:util'
import { failureOf } from './api-failure.ts'
import type { Access, Credentials, TlsSettings } from './credentials.ts'
import { exchange, KEEPALIVE, readText } from './http-exchange.ts'
import { type Asked, isNetworkProblem, networkProblem, staleConnection } from './network-problem.ts'
import { withinTime } from './within-time.ts'

export type ApiRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With its query. */
  readonly path: string
  readonly body?: object
  /** Of the body; left out: application/json. */
  readonly contentType?: string
}

export type ApiConnection = {
  readonly server: string
  readonly text: (request: ApiRequest) => Promise<string>
  /** Its body comes as the server sends it, over a connection of its own. */
  readonly stream: (request: ApiRequest, signal: AbortSignal) => Promise<IncomingMessage>
  readonly reconnect: () => void
  readonly close: () => void
}

export type ConnectionOptions = {
  readonly credentials: Credentials
  readonly clock: { readonly after: (milliseconds: number, run: () => void) => () => void }
  readonly log: Record<'debug' | 'warn', (fields: object, message: string) => void>
}

/** Milliseconds for a plugin that is run to get credentials, which may ask a server of its own. */
const CREDENTIALS_LIMIT = 60_000

/** Connections at a time; what comes beyond that waits for one. */
const MOST_CONNECTIONS = 32

/** Milliseconds that a connection is kept for the next request; the server's own limit is three minutes. */
const KEPT = 60_000

/** How often a request is sent while the server says that it is too busy, and the longest pause between, in milliseconds. */
const MOST_TRIES = 4
const LONGEST_PAUSE = 10_000

/** Different warnings of the server that are said, each once. */
const MOST_WARNINGS = 100

export function connectApi({ credentials, clock, log }: ConnectionOptions): ApiConnection {
  const { server } = credentials
  const base = new URL(server)
  const begun = new Set<ClientRequest>()
  const warnings = new Set<string>()
  let kept: { readonly tls: TlsSettings; readonly agent: Agent } | undefined
  let isClosed = false
  let timesGivenUp = 0

  /** The kept connections are those of one certificate: with another, others are opened, and the old ones end when they are idle. */
  function agentFor({ tls, agent }: Access, isStream: boolean): Agent {
    if (agent !== undefined) return agent
    if (isStream) return createAgent(base, tls, { keepAlive: false })
    if (kept === undefined || !isDeepStrictEqual(kept.tls, tls)) {
      const options = { keepAlive: true, keepAliveMsecs: KEEPALIVE, maxSockets: MOST_CONNECTIONS, timeout: KEPT }
      kept = { tls, agent: createAgent(base, tls, options) }
    }
    return kept.agent
  }

  async function send(request: ApiRequest, signal?: AbortSignal): Promise<IncomingMessage> {
    const asked: Asked = { server, request: `${request.method} ${request.path.replace(/\?.*/, '')}` }
    for (let tries = 1; ; tries++) {
      const answer = await sendOnce(request, asked, signal)
      const status = answer.statusCode ?? 0
      warn(answer)
      if (status < 300) return answer
      const failure = failureOf(server, asked.request, status, await readText(answer, asked, clock))
      const pause = pauseBefore(answer, tries)
      if (pause === undefined) throw failure
      if (status === 401) credentials.forget()
      log.debug({ ...asked, status, pause }, 'the API server is to be asked again')
      await new Promise<void>((resolve) => void clock.after(pause, resolve))
      if (isClosed || signal?.aborted) throw failure
    }
  }

  async function sendOnce(
    request: ApiRequest,
    asked: Asked,
    signal: AbortSignal | undefined,
  ): Promise<IncomingMessage> {
    const { method, path, body, contentType = 'application/json' } = request
    const access = await withinTime(clock, CREDENTIALS_LIMIT, credentials.read(), () =>
      networkProblem(asked, `the credentials were not there within ${CREDENTIALS_LIMIT / 1000} s`),
    )
    const attempt = (): Promise<IncomingMessage> => {
      if (isClosed || signal?.aborted) throw networkProblem(asked, 'the connection was closed')
      return exchange({
        url: new URL(base.pathname.replace(/\/$/, '') + path, base),
        method,
        agent: agentFor(access, signal !== undefined),
        headers: {
          accept: 'application/json',
          'user-agent': 'damask',
          // What is packed comes in blocks, and events are wanted at once.
          ...(signal === undefined && { 'accept-encoding': 'gzip' }),
          ...(body !== undefined && { 'content-type': contentType }),
          ...access.headers,
        },
        asked,
        clock,
        onBegin(sent) {
          begun.add(sent)
          return () => void begun.delete(sent)
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      })
    }
    const before = timesGivenUp
    try {
      return await attempt()
    } catch (cause) {
      if (!isNetworkProblem(cause) || !cause.isStale) throw cause
      // The others may be as dead, as after a change of the own address; of streams, which say nothing, nobody would notice.
      if (timesGivenUp === before) giveUp('given up, as another was reset')
      if (method === 'POST') throw cause
      return attempt()
    }
  }

  /** What of an object the server does not know, or that a version of an API is about to go. */
  function warn({ headers: { warning } }: IncomingMessage): void {
    if (typeof warning !== 'string' || warnings.has(warning) || warnings.size >= MOST_WARNINGS) return
    warnings.add(warning)
    log.warn({ server }, `the API server says: ${warning.replace(/^299 - /, '')}`)
  }

  /** Streams end; what has no answer yet is asked once more. */
  function giveUp(why: string): void {
    timesGivenUp++
    for (const request of begun) request.destroy(staleConnection(server, why))
    kept?.agent.destroy()
    kept = undefined
  }

  return {
    server,
    async text(request) {
      const asked: Asked = { server, request: `${request.method} ${request.path}` }
      return readText(await send(request), asked, clock)
    },
    stream: send,
    reconnect: () => giveUp('given up, as the server fell silent'),
    close() {
      isClosed = true
      giveUp('closed')
    },
  }
}

const createAgent = (url: URL, tls: TlsSettings, options: object): Agent =>
  url.protocol === 'http:' ? new HttpAgent(options) : new HttpsAgent({ ...tls, ...options })

/** Milliseconds; undefined: what was said counts. */
function pauseBefore({ statusCode = 0, headers }: IncomingMessage, tries: number): number | undefined {
  if (statusCode === 401) return tries === 1 ? 0 : undefined
  const seconds = Number(headers['retry-after'])
  const isBusy = statusCode === 429 || (statusCode >= 500 && seconds > 0)
  if (!isBusy || tries >= MOST_TRIES) return undefined
  return Math.min(seconds > 0 ? seconds * 1000 : 1000, LONGEST_PAUSE)
}
