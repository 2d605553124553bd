// Requests to the API server, over connections that are kept. Every wait has its limit, and a server that is too busy is asked again.
import {
  type Agent,
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isDeepStrictEqual, promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { failureOf } from './api-failure.ts'
import type { Access, Credentials, TlsSettings } from './credentials.ts'
import { limitSilence } from './silence-limit.ts'
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
  readonly close: () => void
}

export type ConnectionOptions = {
  readonly credentials: Credentials
  readonly clock: { readonly after: (milliseconds: number, run: () => void) => () => void }
  readonly log: Record<'debug' | 'warn', (fields: object, message: string) => void>
}

/** Milliseconds without a byte of an answer. */
const ANSWER_LIMIT = 15_000

/** Milliseconds for a plugin that is run to get credentials, which may ask a server of its own. */
const CREDENTIALS_LIMIT = 60_000

/** Connections at a time; what comes beyond that waits for one. */
const MOST_CONNECTIONS = 32

/** Milliseconds that a connection is kept for the next request; the server's own limit is three minutes. */
const KEPT = 60_000

/** How often a request is sent while the server says that it is too busy, and the longest pause between, in milliseconds. */
const MOST_TRIES = 4
const LONGEST_PAUSE = 10_000

const unzip = promisify(gunzip)

export function connectApi({ credentials, clock, log }: ConnectionOptions): ApiConnection {
  const url = new URL(credentials.server)
  const server = credentials.server
  const basePath = url.pathname.replace(/\/$/, '')
  const begun = new Set<ClientRequest>()
  const warnings = new Set<string>()
  let kept: { readonly tls: TlsSettings; readonly agent: Agent } | undefined
  let isClosed = false

  /** The kept connections are those of one certificate: with another, others are opened, and the old ones end when they are idle. */
  function agentFor({ tls, agent }: Access, isStream: boolean): Agent {
    if (agent !== undefined) return agent
    if (isStream) return createAgent(url, tls, { keepAlive: false })
    if (kept === undefined || !isDeepStrictEqual(kept.tls, tls)) {
      kept = { tls, agent: createAgent(url, tls, { keepAlive: true, maxSockets: MOST_CONNECTIONS, timeout: KEPT }) }
    }
    return kept.agent
  }

  async function send(asked: ApiRequest, signal?: AbortSignal): Promise<IncomingMessage> {
    for (let tries = 1; ; tries++) {
      const answer = await sendOnce(asked, signal)
      const status = answer.statusCode ?? 0
      warn(answer)
      if (status < 300) return answer
      const body = await readText(answer, asked)
      const pause = pauseBefore(answer, tries)
      if (pause === undefined) throw failureOf(server, nameOf(asked), status, body)
      if (status === 401) credentials.forget()
      log.debug({ server, request: nameOf(asked), status, pause }, 'the API server is to be asked again')
      await new Promise<void>((resolve) => void clock.after(pause, resolve))
      if (isClosed || signal?.aborted) throw failureOf(server, nameOf(asked), status, body)
    }
  }

  async function sendOnce(asked: ApiRequest, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    const access = await withinTime(clock, CREDENTIALS_LIMIT, credentials.read(), () =>
      problem(asked, `the credentials were not there within ${CREDENTIALS_LIMIT / 1000} s`),
    )
    try {
      return await exchange(asked, access, signal)
    } catch (cause) {
      // The server closed a kept connection just when we took it for another request: nothing of that was read.
      if (!isStale(cause) || asked.method === 'POST') throw cause
      return exchange(asked, access, signal)
    }
  }

  function exchange(asked: ApiRequest, access: Access, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    const isStream = signal !== undefined
    const text = asked.body === undefined ? undefined : JSON.stringify(asked.body)
    return new Promise((resolve, reject) => {
      if (isClosed || signal?.aborted) return reject(problem(asked, 'the connection was closed'))
      const send = url.protocol === 'http:' ? httpRequest : httpsRequest
      const request = send({
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : url.port,
        method: asked.method,
        path: basePath + asked.path,
        agent: agentFor(access, isStream),
        headers: {
          accept: 'application/json',
          ...(!isStream && { 'accept-encoding': 'gzip' }),
          ...(text !== undefined && {
            'content-type': asked.contentType ?? 'application/json',
            'content-length': Buffer.byteLength(text),
          }),
          'user-agent': 'damask',
          ...access.headers,
        },
      })
      begun.add(request)
      let stop = (): void => {}
      const abort = (): void => void request.destroy(problem(asked, 'the connection was closed'))
      signal?.addEventListener('abort', abort, { once: true })
      request.once('socket', (socket) => {
        // The kernel finds out about a machine that went away without a word.
        socket.setKeepAlive(true, 30_000)
        // Not while it waits for others to be done with a connection.
        stop = clock.after(ANSWER_LIMIT, () =>
          request.destroy(problem(asked, `no answer within ${ANSWER_LIMIT / 1000} s`)),
        )
      })
      request.once('response', (answer) => {
        stop()
        resolve(answer)
      })
      request.on('error', (cause) =>
        reject(request.destroyed && isOurs(cause) ? cause : networkError(asked, cause, request)),
      )
      request.once('close', () => {
        stop()
        begun.delete(request)
        signal?.removeEventListener('abort', abort)
      })
      request.end(text)
    })
  }

  async function readText(answer: IncomingMessage, asked: ApiRequest): Promise<string> {
    const chunks: Buffer[] = []
    const limit = limitSilence(clock, ANSWER_LIMIT, () =>
      answer.destroy(problem(asked, `the answer stopped for ${ANSWER_LIMIT / 1000} s`)),
    )
    try {
      for await (const chunk of answer) {
        limit.heard()
        chunks.push(chunk)
      }
    } catch (cause) {
      throw isOurs(cause) ? cause : networkError(asked, cause)
    } finally {
      limit.stop()
    }
    const bytes = Buffer.concat(chunks)
    return (answer.headers['content-encoding'] === 'gzip' ? await unzip(bytes) : bytes).toString('utf8')
  }

  /** Each once: what of an object the server does not know, or that a version of an API is about to go. */
  function warn({ headers }: IncomingMessage): void {
    const said = headers.warning
    if (typeof said !== 'string' || warnings.has(said) || warnings.size > 100) return
    warnings.add(said)
    log.warn({ server }, `the API server says: ${said.replace(/^299 - /, '')}`)
  }

  const problem = (asked: ApiRequest, what: string): Error =>
    Object.assign(new Error(`the API server ${server} does not answer ${nameOf(asked)}: ${what}`), { [OURS]: true })

  function networkError(asked: ApiRequest, cause: unknown, request?: ClientRequest): Error {
    const error = problem(asked, explain(cause))
    error.cause = cause
    return request?.reusedSocket && codeOf(cause) === 'ECONNRESET' ? Object.assign(error, { [STALE]: true }) : error
  }

  return {
    server,
    async text(asked) {
      return readText(await send(asked), asked)
    },
    stream: send,
    close() {
      isClosed = true
      for (const request of begun) request.destroy(new Error(`the connection to the API server ${server} was closed`))
      kept?.agent.destroy()
    },
  }
}

