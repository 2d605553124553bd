import { linkSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { CNI_CODE, cniError } from './cni-error.ts'
import { type CniHandler, type CniServer, serveCni } from './cni-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'damask-server-'))
let socketPath = ''
let count = 0
const servers: CniServer[] = []
beforeEach(() => {
  socketPath = join(folder, `${count++}.sock`)
})
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})
afterAll(() => rmSync(folder, { recursive: true }))

const DEL = 'CNI_COMMAND=DEL\0CNI_CONTAINERID=a\0CNI_IFNAME=eth0\0\0{"cniVersion":"0.4.0"}'
const VERSION = 'CNI_COMMAND=VERSION\0\0{"cniVersion":"1.1.0"}'

async function serve(handler: CniHandler): Promise<void> {
  servers.push(await serveCni({ socketPath, handler }))
}

/** Sends the bytes, closes its half, and reads the answer. */
function call(request: string | Buffer): Promise<{ exitCode: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: socketPath, allowHalfOpen: true })
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.once('end', () => {
      const bytes = Buffer.concat(chunks)
      resolve({ exitCode: bytes[0], text: bytes.subarray(1).toString() })
    })
    socket.once('error', reject)
    socket.end(request)
  })
}

test('answers with what the handler gives, exit code 0 and a newline', async () => {
  await serve(async (request) => ({ seen: request.kind }))
  expect(await call(VERSION)).toEqual({ exitCode: 0, text: '{"seen":"version"}\n' })
})

test('answers a DEL with nothing', async () => {
  await serve(async () => undefined)
  expect(await call(DEL)).toEqual({ exitCode: 0, text: '\n' })
})

test("answers a refusal in the request's version, with its cause as details", async () => {
  await serve(async () => {
    throw cniError(CNI_CODE.tryLater, 'not yet', new Error('because'))
  })
  const { exitCode, text } = await call(DEL)
  expect(exitCode).toBe(1)
  expect(JSON.parse(text)).toEqual({ cniVersion: '0.4.0', code: 11, msg: 'not yet', details: 'because' })
})

test('answers what nobody foresaw as an error too', async () => {
  await serve(async () => {
    throw new Error('EIO')
  })
  expect(JSON.parse((await call(DEL)).text)).toEqual({ cniVersion: '0.4.0', code: 102, msg: 'EIO' })
})

test.each([
  ['nothing', '', 6],
  ['bytes without a form', Buffer.from([1, 2, 3]), 6],
  ['a configuration that is no JSON', 'CNI_COMMAND=ADD\0\0{', 6],
  ['a verb that nobody knows', 'CNI_COMMAND=UPDATE\0\0{}', 4],
])('answers %s with an error', async (_, request, code) => {
  await serve(async () => ({}))
  const { exitCode, text } = await call(request)
  expect(exitCode).toBe(1)
  expect(JSON.parse(text)).toMatchObject({ cniVersion: '1.0.0', code })
})

test('refuses more than 1 MiB', async () => {
  await serve(async () => ({}))
  expect(JSON.parse((await call(VERSION + 'x'.repeat(1024 * 1024))).text)).toMatchObject({ code: 5 })
})

test('answers requests side by side', async () => {
  let waiting = 0
  let open: () => void = () => {}
  const allArrived = new Promise<void>((resolve) => {
    open = resolve
  })
  await serve(async () => {
    if (++waiting === 20) open()
    await allArrived
    return {}
  })
  const answers = await Promise.all(Array.from({ length: 20 }, () => call(VERSION)))
  expect(answers.every(({ exitCode }) => exitCode === 0)).toBe(true)
})

test('goes on after a client that went away in the middle', async () => {
  await serve(async () => ({}))
  await new Promise<void>((resolve) => {
    const socket = connect(socketPath, () => socket.write('CNI_COMMAND=A', () => socket.destroy()))
    socket.once('close', () => resolve())
  })
  expect(await call(VERSION)).toMatchObject({ exitCode: 0 })
})

test('opens its socket to root alone', async () => {
  await serve(async () => ({}))
  expect(statSync(socketPath).mode & 0o777).toBe(0o600)
})

test('takes the place of a socket that nobody serves any more', async () => {
  await serve(async () => ({}))
  const stale = join(folder, 'stale.sock')
  const dead = createServer()
  await new Promise<void>((resolve) => dead.listen(stale, resolve))
  writeFileSync(`${stale}.new`, '') // of a start that was cut off
  rmSync(socketPath)
  // A process that was killed leaves its socket's name behind; closing a server here would remove it.
  linkSync(stale, socketPath)
  await new Promise((resolve) => dead.close(resolve))
  const server = await serveCni({ socketPath, handler: async () => ({ fresh: true }) })
  servers.push(server)
  expect(await call(VERSION)).toMatchObject({ text: '{"fresh":true}\n' })
})

test('refuses to take the place of an agent that answers', async () => {
  await serve(async () => ({}))
  await expect(serveCni({ socketPath, handler: async () => ({}) })).rejects.toThrow('another agent answers there')
  expect(await call(VERSION)).toMatchObject({ exitCode: 0 })
})

test('answers what is at work before it closes, and leaves no socket', async () => {
  const works: (() => void)[] = []
  const handler = (): Promise<object> => new Promise((resolve) => works.push(() => resolve({})))
  const server = await serveCni({ socketPath, handler })
  const answer = call(VERSION)
  await expect.poll(() => works.length).toBe(1)
  const closed = server.close()
  works[0]?.()
  expect(await answer).toMatchObject({ exitCode: 0 })
  await closed
  expect(readdirSync(folder)).not.toContain(socketPath.split('/').pop())
})

test('listens again where somebody deleted its socket, and only there', async () => {
  await serve(async () => ({}))
  const [server] = servers
  expect(await server?.restore()).toBe(false)
  rmSync(socketPath)
  expect(await server?.restore()).toBe(true)
  expect(statSync(socketPath).mode & 0o777).toBe(0o600)
  expect(await call(VERSION)).toEqual({ exitCode: 0, text: '{}\n' })
})
