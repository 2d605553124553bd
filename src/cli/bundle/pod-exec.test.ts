// Against an API server that speaks as much of WebSockets as a command in a pod needs.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openPodExec } from './pod-exec.ts'

const COMMAND = {
  namespace: 'damask-system',
  pod: 'damask-agent-1',
  container: 'agent',
  command: ['damask', 'status'],
}
const CLOCK = { after: () => () => {} }

let folder = ''
let server: Server
let asked: IncomingMessage[]
const sockets: Socket[] = []
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'damask-exec-'))
  asked = []
  server = createServer()
  server.on('upgrade', (request, socket: Socket) => {
    asked.push(request)
    sockets.push(socket)
    answer(request, socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.close()
  rmSync(folder, { recursive: true })
})

/** RFC 6455; channel 1 is what the command prints, 3 how it ended. */
function answer({ headers }: IncomingMessage, socket: Socket): void {
  const accept = createHash('sha1')
    .update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n`,
  )
  const frame = (channel: number, text: string): Buffer =>
    Buffer.concat([Buffer.from([0x82, 1 + text.length, channel]), Buffer.from(text)])
  socket.write(Buffer.concat([frame(1, 'all is well\n'), frame(3, '{"status":"Success"}')]))
}

function kubeconfigOf(user: object): string {
  const path = join(folder, 'kubeconfig')
  const { port } = server.address() as AddressInfo
  const clusters = [{ name: 'it', cluster: { server: `http://127.0.0.1:${port}` } }]
  const contexts = [{ name: 'c', context: { cluster: 'it', user: 'u' } }]
  writeFileSync(path, JSON.stringify({ 'current-context': 'c', clusters, users: [{ name: 'u', user }], contexts }))
  return path
}

test('a command in a pod is run with the token of a file, as it is by then', async () => {
  const kubeconfig = kubeconfigOf({ tokenFile: 'token' })
  writeFileSync(join(folder, 'token'), 'first\n')
  const exec = await openPodExec({ kubeconfig }, CLOCK)
  expect(await exec(COMMAND)).toEqual({ output: 'all is well\n', errors: '', hasFailed: false })
  writeFileSync(join(folder, 'token'), 'second\n')
  await exec(COMMAND)
  expect(asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second'])
  expect(asked[0]?.url).toMatch(/^\/api\/v1\/namespaces\/damask-system\/pods\/damask-agent-1\/exec\?/)
})

test('without credentials of its own it is asked for at kubectl proxy', async () => {
  const { port } = server.address() as AddressInfo
  const exec = await openPodExec({ server: `http://127.0.0.1:${port}` }, CLOCK)
  expect(await exec(COMMAND)).toMatchObject({ output: 'all is well\n' })
  expect(asked[0]?.headers.authorization).toBeUndefined()
})
