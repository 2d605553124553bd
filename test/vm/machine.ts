// A virtual machine with a whole kernel: QEMU without KVM, the host's files read-only, and an agent that starts commands. It is gone
// when whoever started it is, however that ended.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, type FromGuest, formatFrame, frameReader, type ToGuest } from './frames.ts'
import { writeInitialRamDisk } from './initial-ram-disk.ts'
import { fetchKernel, type KernelLine } from './kernel-image.ts'

export const PROJECT = resolve(import.meta.dirname, '../..')
const VIRTIOFSD = '/usr/lib/qemu/virtiofsd'
const MEMORY_MEGABYTES = 4096
const GONE = 'the virtual machine is gone'
/** It takes 4 s on a machine that is not busy. */
const BOOT_MILLISECONDS = 300_000

export type VirtualMachine = {
  /** Where the agent is reached: one host at a time. */
  readonly agentSocket: string
  /** What the kernel printed, what QEMU complained of, and how it ended. */
  readonly said: () => string
  readonly close: () => Promise<void>
}

/** What a suite asks for: equal ones share a machine. */
export type MachineWanted = {
  readonly kernel: KernelLine
  /** Added to the kernel's command line: `ipv6.disable=1`. */
  readonly kernelArguments?: string
}

export type BootOptions = MachineWanted & {
  /** In place of the agent: a line for the shell, on the console, which is this process' terminal. */
  readonly start?: string
}

export async function bootMachine(options: BootOptions): Promise<VirtualMachine> {
  const { kernel: line, kernelArguments = '', start } = options
  const folder = mkdtempSync(join(tmpdir(), 'damask-vm-'))
  const children: ChildProcess[] = []
  const close = async (): Promise<void> => {
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(children.map(ended))
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const initialRamDisk = join(folder, 'initrd')
    const kernel = fetchKernel(line)
    const agent = `${process.execPath} ${join(PROJECT, 'test/vm/guest/agent.ts')}`
    writeInitialRamDisk(initialRamDisk, kernel, { project: PROJECT, start: start ?? agent })
    const shares = [
      { tag: 'host', source: '/', cache: 'always' },
      { tag: 'project', source: PROJECT, cache: 'always' },
    ]
    for (const { tag, source, cache } of shares) {
      const words = [`--socket-path=${join(folder, tag)}`, '-o', `source=${source}`, '-o', `cache=${cache}`]
      children.push(startChild(VIRTIOFSD, [...words, '-o', 'sandbox=chroot', '--thread-pool-size=0'], 'ignore'))
    }
    await until(`${VIRTIOFSD} listens`, () => shares.every(({ tag }) => existsSync(join(folder, tag))))
    const words = [
      ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-cpu', 'max', '-smp', '2'],
      ...['-accel', 'tcg,thread=multi,tb-size=512', '-M', 'q35,memory-backend=memory'],
      ...['-m', `${MEMORY_MEGABYTES}`],
      ...['-object', `memory-backend-memfd,id=memory,size=${MEMORY_MEGABYTES}M,share=on`],
      ...['-kernel', kernel.image, '-initrd', initialRamDisk],
      '-append',
      `console=ttyS0 quiet loglevel=4 panic=-1 reboot=t mitigations=off nokaslr random.trust_cpu=on tsc=reliable audit=0 no_timer_check cryptomgr.notests ${kernelArguments}`,
      ...(start === undefined ? ['-serial', `file:${join(folder, 'console')}`] : ['-serial', 'mon:stdio']),
      ...shares.flatMap(({ tag }) => [
        ...['-chardev', `socket,id=${tag},path=${join(folder, tag)}`],
        ...['-device', `vhost-user-fs-pci,chardev=${tag},tag=${tag},queue-size=1024`],
      ]),
      ...['-device', 'virtio-serial-pci'],
      ...['-chardev', `socket,id=agent,path=${join(folder, 'agent')},server=on,wait=off`],
      ...['-device', 'virtserialport,chardev=agent,name=agent'],
    ]
    const qemu = startChild('qemu-system-x86_64', words, start === undefined ? 'pipe' : 'inherit')
    children.push(qemu)
    let errors = ''
    qemu.stderr?.on('data', (bytes) => {
      errors += bytes
    })
    const said = (): string => {
      const console = existsSync(join(folder, 'console')) ? readFileSync(join(folder, 'console'), 'utf8') : ''
      return `${console}${errors}QEMU ${isOver(qemu) ? `ended with ${qemu.exitCode ?? qemu.signalCode}` : 'runs'}`
    }
    const machine: VirtualMachine = { agentSocket: join(folder, 'agent'), said, close }
    if (start !== undefined) {
      await ended(qemu)
      await close()
      return machine
    }
    const end = Date.now() + BOOT_MILLISECONDS
    for (;;) {
      if (isOver(qemu)) throw new Error(`the machine ended: ${said()}`)
      if (Date.now() > end) throw new Error(`the machine does not boot within ${BOOT_MILLISECONDS / 1000} s: ${said()}`)
      const guest = await tryGuest(machine.agentSocket)
      if (guest === undefined) continue
      await guest.close()
      return machine
    }
  } catch (cause) {
    await close()
    throw cause
  }
}

