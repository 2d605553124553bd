// One request over HTTP, and its answer. Every wait has its limit.
import { type Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { type Asked, explainNetwork, networkProblem } from './network-problem.ts'
import { limitSilence } from './silence-limit.ts'

type Clock = { readonly after: (milliseconds: number, run: () => void) => () => void }

export type Exchange = {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly agent: Agent
  readonly asked: Asked
  readonly clock: Clock
  /** Ends it at any time. */
  readonly signal?: AbortSignal
  /** Called with the request as it begins; returns what to call when it is over. */
  readonly onBegin: (request: ClientRequest) => () => void
}

/** Milliseconds without a byte of an answer. */
const ANSWER_LIMIT = 15_000

/** Milliseconds after which the kernel asks a silent machine whether it is still there: ten times then, one a second. */
export const KEEPALIVE = 10_000

/** Resolves with the head of the answer. */
export function exchange({ url, method, headers, body, agent, asked, clock, signal, onBegin }: Exchange) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const send = url.protocol === 'http:' ? httpRequest : httpsRequest
    const request = send(url, { method, agent, headers: { ...headers, ...lengthOf(body) } })
    const end = onBegin(request)
    let stop = (): void => {}
    const abort = (): void => void request.destroy(networkProblem(asked, 'the connection was closed'))
    signal?.addEventListener('abort', abort, { once: true })
    request.once('socket', (socket) => {
      socket.setKeepAlive(true, KEEPALIVE)
      // Not while it waits for others to be done with a connection.
      stop = clock.after(ANSWER_LIMIT, () =>
        request.destroy(networkProblem(asked, `no answer within ${ANSWER_LIMIT / 1000} s`)),
      )
    })
    request.once('response', (answer) => {
      stop()
      resolve(answer)
    })
    request.on('error', (cause) => reject(explainNetwork(asked, cause, request.reusedSocket)))
    request.once('close', () => {
      stop()
      end()
      signal?.removeEventListener('abort', abort)
    })
    request.end(body)
  })
}

const lengthOf = (body: string | undefined): Record<string, string> =>
  body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }

const unzip = promisify(gunzip)

/** However long it takes, as long as something comes. */
export async function readText(answer: IncomingMessage, asked: Asked, clock: Clock): Promise<string> {
  const chunks: Buffer[] = []
  const limit = limitSilence(clock, ANSWER_LIMIT, () =>
    answer.destroy(networkProblem(asked, `the answer stopped for ${ANSWER_LIMIT / 1000} s`)),
  )
  try {
    for await (const chunk of answer) {
      limit.heard()
      chunks.push(chunk)
    }
  } catch (cause) {
    throw explainNetwork(asked, cause)
  } finally {
    limit.stop()
  }
  const bytes = Buffer.concat(chunks)
  return (answer.headers['content-encoding'] === 'gzip' ? await unzip(bytes) : bytes).toString('utf8')
}
