// The C library: the one place (beside libnftables) where native functions are called.
// Calls that fail throw a SystemError, but for send and recv, which answer with a negative errno as the kernel does.
import { endianness } from 'node:os'
import koffi, { type KoffiFunc } from 'koffi'
import { systemError } from './system-error.ts'

if (endianness() !== 'LE')
  throw new Error('Damask reads and writes netlink in little-endian order; this machine is big-endian')

export const AF_INET = 2
export const AF_BRIDGE = 7
export const AF_INET6 = 10
export const AF_NETLINK = 16
export const AF_PACKET = 17
export const SOCK_STREAM = 1
export const SOCK_DGRAM = 2
export const SOCK_RAW = 3
export const SOCK_NONBLOCK = 0o4000
/** Every descriptor of ours has it, or each child process inherits the socket and keeps a deleted namespace alive. */
export const SOCK_CLOEXEC = 0o2000000
export const MSG_TRUNC = 0x20
export const MSG_DONTWAIT = 0x40
export const CLONE_NEWNS = 0x0002_0000
export const CLONE_NEWNET = 0x4000_0000
export const MS_BIND = 0x1000
export const MS_REC = 0x4000
export const MS_PRIVATE = 1 << 18
export const MS_SHARED = 1 << 20
export const MNT_DETACH = 2
export const MFD_CLOEXEC = 1
export const MFD_ALLOW_SEALING = 2
export const SOL_SOCKET = 1

const library = koffi.load(null)
// koffi knows no ssize_t; long is the same on every Linux.
const native: {
  socket: (domain: number, type: number, protocol: number) => number
  bind: (fd: number, address: Uint8Array, length: number) => number
  listen: (fd: number, backlog: number) => number
  getsockname: (fd: number, address: Uint8Array, length: Uint32Array) => number
  setsockopt: (fd: number, level: number, name: number, value: Uint8Array, length: number) => number
  getsockopt: (fd: number, level: number, name: number, value: Uint8Array, length: Uint32Array) => number
  send: KoffiFunc<(fd: number, bytes: Uint8Array, length: number, flags: number) => number>
  sendto: (fd: number, bytes: Uint8Array, length: number, flags: number, to: Uint8Array, toLength: number) => number
  recv: (fd: number, bytes: Uint8Array, length: number, flags: number) => number
  setns: (fd: number, type: number) => number
  unshare: (flags: number) => number
  mount: (source: string, target: string, type: string | null, flags: number, data: string | null) => number
  umount2: (target: string, flags: number) => number
  close: (fd: number) => number
  fcntl: (fd: number, command: number, value: number) => number
  flock: (fd: number, operation: number) => number
  ioctl: (fd: number, request: number, argument: Uint8Array) => number
  memfd_create: (name: string, flags: number) => number
} = {
  socket: library.func('int socket(int, int, int)'),
  bind: library.func('int bind(int, void *, uint32_t)'),
  listen: library.func('int listen(int, int)'),
  getsockname: library.func('int getsockname(int, void *, void *)'),
  setsockopt: library.func('int setsockopt(int, int, int, void *, uint32_t)'),
  getsockopt: library.func('int getsockopt(int, int, int, void *, void *)'),
  send: library.func('long send(int, void *, size_t, int)'),
  sendto: library.func('long sendto(int, void *, size_t, int, void *, uint32_t)'),
  recv: library.func('long recv(int, void *, size_t, int)'),
  setns: library.func('int setns(int, int)'),
  unshare: library.func('int unshare(int)'),
  mount: library.func('int mount(const char *, const char *, const char *, unsigned long, const char *)'),
  umount2: library.func('int umount2(const char *, int)'),
  close: library.func('int close(int)'),
  fcntl: library.func('int fcntl(int, int, long)'),
  flock: library.func('int flock(int, int)'),
  ioctl: library.func('int ioctl(int, unsigned long, void *)'),
  memfd_create: library.func('int memfd_create(const char *, unsigned int)'),
}

/** errno must be read before anything else is called. */
function checked(result: number, tried: string): number {
  return result < 0 ? refuse(tried, koffi.errno()) : result
}
function refuse(tried: string, errno: number): never {
  throw systemError(tried, errno)
}

/** Opens a socket in the network namespace the thread is in; it stays in that namespace for life. SOCK_CLOEXEC is added. */
export const socket = (domain: number, type: number, protocol: number): number =>
  checked(native.socket(domain, type | SOCK_CLOEXEC, protocol), `cannot open a socket of family ${domain}`)

export const bindSocket = (fd: number, address: Uint8Array): void => {
  checked(native.bind(fd, address, address.length), 'cannot bind a socket')
}

export const listenSocket = (fd: number, backlog: number): void => {
  checked(native.listen(fd, backlog), 'cannot listen on a socket')
}

/** The socket's own address, as the bytes of its sockaddr. */
export function socketName(fd: number): Uint8Array {
  const address = new Uint8Array(128)
  const length = new Uint32Array([address.length])
  checked(native.getsockname(fd, address, length), 'cannot read the name of a socket')
  return address.subarray(0, length[0])
}

