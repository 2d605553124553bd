// The plugin's client (damask.c), against a server of the test's own that keeps or breaks the protocol: as it is installed, for
// the other architecture, and with the C library under AddressSanitizer.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { versionResult } from './cni-result.ts'

const folder = mkdtempSync(join(tmpdir(), 'damask-client-'))
const socketPath = join(folder, 'cni.sock')
const servers: Server[] = []
const sockets: Socket[] = []

type Build = { readonly name: string; readonly environment: NodeJS.ProcessEnv; readonly emulator?: string }
const BUILDS: readonly Build[] = [
  { name: 'of this machine', environment: {} },
  { name: 'under AddressSanitizer', environment: { CNI_CHECKED: '1' } },
  // On arm64 itself this is the first once more.
  { name: 'of arm64', environment: { CC: 'aarch64-linux-gnu-gcc' }, emulator: 'qemu-aarch64-static' },
]

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(BUILDS)('the client $name', ({ name, environment, emulator }) => {
  const client = join(folder, `damask-cni ${name}`)
  const impatientClient = `${client}, impatient`

  beforeAll(() => {
    const build = new URL('../../scripts/build-cni.sh', import.meta.url).pathname
    const env = { ...process.env, ...environment }
    execFileSync(build, [client], { env })
    execFileSync(build, [impatientClient, '-DDAMASK_CNI_TIMEOUT_SECONDS=1'], { env })
  })

  /** `input` undefined: standard input stays open. */
  const run = (variables: NodeJS.ProcessEnv, input: string | undefined, program = client): Promise<Ended> =>
    runProgram(emulator === undefined ? [program] : [emulator, program], variables, input)

  test('needs no library, and is small', () => {
    if (environment.CNI_CHECKED !== undefined) return
    expect(statSync(client).size).toBeLessThan(100_000)
    expect(execFileSync('file', ['-b', client], { encoding: 'utf8' })).toContain('statically linked')
  })

  test('passes the CNI variables and standard input on, and nothing else of the environment', async () => {
    let request = ''
    await serve((bytes, socket) => {
      request = bytes.toString()
      socket.end('\0{}\n')
    })
    await run({ CNI_COMMAND: 'ADD', CNI_ARGS: 'A=1;B=2', HOME: '/root', CNIX: 'no' }, '{"name":"damask"}')
    const [environment, input] = request.split('\0\0')
    expect(environment?.split('\0').sort()).toEqual(['CNI_ARGS=A=1;B=2', 'CNI_COMMAND=ADD'])
    expect(input).toBe('{"name":"damask"}')
  })

  test('writes the answer to standard output and exits with its code', async () => {
    await serve((_, socket) => socket.end('\x07{"code":7}\n'))
    expect(await run({ CNI_COMMAND: 'ADD' }, '{}')).toMatchObject({ exitCode: 7, stdout: '{"code":7}\n' })
  })

  test('carries a large configuration and a large answer', async () => {
    const answer = `{"a":"${'y'.repeat(900_000)}"}\n`
    let length = 0
    await serve((bytes, socket) => {
      length = bytes.length
      socket.end(`\0${answer}`)
    })
    const { exitCode, stdout } = await run({ CNI_COMMAND: 'ADD' }, 'x'.repeat(1_000_000))
    expect(length).toBe('CNI_COMMAND=ADD'.length + 2 + 1_000_000)
    expect(exitCode).toBe(0)
    expect(stdout === answer).toBe(true)
  })

  test('answers code 11 within 100 ms where no agent listens', async () => {
    let fastest = Number.POSITIVE_INFINITY
    // A machine that is busy may be slow to start it, or to tell that it ended.
    for (let round = 0; round < 50 && fastest >= 100; round++) {
      const started = performance.now()
      expectError(await run({ CNI_COMMAND: 'ADD' }, '{}'), 11, 'the Damask agent does not answer on its socket')
      fastest = Math.min(fastest, performance.now() - started)
    }
    if (emulator === undefined) expect(fastest).toBeLessThan(100)
  })

  test('says its versions also where no agent listens', async () => {
    const { exitCode, stdout } = await run({ CNI_COMMAND: 'VERSION' }, '')
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toEqual(versionResult('1.1.0'))
  })

  test('answers code 11 where the agent is silent for too long', async () => {
    await serve(() => {})
    expectError(await run({ CNI_COMMAND: 'ADD' }, '{}', impatientClient), 11, 'did not answer in time')
  })

  test('answers code 11 where standard input never ends', async () => {
    await serve((_, socket) => socket.end('\0{}\n'))
    expectError(await run({ CNI_COMMAND: 'ADD' }, undefined, impatientClient), 11, 'did not answer in time')
  })

  test.each([
    ['nothing', ''],
    ['an exit code alone', '\0'],
    ['half an answer', '\0{"cniVersion":"1.0.0","interf'],
  ])('answers code 11 where the agent goes away after %s', async (_, answer) => {
    await serve((_, socket) => socket.end(answer))
    expectError(await run({ CNI_COMMAND: 'ADD' }, '{}'), 11, "the Damask agent's answer was cut short")
  })

  test('gives on an answer that came before the request was read', async () => {
    await serveConnection((socket) => socket.end('\x01{"code":6}\n', () => socket.destroy()))
    expect(await run({ CNI_COMMAND: 'ADD' }, 'x'.repeat(1_000_000))).toMatchObject({
      exitCode: 1,
      stdout: '{"code":6}\n',
    })
  })

  test('refuses more than 1 MiB of standard input', async () => {
    await serve((_, socket) => socket.end('\0{}\n'))
    expectError(await run({ CNI_COMMAND: 'ADD' }, 'x'.repeat(1024 * 1024)), 5, 'longer than 1 MiB')
  })

  test('refuses CNI variables of more than 1 MiB', async () => {
    const environment = Object.fromEntries(
      Array.from({ length: 11 }, (_, index) => [`CNI_${index}`, 'x'.repeat(100_000)]),
    )
    expectError(await run(environment, '{}'), 4, 'longer than 1 MiB')
  })

  test('refuses a socket path that no Unix socket can have', async () => {
    expectError(await run({ DAMASK_CNI_SOCKET: `/${'x'.repeat(200)}` }, '{}'), 4, 'too long for a Unix socket')
  })
})

type Ended = { readonly exitCode: number | null; readonly stdout: string }

function runProgram(
  [program = '', ...words]: readonly string[],
  environment: NodeJS.ProcessEnv,
  input: string | undefined,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      env: { PATH: process.env.PATH, DAMASK_CNI_SOCKET: socketPath, ...environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stdin.on('error', () => {}) // EPIPE: it refused before it had read all
    child.once('error', reject)
    child.once('close', (exitCode) => {
      child.stdin.destroy()
      resolve({ exitCode, stdout: Buffer.concat(chunks).toString() })
    })
    if (input !== undefined) child.stdin.end(input)
  })
}

function expectError({ exitCode, stdout }: Ended, code: number, message: string): void {
  expect(JSON.parse(stdout)).toEqual({ cniVersion: '1.0.0', code, msg: expect.stringContaining(message) })
  expect(exitCode).toBe(1)
}

/** Reads the request to its end before it answers. */
const serve = (answer: (request: Buffer, socket: Socket) => void): Promise<void> =>
  serveConnection((socket) => {
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('end', () => answer(Buffer.concat(chunks), socket))
  })

function serveConnection(onConnection: (socket: Socket) => void): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  servers.push(server)
  return new Promise((resolve) => server.listen(socketPath, resolve))
}