const OURS = Symbol('said by us')
const STALE = Symbol('a connection that the server had closed')
const isOurs = (cause: unknown): boolean => cause instanceof Error && OURS in cause
const isStale = (cause: unknown): boolean => cause instanceof Error && STALE in cause

const nameOf = ({ method, path }: ApiRequest): string => `${method} ${path.replace(/\?.*/, '')}`

const createAgent = (url: URL, tls: TlsSettings, options: object): Agent =>
  url.protocol === 'http:' ? new HttpAgent(options) : new HttpsAgent({ ...tls, ...options })

/** Milliseconds; undefined: what was said counts. */
function pauseBefore({ statusCode, headers }: IncomingMessage, tries: number): number | undefined {
  if (statusCode === 401) return tries === 1 ? 0 : undefined
  const seconds = Number(headers['retry-after'])
  const isBusy = statusCode === 429 || ((statusCode ?? 0) >= 500 && seconds > 0)
  if (!isBusy || tries >= MOST_TRIES) return undefined
  return Math.min(seconds > 0 ? seconds * 1000 : 1000, LONGEST_PAUSE)
}

const codeOf = (cause: unknown): unknown => (cause instanceof Error && 'code' in cause ? cause.code : undefined)

const CERTIFICATE_CODES = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

function explain(cause: unknown): string {
  const said = cause instanceof Error ? cause.message : String(cause)
  if (cause instanceof AggregateError && said === '') return cause.errors.map((each) => explain(each)).join('; ')
  return CERTIFICATE_CODES.has(String(codeOf(cause)))
    ? `${said}; its certificate is not from the authority that the configuration names`
    : said
}
