// The lab's underlay alone: what clouds let through, translate and drop, and what the internet hears. No agents.
import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  closeDescriptor,
  deleteNamespace,
  inNamespace,
  listNamespaces,
  openUdpSocket,
  SOCK_RAW,
  sendTo,
  socket,
  socketAddress,
} from '../linux/index.ts'
import {
  type Address,
  addressBytes,
  type Cloud,
  type Lab,
  type Node,
  parseAddress,
  parsePrefix,
  type World,
} from '../model/index.ts'
import { buildCloud } from './cloud.ts'
import { buildInternet, readInternet } from './internet.ts'
import { layOut, layoutIssues } from './layout.ts'
import { buildNode } from './node-link.ts'
import { within } from './within.ts'

const node = (name: string, privateAddress: string, endpoint?: string): Node => {
  const [address = '', length] = privateAddress.split('/')
  return {
    name,
    labels: {},
    privateAddresses: [{ address: parseAddress(address), length: Number(length) }],
    ...(endpoint ? { endpoint: { host: parseAddress(endpoint), port: 51820 } } : {}),
    podPrefixes: [],
    gateway: 'allow',
  }
}
const cloud = (name: string, nat: Cloud['nat'], sourceCheck: boolean, mtuBytes = 1500): Cloud => ({
  name,
  nat,
  sourceCheck,
  allow: [{ protocol: 'udp', port: 51820 }],
  mtuBytes,
})
const PLACES: readonly (readonly [cloud: string, node: Node])[] = [
  ['aws', node('aws-1', '172.31.0.11/20', '203.0.113.11')],
  ['aws', node('aws-2', '172.31.0.12/20')],
  ['gcp', node('gcp-1', '10.128.0.11/24', '198.51.100.11')],
  ['gcp', node('gcp-2', '10.128.0.12/24', '198.51.100.12')],
  ['gcp', node('gcp-far', '10.128.1.13/24')],
  ['home', node('home-1', '192.168.1.11/24')],
  ['open', node('open-1', '192.0.2.5/26', '192.0.2.5')],
  ['open', node('six-1', '2001:db8:6::5/64', '2001:db8:6::5')],
  ['lone', node('lone-1', '192.0.2.200/32', '192.0.2.200')],
]
const world: World = {
  network: {
    name: 'default',
    podPrefixes: [parsePrefix('10.42.0.0/16'), parsePrefix('fd42:42::/48')],
    servicePrefixes: [],
    sites: { by: 'node' },
    fabric: { kind: 'vxlan', encapsulate: 'always', port: 8472 },
    tunnel: { kind: 'wireguard', port: 51820 },
    encryption: 'required',
    gatewaysPerSite: 1,
    masquerade: [],
    mtu: 'auto',
  },
  sites: new Map(),
  nodes: new Map(PLACES.map(([, one]) => [one.name, one])),
  statuses: new Map(),
}
const lab: Lab = {
  name: 'underlay',
  clouds: [
    cloud('aws', 'one-to-one', true),
    cloud('gcp', 'one-to-one', false, 9001),
    cloud('home', 'masquerade', false),
    cloud('open', 'none', false),
    cloud('lone', 'none', true),
  ],
  placement: new Map(PLACES.map(([place, { name }]) => [name, place])),
  podsPerNode: 0,
}
const id = randomBytes(3).toString('hex')
const layout = layOut(world, lab, id)
const namespaceOf = (name: string): string => layout.nodes.find((one) => one.name === name)?.namespace ?? ''

beforeAll(async () => {
  expect(layoutIssues(world, lab)).toEqual([])
  await buildInternet(layout)
  for (const one of layout.clouds) await buildCloud(layout.internet, one, layout.nodes)
  for (const one of layout.nodes) {
    await buildNode(layout.clouds.find(({ name }) => name === one.cloud)?.namespace ?? '', one)
  }
})
afterAll(() => {
  for (const name of listNamespaces(`dmk-${id}-`)) deleteNamespace(name)
})

const opened = new Set<Socket>()
afterEach(() => {
  for (const udp of opened) close(udp)
})
function close(udp: Socket): void {
  if (opened.delete(udp)) udp.close()
}

async function openUdp(name: string, port: number, own = '0.0.0.0') {
  const address = parseAddress(own)
  const fd = await within(namespaceOf(name), ({ namespace }) => openUdpSocket(namespace, address, port))
  const udp = createSocket(address.family === 4 ? 'udp4' : 'udp6')
  udp.bind({ fd })
  opened.add(udp)
  return udp
}