export type Ended = {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export type RunOptions = {
  readonly folder?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly input?: string
  /** Then all that it started is killed, and the promise rejects. */
  readonly limitMilliseconds?: number
}

/** A connection to the agent. */
export type Guest = {
  /** Also where the command fails. Rejects where it cannot be started, or the machine is gone. */
  readonly run: (words: readonly string[], options?: RunOptions) => Promise<Ended>
  readonly close: () => Promise<void>
}

/** Ends what an earlier connection left. Undefined: nobody answers within a second. */
export async function tryGuest(agentSocket: string): Promise<Guest | undefined> {
  const socket = connect(agentSocket)
  const running = new Map<number, (frame: Exclude<FromGuest, { kind: 'ready' }> | Error) => void>()
  let isReady: () => void = () => {}
  const ready = new Promise<true>((resolve) => {
    isReady = () => resolve(true)
  })
  const read = frameReader<FromGuest>((frame) => {
    if (frame.kind === 'ready') isReady()
    else running.get(frame.id)?.(frame)
  })
  socket.setEncoding('utf8').on('data', read)
  socket.on('error', () => {}) // it closes then
  let isClosed = false
  socket.once('close', () => {
    isClosed = true
    for (const take of running.values()) take(new Error(GONE))
  })
  const send = (frame: ToGuest): unknown => socket.write(formatFrame(frame))
  send({ kind: 'begin' })
  const isThere = await Promise.race([ready, sleep(1000, false)])
  if (!isThere) {
    socket.destroy()
    return undefined
  }
  let count = 0
  return {
    run: async (words, options = {}) => {
      if (isClosed) throw new Error(GONE)
      return runIn({ send, running, id: count++ }, words, options)
    },
    close: () => closeSocket(socket),
  }
}

type Line = {
  readonly send: (frame: ToGuest) => unknown
  readonly running: Map<number, (frame: Exclude<FromGuest, { kind: 'ready' }> | Error) => void>
  readonly id: number
}

function runIn({ send, running, id }: Line, words: readonly string[], options: RunOptions): Promise<Ended> {
  const { folder = PROJECT, environment = {}, input = '', limitMilliseconds } = options
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  const textOf = (stream: 'stdout' | 'stderr'): string => Buffer.concat(output[stream]).toString()
  return new Promise((resolve, reject) => {
    const timer = limitMilliseconds === undefined ? undefined : setTimeout(stop, limitMilliseconds)
    function stop(): void {
      send({ kind: 'signal', id, signal: 'SIGKILL' })
      settle(() =>
        reject(
          new Error(
            `${words.join(' ')} did not end within ${limitMilliseconds} ms:\n${textOf('stdout')}${textOf('stderr')}`,
          ),
        ),
      )
    }
    function settle(how: () => void): void {
      clearTimeout(timer)
      running.delete(id)
      how()
    }
    running.set(id, (frame) => {
      if (frame instanceof Error) return settle(() => reject(frame))
      if (frame.kind === 'output') return void output[frame.stream].push(Buffer.from(frame.base64, 'base64'))
      if (frame.kind === 'failure') return settle(() => reject(new Error(`cannot start ${words[0]}: ${frame.message}`)))
      const { exitCode, signal } = frame
      settle(() => resolve({ exitCode, signal, stdout: textOf('stdout'), stderr: textOf('stderr') }))
    })
    const command: Command = { words, folder, environment, input }
    send({ kind: 'run', id, ...command })
  })
}

/** It ends with this process, also where that is killed. */
const startChild = (program: string, words: readonly string[], stdio: 'ignore' | 'pipe' | 'inherit'): ChildProcess =>
  spawn('setpriv', ['--pdeathsig', 'KILL', program, ...words], {
    stdio: stdio === 'pipe' ? ['ignore', 'ignore', 'pipe'] : stdio,
  })

const isOver = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null

const ended = (child: ChildProcess): Promise<unknown> =>
  isOver(child) ? Promise.resolve() : new Promise((resolve) => child.once('close', resolve))

const closeSocket = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.closed) return resolve()
    socket.once('close', () => resolve())
    socket.destroy()
  })

async function until(what: string, isTrue: () => boolean): Promise<void> {
  const end = Date.now() + 30_000
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`not so within 30 s: ${what}`)
    await sleep(10)
  }
}
