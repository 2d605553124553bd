// Single probes: what is sent, what has to come back, and in which time. Each resolves to why it failed, or to nothing.
import { createSocket } from 'node:dgram'
import { isIPv6, connect as openTcp } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as openTls } from 'node:tls'
import type { Greeting } from './probe-server.ts'

export type Asked = { readonly address: string; readonly port: number }

export type TcpResult = { readonly failure: string } | { readonly greeting: Greeting }

/** Three attempts of TCP to connect (after 0, 1 and 3 s), and the answer. */
const TCP_PATIENCE_MS = 6000
/** Some dozens of full segments, both ways. */
const STREAM_BYTES = 64 * 1024

export async function probeTcp({ address, port }: Asked, patienceMs = TCP_PATIENCE_MS): Promise<TcpResult> {
  const end = performance.now() + patienceMs
  for (;;) {
    const result = await askTcp({ address, port }, Math.max(1, end - performance.now()))
    // What listens there may only be starting.
    const isEarly = 'failure' in result && result.failure === 'ECONNREFUSED' && performance.now() < end - 500
    if (!isEarly) return result
    await sleep(500)
  }
}

function askTcp({ address, port }: Asked, patienceMs: number): Promise<TcpResult> {
  return new Promise((resolve) => {
    const socket = openTcp({ host: address, port })
    let isConnected = false
    let received = Buffer.alloc(0)
    const finish = (result: TcpResult): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }
    const timer = setTimeout(() => {
      const failure = isConnected
        ? `connected, and then ${received.length} of ${STREAM_BYTES} bytes came back`
        : 'no answer'
      finish({ failure })
    }, patienceMs)
    socket.once('connect', () => {
      isConnected = true
      socket.write(Buffer.alloc(STREAM_BYTES, 'd'))
    })
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes])
      const line = received.indexOf('\n')
      if (line < 0 || received.length - line - 1 < STREAM_BYTES) return
      const greeting = tryGreeting(received.subarray(0, line).toString())
      finish(greeting === undefined ? { failure: 'somebody else answered' } : { greeting })
    })
    socket.once('error', (cause: NodeJS.ErrnoException) => finish({ failure: cause.code ?? cause.message }))
    socket.once('close', () => finish({ failure: 'the other end hung up' }))
  })
}

function tryGreeting(line: string): Greeting | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** IPv4 or IPv6, and UDP. */
export const headerBytes = (address: string): number => (isIPv6(address) ? 40 : 20) + 8

/**
 * A datagram and its echo. Of full size it is sent `burst` times at once and not again: a kernel that was told of a narrower way
 * meanwhile would send it in pieces.
 */
export function probeUdp(
  { address, port }: Asked,
  { bytes, burst, tries }: { readonly bytes: number; readonly burst: number; readonly tries: number },
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
    let left = tries
    let said = 'no answer'
    let timer: NodeJS.Timeout | undefined
    let isDone = false
    const finish = (failure?: string): void => {
      if (isDone) return
      isDone = true
      clearTimeout(timer)
      socket.close()
      resolve(failure)
    }
    const send = (): void => {
      if (left-- <= 0) {
        finish(said)
        return
      }
      const data = Buffer.alloc(bytes, 'd')
      for (let sent = 0; sent < burst; sent++)
        socket.send(data, port, address, (cause) => {
          if (cause !== null) said = ('code' in cause ? String(cause.code) : undefined) ?? cause.message
        })
      timer = setTimeout(send, UDP_PATIENCE_MS)
    }
    socket.once('message', (answer) =>
      finish(answer.length === bytes ? undefined : `${answer.length} of ${bytes} bytes came back`),
    )
    socket.once('error', (cause) => finish(cause.message))
    send()
  })
}

const UDP_PATIENCE_MS = 2000

/** Undefined: TLS stands, and the certificate is of this name. Without an authority nobody can say who signed it. */
export function probeTls(
  { address, port }: Asked,
  { name, authority }: { readonly name: string; readonly authority?: string | undefined },
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = openTls({
      host: address,
      port,
      servername: name,
      rejectUnauthorized: authority !== undefined,
      ...(authority !== undefined && { ca: authority }),
      timeout: TCP_PATIENCE_MS,
    })
    const finish = (failure?: string): void => {
      socket.destroy()
      resolve(failure)
    }
    socket.once('secureConnect', () => finish())
    socket.once('timeout', () => finish('no answer'))
    socket.once('error', (cause: NodeJS.ErrnoException) => finish(cause.code ?? cause.message))
  })
}