/** Who the receiver saw, if it heard anything at all. */
async function heardBy(receiver: string, port: number, send: () => Promise<void>): Promise<string | undefined> {
  const udp = await openUdp(receiver, port)
  const heard = once(udp, 'message').then(([, from]) => `${from.address}`)
  await send()
  return Promise.race([heard, sleep(250).then(() => undefined)]).finally(() => close(udp))
}

type Packet = { from: string; to: string; port?: number; own?: string; bytes?: Uint8Array }
async function send({ from, to, port = 51820, own = '0.0.0.0', bytes = Buffer.from('hello') }: Packet): Promise<void> {
  const udp = await openUdp(from, 0, own)
  await new Promise((resolve) => udp.send(bytes, port, to, resolve))
  close(udp)
}

describe('clouds', () => {
  it.each([
    [
      'a node keeps its own public address on the way out, one to one',
      'aws-1',
      '198.51.100.11',
      'gcp-1',
      '203.0.113.11',
    ],
    ['a node without one goes out under that of its cloud', 'aws-2', '198.51.100.11', 'gcp-1', '198.18.0.2'],
    ['a node at home goes out under the one address of the house', 'home-1', '198.51.100.11', 'gcp-1', '198.18.0.10'],
    [
      'a node without translation is reached and seen by its own address',
      'gcp-1',
      '192.0.2.5',
      'open-1',
      '198.51.100.11',
    ],
    ['a node that fills its subnet reaches the internet', 'lone-1', '198.51.100.11', 'gcp-1', '192.0.2.200'],
    ['a node that fills its subnet is reached', 'open-1', '192.0.2.200', 'lone-1', '192.0.2.5'],
    ['a fellow is reached under its public address from inside', 'gcp-1', '198.51.100.12', 'gcp-2', '198.51.100.11'],
    ['a fellow on the wire is reached without translation', 'aws-1', '172.31.0.12', 'aws-2', '172.31.0.11'],
    ['a fellow in another subnet is reached through the router', 'gcp-1', '10.128.1.13', 'gcp-far', '10.128.0.11'],
  ])('%s', async (_, from, to, receiver, seen) => {
    expect(await heardBy(receiver, 51820, () => send({ from, to }))).toBe(seen)
  })

  it('lets nothing in from the internet but what it allows', async () => {
    expect(
      await heardBy('gcp-1', 51821, () => send({ from: 'aws-1', to: '198.51.100.11', port: 51821 })),
    ).toBeUndefined()
  })

  it('lets nobody into a house, but the answer to one who went out', async () => {
    expect(await heardBy('home-1', 51820, () => send({ from: 'gcp-1', to: '198.18.0.10' }))).toBeUndefined()
    const echo = await openUdp('gcp-1', 51820)
    echo.on('message', (bytes, from) => echo.send(bytes, from.port, from.address))
    const asker = await openUdp('home-1', 40_000)
    const answered = once(asker, 'message').then(([, from]) => from.address)
    asker.send('hello', 51820, '198.51.100.11')
    expect(await Promise.race([answered, sleep(250)])).toBe('198.51.100.11')
  })

  it('carries jumbo frames on a wire that has them', async () => {
    const bytes = new Uint8Array(8900)
    expect(await heardBy('gcp-2', 51820, () => send({ from: 'gcp-1', to: '10.128.0.12', bytes }))).toBe('10.128.0.11')
  })
})

describe('source check', () => {
  beforeAll(async () => {
    for (const name of ['aws-1', 'gcp-1']) {
      await within(namespaceOf(name), ({ netlink }) => netlink.addAddress('lo', parseAddress('10.42.9.9'), 32))
    }
    for (const [name, via] of [
      ['aws-1', '172.31.0.12'],
      ['gcp-1', '10.128.0.12'],
    ] as const) {
      await within(namespaceOf(name), ({ netlink }) =>
        netlink.addRoute({ to: parsePrefix('10.42.7.7/32'), via: parseAddress(via), link: 'eth0' }),
      )
    }
    for (const name of ['aws-2', 'gcp-2']) {
      await within(namespaceOf(name), ({ netlink }) => netlink.addAddress('lo', parseAddress('10.42.7.7'), 32))
    }
  })

  it('drops what does not come from the node itself', async () => {
    expect(
      await heardBy('aws-2', 51820, () => send({ from: 'aws-1', to: '172.31.0.12', own: '10.42.9.9' })),
    ).toBeUndefined()
  })

  it('drops what is not for the node itself', async () => {
    expect(await heardBy('aws-2', 51820, () => send({ from: 'aws-1', to: '10.42.7.7' }))).toBeUndefined()
  })

  it('lets both pass where it is switched off', async () => {
    expect(await heardBy('gcp-2', 51820, () => send({ from: 'gcp-1', to: '10.128.0.12', own: '10.42.9.9' }))).toBe(
      '10.42.9.9',
    )
    expect(await heardBy('gcp-2', 51820, () => send({ from: 'gcp-1', to: '10.42.7.7' }))).toBe('10.128.0.11')
  })
})

