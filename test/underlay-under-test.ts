// A lab's underlay without agents, for one test file: five clouds of every kind, and UDP between their nodes.
import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { buildCloud } from '../src/lab/cloud.ts'
import { buildInternet } from '../src/lab/internet.ts'
import { layOut, layoutIssues } from '../src/lab/layout.ts'
import { buildNode } from '../src/lab/node-link.ts'
import { within } from '../src/lab/within.ts'
import { deleteNamespace, listNamespaces, openUdpSocket } from '../src/linux/index.ts'
import { type Node, parseAddress } from '../src/model/index.ts'
import { labCloud, labNode, labOf, labWorld } from './lab-world.ts'

const PLACES: readonly (readonly [cloud: string, node: Node])[] = [
  ['aws', labNode('aws-1', '172.31.0.11/20', '203.0.113.11')],
  ['aws', labNode('aws-2', '172.31.0.12/20')],
  ['gcp', labNode('gcp-1', '10.128.0.11/24', '198.51.100.11')],
  ['gcp', labNode('gcp-2', '10.128.0.12/24', '198.51.100.12')],
  ['gcp', labNode('gcp-far', '10.128.1.13/24')],
  ['home', labNode('home-1', '192.168.1.11/24')],
  ['open', labNode('open-1', '192.0.2.5/26', '192.0.2.5')],
  ['open', labNode('six-1', '2001:db8:6::5/64', '2001:db8:6::5')],
  ['lone', labNode('lone-1', '192.0.2.200/32', '192.0.2.200')],
]
const world = labWorld(
  PLACES.map(([, one]) => one),
  ['10.42.0.0/16', 'fd42:42::/48'],
)
const lab = labOf(
  [
    labCloud('aws', 'one-to-one', true),
    labCloud('gcp', 'one-to-one', false, 9001),
    labCloud('home', 'masquerade'),
    labCloud('open', 'none'),
    labCloud('lone', 'none', true),
  ],
  Object.fromEntries(PLACES.map(([place, { name }]) => [name, place])),
)
const id = randomBytes(3).toString('hex')
export const layout = layOut(world, lab, id)
export const namespaceOf = (name: string): string => layout.nodes.find((one) => one.name === name)?.namespace ?? ''

/** Call once in a test file: builds it before the tests, and takes it away after them. */
export function buildUnderlay(): void {
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
}

const opened = new Set<Socket>()
function close(udp: Socket): void {
  if (opened.delete(udp)) udp.close()
}

export async function openUdp(name: string, port: number, own = '0.0.0.0') {
  const address = parseAddress(own)
  const fd = await within(namespaceOf(name), ({ namespace }) => openUdpSocket(namespace, address, port))
  const udp = createSocket(address.family === 4 ? 'udp4' : 'udp6')
  udp.bind({ fd })
  opened.add(udp)
  return udp
}

/** Who the receiver saw, if it heard anything at all. */
export async function heardBy(receiver: string, port: number, send: () => Promise<void>): Promise<string | undefined> {
  const udp = await openUdp(receiver, port)
  const heard = once(udp, 'message').then(([, from]) => `${from.address}`)
  await send()
  return Promise.race([heard, sleep(250).then(() => undefined)]).finally(() => close(udp))
}

type Packet = { from: string; to: string; port?: number; own?: string; bytes?: Uint8Array }
export async function send({
  from,
  to,
  port = 51820,
  own = '0.0.0.0',
  bytes = Buffer.from('hello'),
}: Packet): Promise<void> {
  const udp = await openUdp(from, 0, own)
  await new Promise((resolve) => udp.send(bytes, port, to, resolve))
  close(udp)
}
