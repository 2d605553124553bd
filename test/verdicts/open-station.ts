// The sockets of a pod, a machine or the internet, inside its namespace.
import { createServer, type Server, Socket } from 'node:net'
import { type NamespaceHandle, openNamespace, openTcpListener, openTcpSocket } from '../../src/linux/index.ts'
import { type Address, type Family, formatAddress } from '../../src/model/index.ts'
import { type EchoEar, type Heard, openEchoEar } from './echo-ear.ts'
import type { Station } from './trial.ts'

export type OpenStation = {
  readonly send: (to: Address, trial: number, bytes: number) => void
  /** Where it takes TCP connections. */
  readonly portOf: (family: Family) => number
  readonly connects: (to: Address, port: number) => Promise<boolean>
  readonly close: () => void
}

/** The first SYN is sent again after one second. */
const CONNECT_MILLISECONDS = 2_500
/** Of all labs of this process: libmnl, under libnftables, cannot wait for a descriptor above 1023 (FD_SETSIZE), and aborts. */
const MOST_CONNECTING = 150

export async function openStation(
  { name, namespace, addresses }: Station,
  hear: (heard: Heard) => void,
): Promise<OpenStation> {
  const handle = openNamespace(namespace)
  const ears = new Map<Family, EchoEar>()
  const listeners = new Map<Family, { readonly server: Server; readonly port: number }>()
  for (const { family } of addresses) {
    ears.set(family, openEchoEar(handle, family, hear))
    listeners.set(family, await listen(handle, family))
  }
  return {
    send: (to, trial, bytes) => ears.get(to.family)?.send(to, trial, bytes),
    portOf(family) {
      const port = listeners.get(family)?.port
      if (port === undefined) throw new Error(`${name} has no IPv${family} address to be called at`)
      return port
    },
    connects: (to, port) => connects(handle, to, port),
    close() {
      for (const ear of ears.values()) ear.close()
      for (const { server } of listeners.values()) server.close()
      handle.close()
    },
  }
}

async function listen(handle: NamespaceHandle, family: Family): Promise<{ server: Server; port: number }> {
  const { fd, port } = openTcpListener(handle, family)
  const server = createServer((socket) => socket.on('error', () => {}).end())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ fd }, resolve)
  })
  return { server, port }
}

let connecting = 0
const waiting: (() => void)[] = []

async function connects(handle: NamespaceHandle, to: Address, port: number): Promise<boolean> {
  if (connecting >= MOST_CONNECTING) await new Promise<void>((resolve) => waiting.push(resolve))
  connecting++
  const socket = new Socket({ fd: openTcpSocket(handle, to.family) })
  const { promise, resolve } = Promise.withResolvers<boolean>()
  socket.setTimeout(CONNECT_MILLISECONDS, () => resolve(false))
  socket.on('error', () => resolve(false))
  socket.connect({ host: formatAddress(to), port }, () => resolve(true))
  return promise.finally(() => {
    socket.destroy()
    connecting--
    waiting.shift()?.()
  })
}
