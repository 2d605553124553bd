// The agent's socket for the plugin's client (damask.c, which says the protocol): reads a request, hands it on, answers.
// What goes wrong with one request is that request's answer, and nobody else's.
import { connect, createServer, type Socket } from 'node:net'
import { asCniError, CNI_CODE, cniError } from './cni-error.ts'
import { type CniRequest, parseCniRequest, requestedVersion } from './cni-request.ts'
import { errorResult } from './cni-result.ts'
import type { Log } from './log.ts'
import { listenOnFile } from './socket-file.ts'

/** Answers one request; what it throws is answered as a CNI error. DEL is answered with nothing. */
export type CniHandler = (request: CniRequest) => Promise<object | undefined>

export type CniServerOptions = {
  readonly socketPath: string
  readonly handler: CniHandler
  readonly log?: Log
}

export type CniServer = {
  /** Listens again where somebody deleted the socket; true: somebody had. */
  readonly restore: () => Promise<boolean>
  /** Takes no further request, lets those at work be answered, and removes the socket. */
  readonly close: () => Promise<void>
}

/** LIMIT in damask.c. */
const REQUEST_LIMIT_BYTES = 1024 * 1024
/** A client sends at once what it has: one that does not has stopped. */
const REQUEST_TIMEOUT_MILLISECONDS = 10_000

/** Serves CNI on a Unix socket that only root can open. A socket that nobody answers on any more is replaced. */
export async function serveCni({ socketPath, handler, log }: CniServerOptions): Promise<CniServer> {
  if (await isServed(socketPath)) {
    throw new Error(`cannot serve CNI on ${socketPath}: another agent answers there; stop that one first`)
  }
  // Half open: the client closes its half to say that its request is whole.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    answerClient(socket, handler, log).catch((cause) => log?.warn({ cause }, 'cannot answer a CNI request'))
  })
  const file = await listenOnFile(server, socketPath)
  return {
    async restore() {
      if (file.isThere()) return false
      await file.restore()
      return true
    },
    async close() {
      await file.remove()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function isServed(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

async function answerClient(socket: Socket, handler: CniHandler, log: Log | undefined): Promise<void> {
  socket.on('error', (cause) => log?.warn({ cause }, 'a CNI client went away'))
  let bytes: Uint8Array = new Uint8Array()
  try {
    bytes = await readRequest(socket)
    const result = await handler(parseCniRequest(bytes))
    finish(socket, formatAnswer(0, result))
  } catch (cause) {
    const error = asCniError(cause)
    log?.warn({ code: error.code, cause }, `refused a CNI request: ${error.message}`)
    finish(socket, formatAnswer(1, errorResult(requestedVersion(bytes), error)))
  }
}

/** Closes both halves once the answer is on its way: a client that hangs would keep the server from closing. */
function finish(socket: Socket, answer: Buffer): void {
  socket.end(answer, () => socket.destroy())
}

/** One byte, the client's exit code; JSON, or nothing; a newline, by which the client knows that it has all. */
const formatAnswer = (exitCode: 0 | 1, result: object | undefined): Buffer =>
  Buffer.from(`${String.fromCharCode(exitCode)}${result === undefined ? '' : JSON.stringify(result)}\n`)

async function readRequest(socket: Socket): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let length = 0
  await new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => {
      length += chunk.length
      // What is too long is still read to its end, or the client would find the socket closed before the answer.
      if (length <= REQUEST_LIMIT_BYTES) chunks.push(chunk)
    })
    socket.once('end', resolve)
    socket.once('close', () => reject(cniError(CNI_CODE.io, 'the client went away before the end of its request')))
    socket.setTimeout(REQUEST_TIMEOUT_MILLISECONDS, () => {
      reject(cniError(CNI_CODE.io, `the request did not end within ${REQUEST_TIMEOUT_MILLISECONDS / 1000} s`))
    })
  })
  socket.setTimeout(0)
  if (length <= REQUEST_LIMIT_BYTES) return Buffer.concat(chunks)
  throw cniError(CNI_CODE.io, `the request has ${length} bytes, and more than ${REQUEST_LIMIT_BYTES} are not taken`)
}
