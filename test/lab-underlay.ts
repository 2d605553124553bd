// A lab's underlay without agents, for one test file, and UDP between its nodes.
import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { buildCloud } from '../src/lab/cloud.ts'
import { buildInternet } from '../src/lab/internet.ts'
import { type Layout, layOut } from '../src/lab/layout.ts'
import { layoutIssues } from '../src/lab/layout-issues.ts'
import { buildNode } from '../src/lab/node-link.ts'
import { within } from '../src/lab/within.ts'
import { deleteNamespace, listNamespaces, openUdpSocket } from '../src/linux/index.ts'
import { type Lab, parseAddress, type World } from '../src/model/index.ts'

/** Packets in namespaces take no time, but a machine may have much to do. */
const PATIENCE_MILLISECONDS = 60_000
/** Nothing came, if nothing came until then. */
const SILENCE_MILLISECONDS = 1_000

type Hearing = (receiver: string, port: number, send: () => Promise<void>, own?: string) => Promise<string | undefined>

type Packet = { from: string; to: string; port?: number; own?: string; bytes?: Uint8Array }

export type LabUnderlay = {
  readonly layout: Layout
  readonly namespaceOf: (node: string) => string
  readonly openUdp: (node: string, port: number, own?: string) => Promise<Socket>
  /** Who the receiver saw. */
  readonly heardBy: Hearing
  /** The same for what should not come: undefined after a second. */
  readonly heardSoonBy: Hearing
  readonly send: (packet: Packet) => Promise<void>
}

/** Call once in a test file: builds it before the tests, and takes it away after them. */
export function underlayOfThisFile(world: World, lab: Lab): LabUnderlay {
  const id = randomBytes(3).toString('hex')
  const layout = layOut(world, lab, id)
  const namespaceOf = (name: string): string => layout.nodes.find((one) => one.name === name)?.namespace ?? ''
  const opened = new Set<Socket>()
  const close = (udp: Socket): void => {
    if (opened.delete(udp)) udp.close()
  }
  beforeAll(async () => {
    expect(layoutIssues(world, lab)).toEqual([])
    await buildInternet(layout)
    for (const one of layout.clouds) await buildCloud(layout.internet, one, layout.nodes)
    for (const one of layout.nodes) {
      await buildNode(layout.clouds.find(({ name }) => name === one.cloud)?.namespace ?? '', one)
    }
  })
  afterEach(() => {
    for (const udp of opened) close(udp)
  })
  afterAll(() => {
    for (const name of listNamespaces(`dmk-${id}-`)) deleteNamespace(name)
  })

  const hearing =
    (milliseconds: number): Hearing =>
    async (receiver, port, send, own) => {
      const udp = await underlay.openUdp(receiver, port, own)
      const heard = once(udp, 'message').then(([, from]) => `${from.address}`)
      await send()
      const late = new AbortController()
      const silence = sleep(milliseconds, undefined, { signal: late.signal }).catch(() => undefined)
      return Promise.race([heard, silence]).finally(() => {
        late.abort()
        close(udp)
      })
    }

  const underlay: LabUnderlay = {
    layout,
    namespaceOf,
    async openUdp(name, port, own = '0.0.0.0') {
      const address = parseAddress(own)
      const fd = await within(namespaceOf(name), ({ namespace }) => openUdpSocket(namespace, address, port))
      const udp = createSocket(address.family === 4 ? 'udp4' : 'udp6')
      udp.bind({ fd })
      opened.add(udp)
      return udp
    },
    heardBy: hearing(PATIENCE_MILLISECONDS),
    heardSoonBy: hearing(SILENCE_MILLISECONDS),
    async send({ from, to, port = 51820, own = to.includes(':') ? '::' : '0.0.0.0', bytes = Buffer.from('hello') }) {
      const udp = await underlay.openUdp(from, 0, own)
      await new Promise((resolve) => udp.send(bytes, port, to, resolve))
      close(udp)
    },
  }
  return underlay
}