/** `value`: an int, or the bytes of a structure (SO_BINDTODEVICE: the name). */
export function setSocketOption(fd: number, level: number, name: number, value: number | Uint8Array): void {
  const bytes = typeof value === 'number' ? new Uint8Array(new Int32Array([value]).buffer) : value
  checked(
    native.setsockopt(fd, level, name, bytes, bytes.length),
    `cannot set option ${name} of level ${level} on a socket`,
  )
}

/** One that is an int. */
export function socketOption(fd: number, level: number, name: number): number {
  const value = new Int32Array(1)
  const length = new Uint32Array([value.byteLength])
  checked(
    native.getsockopt(fd, level, name, new Uint8Array(value.buffer), length),
    `cannot read option ${name} of level ${level} of a socket`,
  )
  return value[0] ?? 0
}

/** One that is a structure, which says by what it holds what is asked for; the answer takes its place. */
export function readSocketOption(fd: number, level: number, name: number, value: Uint8Array): void {
  checked(
    native.getsockopt(fd, level, name, value, new Uint32Array([value.length])),
    `cannot read option ${name} of level ${level} of a socket`,
  )
}

/** Bytes sent, or a negative errno. */
export function send(fd: number, bytes: Uint8Array, flags = 0): number {
  const sent = native.send(fd, bytes, bytes.length, flags)
  return sent < 0 ? -koffi.errno() : sent
}

/** As `send`, on a thread of the pool: for what keeps the kernel busy. `bytes` must not change meanwhile. */
export function sendAsync(fd: number, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    native.send.async(fd, bytes, bytes.length, 0, (error: unknown, sent: number) => {
      const errno = koffi.errno()
      if (error) reject(error)
      else resolve(sent < 0 ? -errno : sent)
    })
  })
}

/** Bytes sent to the sockaddr `to`, or a negative errno. */
export function sendTo(fd: number, bytes: Uint8Array, to: Uint8Array, flags = 0): number {
  const sent = native.sendto(fd, bytes, bytes.length, flags, to, to.length)
  return sent < 0 ? -koffi.errno() : sent
}

/** Bytes received (with MSG_TRUNC: the length of the whole datagram), or a negative errno. */
export function receive(fd: number, into: Uint8Array, flags = MSG_DONTWAIT): number {
  const received = native.recv(fd, into, into.length, flags)
  return received < 0 ? -koffi.errno() : received
}

/** Puts the calling thread into the namespace behind the descriptor. Use `inNamespace`. */
export const setns = (fd: number, type: number): void => {
  checked(native.setns(fd, type), 'cannot enter a namespace')
}

export const unshare = (flags: number): void => {
  checked(native.unshare(flags), 'cannot make a namespace')
}

export const mount = (
  source: string,
  target: string,
  type: string | null,
  flags: number,
  data: string | null = null,
): void => {
  checked(native.mount(source, target, type, flags, data), `cannot mount ${source} on ${target}`)
}

export const unmount = (target: string, flags: number): void => {
  checked(native.umount2(target, flags), `cannot unmount ${target}`)
}

export const closeDescriptor = (fd: number): void => {
  checked(native.close(fd), `cannot close descriptor ${fd}`)
}

export const fcntl = (fd: number, command: number, value: number): number =>
  checked(native.fcntl(fd, command, value), `cannot control descriptor ${fd}`)

/** A descriptor of a file that is in memory alone. */
export const memoryFile = (name: string, flags: number): number =>
  checked(native.memfd_create(name, flags), `cannot make a file in memory`)

const SIOCGIFINDEX = 0x8933
/** struct ifreq: the name, and a union of 24 bytes that begins with the index. */
const IFNAMSIZ = 16
const IFREQ_BYTES = 40

/**
 * In the namespace of the socket. Unlike rtnetlink this does not wait for the kernel's lock, which whoever deletes a link holds for
 * milliseconds. 0: there is none.
 */
export function interfaceIndex(fd: number, name: string): number {
  const request = Buffer.alloc(IFREQ_BYTES)
  if (request.write(name, 0, IFNAMSIZ - 1) !== Buffer.byteLength(name)) return 0
  return native.ioctl(fd, SIOCGIFINDEX, request) < 0 ? 0 : request.readInt32LE(IFNAMSIZ)
}

const LOCK_EX = 2
const LOCK_NB = 4

/** Locks the file until its descriptor is closed or the process dies, however it does. False where somebody else has it. */
export const tryLock = (fd: number): boolean => native.flock(fd, LOCK_EX | LOCK_NB) === 0

let trim: ((keepBytes: number) => number) | undefined

/**
 * Gives the memory back to the system that was used for a moment (a big file, a big plan) and freed since: the C library keeps
 * it otherwise, megabytes of it. Not every C library knows this (musl), and then there is nothing to give back.
 */
export function releaseMemory(): void {
  try {
    trim ??= library.func('int malloc_trim(size_t)') as (keepBytes: number) => number
    trim(0)
  } catch {
    trim = () => 0
  }
}
