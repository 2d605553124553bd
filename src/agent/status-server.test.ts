import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Readiness } from './readiness.ts'
import { type StatusServer, serveStatus } from './status-server.ts'

let folder: string
let server: StatusServer
let illness: string | undefined
let readiness: Readiness
let taken: readonly string[]
beforeEach(async () => {
  illness = undefined
  taken = []
  readiness = { ready: false, converged: false, reasons: [{ kind: 'failure', message: 'größer als gedacht' }] }
  folder = mkdtempSync(join(tmpdir(), 'damask-http-'))
  server = await serveStatus({
    socketPath: path(),
    status: async () => {
      throw new Error('the agent is just starting')
    },
    readiness: async () => readiness,
    metrics: async () => 'x'.repeat(1_000_000),
    liveness: async () => ({ deadNodes: taken, deadLegs: [] }),
    async setLiveness(value) {
      if (!Array.isArray(value)) return 'this is no list'
      taken = value
      return undefined
    },
    illness: () => illness,
  })
})
afterEach(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})
const path = () => join(folder, 'agent.sock')

function ask(
  target: string,
  method = 'GET',
): Promise<{ code: number | undefined; type: string | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: path(), path: target, method, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () =>
        resolve({
          code: answer.statusCode,
          type: answer.headers['content-type'],
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    asked.on('error', reject)
    asked.end()
  })
}

/** What comes back for these bytes, sent one by one. */
function send(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(path(), async () => {
      for (const byte of Buffer.from(bytes)) {
        socket.write(Buffer.of(byte))
        await new Promise((done) => setImmediate(done))
      }
    })
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('end', () => resolve(Buffer.concat(chunks).toString()))
    socket.on('error', reject)
  })
}

describe('the status server', () => {
  it('speaks HTTP as clients expect it, letters beyond ASCII and large answers included', async () => {
    expect(await ask('/readyz')).toEqual({
      code: 503,
      type: 'application/json',
      body: '{"ready":false,"converged":false,"reasons":[{"kind":"failure","message":"größer als gedacht"}]}\n',
    })
    expect((await ask('/metrics')).body).toHaveLength(1_000_000)
    expect(await ask('/healthz', 'HEAD')).toMatchObject({ code: 200, body: '' })
  })

  it('asks for the peers only where it is asked for them', async () => {
    readiness = { ready: true, converged: false, reasons: [{ kind: 'key-missing', message: 'one is switched off' }] }
    expect((await ask('/readyz')).code).toBe(200)
    expect(await ask('/readyz?peers')).toMatchObject({ code: 503, body: expect.stringContaining('switched off') })
    readiness = { ready: true, converged: true, reasons: [] }
    expect((await ask('/readyz?peers')).code).toBe(200)
  })

  it('takes what is put, as JSON in UTF-8, and says why it does not take it', async () => {
    const put = (body: string) =>
      send(`PUT /liveness HTTP/1.1\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    expect(await put('["größer"]')).toMatch(
      /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n\{"deadNodes":\["größer"\],"deadLegs":\[\]\}\n$/s,
    )
    expect(await put('{}')).toMatch(/^HTTP\/1\.1 400 .*\r\n\r\nthis is no list\n$/s)
    expect(await put('[')).toMatch(/^HTTP\/1\.1 400 .*\r\n\r\nthe body is no JSON: /s)
    expect(await send('PUT /liveness HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 .*send the body whole, with its content-length\n$/s,
    )
    expect(await ask('/liveness')).toMatchObject({ code: 200, body: '{"deadNodes":["größer"],"deadLegs":[]}\n' })
    expect((await ask('/status', 'PUT')).code).toBe(405)
  })

  it('takes a request that comes byte by byte', async () => {
    expect(await send('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nok\n$/s)
  })

  it('answers a body that is too long before it comes', async () => {
    const answer = await send('PUT /liveness HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n')
    expect(answer).toMatch(
      /^HTTP\/1\.1 413 Content Too Large\r\n.*\r\n\r\na request has no more than 1048576 bytes here\n$/s,
    )
  })

  it('says what is wrong with it', async () => {
    illness = 'a round has been at work for 90 s'
    expect(await ask('/healthz')).toMatchObject({ code: 503, body: 'a round has been at work for 90 s\n' })
    expect(await ask('/status')).toMatchObject({ code: 503, body: 'cannot answer: the agent is just starting\n' })
  })

  it('refuses what it does not know', async () => {
    expect((await ask('/etc/passwd')).code).toBe(404)
    expect((await ask('/status', 'POST')).code).toBe(405)
    expect(await send('hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('ends with a client still connected', async () => {
    const socket = connect(path())
    await new Promise((resolve) => socket.once('connect', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await server.close()
    await closed
  })
})
