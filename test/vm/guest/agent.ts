// Runs in the virtual machine: starts what the host asks for, and sends back what comes of it.
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { constants, open } from 'node:fs/promises'
import { release } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type FromGuest, formatFrame, frameReader, type ToGuest } from '../frames.ts'

const PORTS = '/sys/class/virtio-ports'
/** As long as the host has nobody at the port, reading it gives nothing at once. */
const NOBODY_PAUSE_MS = 20

// A port can be opened only once, so it is read and written by one descriptor.
const port = await open(portOf('agent'), constants.O_RDWR)
const running = new Map<number, ChildProcess>()
let written: Promise<unknown> = Promise.resolve()

function portOf(name: string): string {
  const found = readdirSync(PORTS).find((one) => readFileSync(join(PORTS, one, 'name'), 'utf8').trim() === name)
  if (found === undefined) throw new Error(`this machine has no port ${name}`)
  return join('/dev', found)
}

function send(frame: FromGuest): Promise<unknown> {
  const bytes = Buffer.from(formatFrame(frame))
  written = written.then(() => writeAll(bytes)).catch(() => {}) // the host went away: nobody waits for it
  return written
}

async function writeAll(bytes: Buffer): Promise<void> {
  for (let start = 0; start < bytes.length; ) start += (await port.write(bytes, start)).bytesWritten
}

function run({ id, words, folder, environment, input }: Extract<ToGuest, { kind: 'run' }>): void {
  const [program = '', ...rest] = words
  // A group of its own: what it starts ends with it.
  const child = spawn(program, rest, { cwd: folder, env: { ...process.env, ...environment }, detached: true })
  running.set(id, child)
  child.once('error', (cause) => {
    running.delete(id)
    void send({ kind: 'failure', id, message: cause.message })
  })
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (bytes: Buffer) => {
      // The host reads slower than a program writes.
      child[stream].pause()
      void send({ kind: 'output', id, stream, base64: bytes.toString('base64') }).then(() => child[stream].resume())
    })
  }
  child.once('close', (exitCode, signal) => {
    if (running.delete(id)) void send({ kind: 'end', id, exitCode, signal })
  })
  child.stdin.on('error', () => {}) // it ended without reading all
  child.stdin.end(input)
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // It has just ended.
  }
}

function take(frame: ToGuest): void {
  switch (frame.kind) {
    case 'run':
      run(frame)
      return
    case 'signal': {
      const child = running.get(frame.id)
      if (child !== undefined) signalGroup(child, frame.signal)
      return
    }
    case 'begin':
      for (const child of running.values()) signalGroup(child, 'SIGKILL')
      running.clear()
      void send({ kind: 'ready', kernel: release() })
  }
}

const read = frameReader(take)
const buffer = Buffer.alloc(64 * 1024)
const decoder = new TextDecoder()
for (;;) {
  const { bytesRead } = await port.read(buffer, 0, buffer.length)
  if (bytesRead === 0) await sleep(NOBODY_PAUSE_MS)
  else read(decoder.decode(buffer.subarray(0, bytesRead), { stream: true }))
}
