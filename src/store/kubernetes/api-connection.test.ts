// A server that is too busy, answers with nonsense or falls silent: a real API server cannot be brought to that when a test wants it.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHandClock, type HandClock } from '../../../test/hand-clock.ts'
import { isApiFailure } from './api-failure.ts'
import type { KubernetesApi, WatchEvent } from './kubernetes-api.ts'
import { openKubernetesApi } from './open-kubernetes-api.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const NODES = { group: '', version: 'v1', plural: 'nodes' }

let server: Server
let answers: Answer[]
let asked: string[]
let clock: HandClock
let api: KubernetesApi
let said: string[]
beforeEach(async () => {
  answers = []
  asked = []
  said = []
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    answer?.(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  clock = createHandClock()
  const log = { debug() {}, info() {}, warn: (_: object, message: string) => void said.push(message) }
  api = await openKubernetesApi({ server: address(), clock, log })
})
afterEach(() => {
  api.close()
  server.closeAllConnections()
  server.close()
})

const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const json =
  (body: object, status = 200, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }

const refusal = (code: number, reason: string, headers: Record<string, string> = {}): Answer =>
  json({ kind: 'Status', code, reason, message: `${reason} it is` }, code, headers)

const LIST = json({
  kind: 'NodeList',
  apiVersion: 'v1',
  metadata: { resourceVersion: '7' },
  items: [{ metadata: { name: 'a' } }],
})

/** Until just that is waited for: how long a request takes to get so far is not the clock's. */
const waitsFor = (...milliseconds: readonly number[]) =>
  expect.poll(clock.waiting, { interval: 5 }).toEqual(milliseconds)

describe('a server that is too busy', () => {
  test('is asked again after the pause that it wants', async () => {
    answers = [refusal(429, 'TooManyRequests', { 'retry-after': '3' }), LIST]
    const listing = api.list(NODES)
    await waitsFor(3_000)
    await clock.turn(2_900)
    expect(asked).toHaveLength(1)
    await clock.turn(200)
    expect(await listing).toHaveLength(1)
    expect(asked).toHaveLength(2)
  })

  test('is asked four times in all, also where it fails inside (5xx) and says when to come back', async () => {
    answers = [refusal(503, 'ServiceUnavailable', { 'retry-after': '1' })]
    const listing = expect(api.list(NODES)).rejects.toMatchObject({ status: 503, reason: 'ServiceUnavailable' })
    for (let tries = 1; tries < 4; tries++) {
      await waitsFor(1_000)
      await clock.turn(1_000)
    }
    await listing
    expect(asked).toHaveLength(4)
  })

  test('is not asked again where it does not say that this helps', async () => {
    answers = [refusal(500, 'InternalError')]
    await expect(api.list(NODES)).rejects.toMatchObject({ status: 500 })
    expect(asked).toHaveLength(1)
  })
})

describe('what the server refuses', () => {
  test('is an ApiFailure with its words, and the server and the request in the sentence', async () => {
    answers = [refusal(403, 'Forbidden')]
    const failure = await api.list(NODES).catch((cause: unknown) => cause)
    expect(isApiFailure(failure)).toBe(true)
    expect(failure).toMatchObject({ status: 403, reason: 'Forbidden' })
    expect(String(failure)).toContain(
      `the API server ${address()} refuses GET /api/v1/nodes: HTTP 403, Forbidden it is`,
    )
  })

  test('credentials that are not taken (401) are read again, once', async () => {
    answers = [refusal(401, 'Unauthorized'), LIST]
    const listing = api.list(NODES)
    await waitsFor(0)
    await clock.turn(0)
    expect(await listing).toHaveLength(1)
    answers = [refusal(401, 'Unauthorized')]
    const again = expect(api.list(NODES)).rejects.toMatchObject({ status: 401 })
    await waitsFor(0)
    await clock.turn(0)
    await again
    expect(asked).toHaveLength(4)
  })

  test('a warning is said once', async () => {
    answers = [json({ kind: 'Node', metadata: { name: 'a' } }, 200, { warning: '299 - "unknown field \\"spec.x\\""' })]
    await api.get(NODES, 'a')
    await api.get(NODES, 'a')
    expect(said).toEqual([expect.stringContaining('unknown field')])
  })
})

describe('an answer', () => {
  /** The server takes the request, and answers what the test says when it says it. */
  function holdAnswer(): () => ServerResponse {
    let held: ServerResponse | undefined
    answers = [
      (_, response) => {
        held = response
      },
    ]
    return () => {
      if (held === undefined) throw new Error('nothing was asked yet')
      return held
    }
  }

  test('that does not come within 15 s is an error that names server and path', async () => {
    answers = [() => {}]
    const getting = expect(api.get(NODES, 'a')).rejects.toThrow(
      `the API server ${address()} does not answer GET /api/v1/nodes/a: no answer within 15 s`,
    )
    await waitsFor(15_000)
    await clock.turn(14_900)
    await clock.turn(200)
    await getting
  })

  test('that stops in the middle is one too', async () => {
    const answer = holdAnswer()
    const getting = expect(api.get(NODES, 'a')).rejects.toThrow('GET /api/v1/nodes/a: the answer stopped for 15 s')
    await waitsFor(15_000)
    await clock.turn(1_000)
    answer().write('{"kind":')
    await waitsFor(15_000)
    await clock.turn(15_000)
    await getting
  })

  test('that takes longer, and comes bit by bit, is taken', async () => {
    const answer = holdAnswer()
    const getting = api.get(NODES, 'a')
    for (const bit of ['{"kind":', '"Node",', '"metadata":']) {
      await waitsFor(15_000)
      await clock.turn(14_000)
      answer().write(bit)
    }
    await waitsFor(15_000)
    answer().end('{"name":"a"}}')
    expect((await getting)?.metadata.name).toBe('a')
  })

  test('that is no JSON says so: somebody else answers at this address', async () => {
    answers = [(_, response) => void response.end('<html>It works!')]
    await expect(api.list(NODES)).rejects.toThrow(/is not JSON, so that this is hardly an API server: <html>It works!/)
  })

  test('that is packed is unpacked', async () => {
    answers = [
      (request, response) => {
        expect(request.headers['accept-encoding']).toBe('gzip')
        response.writeHead(200, { 'content-encoding': 'gzip' })
        response.end(gzipSync(JSON.stringify({ kind: 'Node', metadata: { name: 'ü' } })))
      },
    ]
    expect((await api.get(NODES, 'a'))?.metadata.name).toBe('ü')
  })

  test('of a list says of each object what it is', async () => {
    answers = [LIST]
    expect(await api.list(NODES)).toEqual([{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' } }])
  })

  test('with "no such path" is a failure, and no object that is missing', async () => {
    answers = [refusal(404, 'NotFound')]
    expect(await api.get(NODES, 'a')).toBeUndefined()
    answers = [(_, response) => void response.writeHead(404).end('404 page not found')]
    await expect(api.get(NODES, 'a')).rejects.toMatchObject({ status: 404 })
  })

  test('a connection that the server closed just before is no reason to fail', async () => {
    answers = [LIST]
    await api.list(NODES)
    answers = [(request) => void request.socket.resetAndDestroy(), LIST]
    expect(await api.list(NODES)).toHaveLength(1)
  })
})

describe('a stream', () => {
  const events: WatchEvent[] = []
  let response: ServerResponse | undefined
  beforeEach(() => {
    events.length = 0
    answers = [
      (_, opened) => {
        response = opened
        opened.writeHead(200)
        opened.flushHeaders()
      },
    ]
  })

  const open = (signal = new AbortController().signal): Promise<void> =>
    api.events(NODES, { resourceVersion: '5', timeoutSeconds: 300, signal, onEvent: (event) => events.push(event) })

  const line = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`

  const isOpen = () => waitsFor(330_000, 330_000)
  const heard = (count: number) => expect.poll(() => events.length, { interval: 5 }).toBe(count)

  test('asks for bookmarks and an end, and gives the events as they come, split wherever', async () => {
    const opened = open()
    await isOpen()
    expect(asked).toEqual([
      'GET /api/v1/nodes?watch=true&allowWatchBookmarks=true&resourceVersion=5&timeoutSeconds=300',
    ])
    const bytes = Buffer.from(line('ADDED', { metadata: { name: 'ü' } }))
    response?.write(bytes.subarray(0, bytes.indexOf('ü') + 1))
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(events).toEqual([])
    response?.end(bytes.subarray(bytes.indexOf('ü') + 1))
    await opened
    expect(events).toEqual([{ type: 'ADDED', object: { metadata: { name: 'ü' } } }])
  })

  test('is open once it was granted, before anything changed, and never where it is refused', async () => {
    let opened = 0
    const ask = (signal: AbortSignal): Promise<void> =>
      api.events(NODES, { resourceVersion: '5', timeoutSeconds: 300, signal, onOpen: () => opened++, onEvent() {} })
    const stop = new AbortController()
    const over = ask(stop.signal)
    await expect.poll(() => opened, { interval: 5 }).toBe(1)
    stop.abort()
    await over
    answers = [(_, refused) => refused.writeHead(403).end()]
    await expect(ask(new AbortController().signal)).rejects.toThrow('403')
    expect(opened).toBe(1)
  })

  test('that ends with an error rejects with it', async () => {
    const opened = expect(open()).rejects.toMatchObject({ status: 410, reason: 'Expired' })
    await isOpen()
    response?.end(line('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }))
    await opened
  })

  test('that breaks rejects', async () => {
    const opened = expect(open()).rejects.toThrow(/GET \/api\/v1\/nodes of http.*broke/)
    await isOpen()
    response?.destroy()
    await opened
  })

  test('that falls silent beyond its end is given up', async () => {
    const opened = expect(open()).rejects.toThrow('silent')
    await isOpen()
    await clock.turn(329_000)
    expect(response?.destroyed).toBe(false)
    await clock.turn(1_000)
    await opened
  })

  test('that had a bookmark, of which one comes every minute or two, is given up after three', async () => {
    const opened = expect(open()).rejects.toThrow('silent')
    await isOpen()
    response?.write(line('BOOKMARK', { metadata: { resourceVersion: '6' } }))
    await heard(1)
    await clock.turn(180_000)
    await opened
  })

  test('that a proxy never ends is ended', async () => {
    const opened = expect(open()).rejects.toThrow('did not end in time')
    await isOpen()
    for (let minute = 1; minute <= 6; minute++) {
      response?.write(line('BOOKMARK', { metadata: { resourceVersion: '6' } }))
      await heard(minute)
      await clock.turn(60_000)
    }
    await opened
  })

  test('ends where a request was reset on its kept connection: it may be as dead', async () => {
    const opened = expect(open()).rejects.toThrow(/the stream broke/)
    await isOpen()
    answers = [LIST]
    await api.list(NODES)
    answers = [(request) => void request.socket.resetAndDestroy(), LIST]
    expect(await api.list(NODES)).toHaveLength(1)
    await opened
  })

  test('ends with the connections, where these are given up', async () => {
    const opened = expect(open()).rejects.toThrow(`GET /api/v1/nodes of ${address()}: the stream broke`)
    await isOpen()
    api.reconnect()
    await opened
    await waitsFor()
  })

  test('resolves where it is called off', async () => {
    const controller = new AbortController()
    const opened = open(controller.signal)
    await isOpen()
    controller.abort()
    await opened
    await waitsFor()
  })
})

describe('reconnect()', () => {
  test('asks over another connection what has no answer yet, but for what may be done twice', async () => {
    const sockets = new Set<unknown>()
    const silent: Answer = ({ socket }) => void sockets.add(socket)
    answers = [LIST]
    await api.list(NODES)
    answers = [silent]
    const listing = [api.list(NODES), api.list(NODES)]
    const making = expect(api.create(NODES, { metadata: { name: 'a' } })).rejects.toThrow(/was given up, as the server/)
    await expect.poll(() => sockets.size).toBe(3)
    answers = [
      (request, response) => {
        sockets.add(request.socket)
        LIST(request, response)
      },
    ]
    api.reconnect()
    await making
    expect(await Promise.all(listing)).toHaveLength(2)
    expect(asked.filter((line) => line.startsWith('POST'))).toHaveLength(1)
    expect(sockets.size).toBe(5)
  })

  test('of many that are reset at once, each is asked once more', async () => {
    answers = [LIST]
    await Promise.all(Array.from({ length: 8 }, () => api.list(NODES)))
    const reset: Answer = (request) => void request.socket.resetAndDestroy()
    answers = [...Array.from({ length: 8 }, () => reset), LIST]
    const lists = await Promise.all(Array.from({ length: 8 }, () => api.list(NODES)))
    expect(lists).toHaveLength(8)
  })
})

describe('openKubernetesApi()', () => {
  const options = { clock: createHandClock(), log: { debug() {}, info() {}, warn() {} } }

  test('says what is wrong with the address', async () => {
    await expect(openKubernetesApi({ ...options, server: '10.0.0.1:6443' })).rejects.toThrow(
      'expected https://HOST:PORT',
    )
    await expect(openKubernetesApi({ ...options, isInCluster: true })).rejects.toThrow('KUBERNETES_SERVICE_HOST')
  })

  test('says which file of a pod is missing', async () => {
    const opening = openKubernetesApi({
      ...options,
      isInCluster: true,
      server: 'https://[::1]:1',
      serviceAccountFolder: '/nowhere',
    })
    await expect(opening).rejects.toThrow(
      /cannot read \/nowhere\/(token|ca\.crt).*does its service account mount a token\?/,
    )
  })

  test('a server that nobody serves is named', async () => {
    const nobody = await openKubernetesApi({ ...options, server: 'http://127.0.0.1:1/base' })
    await expect(nobody.getText('/version')).rejects.toThrow(
      'the API server http://127.0.0.1:1/base does not answer GET /version: connect ECONNREFUSED 127.0.0.1:1',
    )
  })
})