describe('the internet', () => {
  const heardSince = async (work: () => Promise<void>): Promise<{ packets: number; examples: readonly string[] }> => {
    const before = await readInternet(layout)
    await work()
    await sleep(50)
    const { heard } = await readInternet(layout)
    return { packets: heard.packets - before.heard.packets, examples: heard.examples }
  }

  it('meters bytes of IP packets by the clouds between which they went', async () => {
    const { meter: before } = await readInternet(layout)
    await heardBy('gcp-1', 51820, () => send({ from: 'open-1', to: '198.51.100.11', bytes: new Uint8Array(1000) }))
    const { meter } = await readInternet(layout)
    expect((meter.get('open>gcp') ?? 0) - (before.get('open>gcp') ?? 0)).toBe(1028)
  })

  it('does not take an encrypted packet for one in the clear', async () => {
    expect((await heardSince(() => send({ from: 'open-1', to: '198.51.100.11' }))).packets).toBe(0)
  })

  it('hears a bare packet for a pod, although nobody would carry it, and remembers it', async () => {
    const heard = await heardSince(() => send({ from: 'open-1', to: '10.42.3.3' }))
    expect(heard.packets).toBe(1)
    expect(heard.examples).toContain('192.0.2.5 > 10.42.3.3 udp')
  })

  it('hears a bare packet from a pod', async () => {
    await within(namespaceOf('open-1'), ({ netlink }) => netlink.addAddress('lo', parseAddress('10.42.1.1'), 32))
    expect(
      (await heardSince(() => send({ from: 'open-1', to: '198.51.100.11', port: 9, own: '10.42.1.1' }))).packets,
    ).toBe(1)
  })

  it('hears a bare IPv6 packet for a pod', async () => {
    const heard = await heardSince(() => send({ from: 'six-1', to: 'fd42:42:0:3::3', own: '2001:db8:6::5' }))
    expect(heard.packets).toBe(1)
    expect(heard.examples).toContain('2001:db8:6::5 > fd42:42:0:3::3 udp')
  })

  it.each([
    ['IPv4', '10.42.1.2', '192.0.2.99', 0x0800],
    ['IPv6', '2001:db8::1', 'fd42:42:0:5::2', 0x86dd],
  ])('hears a pod inside vxlan: %s', async (_, source, destination, etherType) => {
    const inner = ipHeader(parseAddress(source), parseAddress(destination))
    const frame = Buffer.concat([Buffer.alloc(8 + 12), Buffer.from([etherType >> 8, etherType & 0xff]), inner])
    expect(
      (await heardSince(() => send({ from: 'open-1', to: '198.51.100.11', port: 8472, bytes: frame }))).packets,
    ).toBe(1)
    expect(
      (await heardSince(() => send({ from: 'open-1', to: '198.51.100.11', port: 8473, bytes: frame }))).packets,
    ).toBe(0)
  })

  it.each([
    ['IPv4', 4, '192.0.2.99', '10.42.1.2'],
    ['IPv6', 41, 'fd42:42:0:5::2', '2001:db8::1'],
  ])('hears a pod inside ipip: %s', async (_, protocol, source, destination) => {
    const inner = ipHeader(parseAddress(source), parseAddress(destination))
    const sendRaw = (): Promise<void> =>
      within(namespaceOf('open-1'), ({ namespace }) => {
        const fd = inNamespace(namespace, () => socket(2, SOCK_RAW, protocol))
        sendTo(fd, inner, socketAddress(parseAddress('198.51.100.11'), 0))
        closeDescriptor(fd)
      })
    expect((await heardSince(sendRaw)).packets).toBe(1)
  })
})

function ipHeader(source: Address, destination: Address): Uint8Array {
  const isV4 = source.family === 4
  const bytes = new Uint8Array(isV4 ? 20 : 40)
  bytes[0] = isV4 ? 0x45 : 0x60
  bytes.set(addressBytes(source), isV4 ? 12 : 8)
  bytes.set(addressBytes(destination), isV4 ? 16 : 24)
  return bytes
}
