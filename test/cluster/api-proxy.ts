// A proxy before an API server, as `kubectl proxy` is one, that can misbehave: cut what flows, or keep it open and let nothing through.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { ApiServer } from '../api-server.ts'

export type ApiProxy = {
  readonly url: string
  /** Of all requests, with their query. */
  readonly paths: string[]
  /** Every connection ends, in the middle of whatever it carries. */
  readonly cut: () => void
  /** What is open now carries nothing any more, and stays open. */
  readonly silence: () => void
  /** While it is set, connections are cut as they come. */
  readonly refuse: (isRefusing: boolean) => void
  readonly close: () => void
}

export async function startApiProxy({ url, certificate, tokens }: ApiServer): Promise<ApiProxy> {
  const paths: string[] = []
  const sockets = new Set<Socket>()
  const flows = new Set<{ readonly silence: () => void }>()
  let isRefusing = false

  const server = createServer((asked, response: ServerResponse) => {
    paths.push(asked.url ?? '')
    const { host: _, ...headers } = asked.headers
    const forwarded = request(
      `${url}${asked.url}`,
      { method: asked.method, ca: certificate, headers: { ...headers, authorization: `Bearer ${tokens.admin}` } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        response.flushHeaders()
        answer.pipe(response)
        const flow = {
          silence: () => {
            answer.unpipe(response)
            answer.resume()
          },
        }
        flows.add(flow)
        answer.once('close', () => flows.delete(flow))
        answer.once('error', () => response.destroy())
      },
    )
    forwarded.on('error', () => response.destroy())
    response.once('close', () => forwarded.destroy())
    asked.pipe(forwarded)
  })
  server.on('connection', (socket) => {
    if (isRefusing) return void socket.destroy()
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    cut,
    silence() {
      for (const flow of flows) flow.silence()
    },
    refuse(isIt) {
      isRefusing = isIt
      if (isIt) cut()
    },
    close() {
      cut()
      server.close()
    },
  }
}
