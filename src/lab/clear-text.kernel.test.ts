// What the internet hears of a virtual LAN whose machines' own addresses lie inside it. No agents.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { heardBecauseOf } from '../../test/internet-ear.ts'
import { labCloud, labNode, labOf, labWorld } from '../../test/lab-world.ts'
import {
  closeDescriptor,
  deleteNamespace,
  inNamespace,
  listNamespaces,
  openNftables,
  openUdpSocket,
  SOCK_RAW,
  sendTo,
  socket,
  socketAddress,
} from '../linux/index.ts'
import { addressBytes, parseAddress, parsePrefix } from '../model/index.ts'
import { buildCloud } from './cloud.ts'
import { buildInternet } from './internet.ts'
import { layOut } from './layout.ts'
import { buildNode } from './node-link.ts'
import { within } from './within.ts'

const AF_INET = 2
const IPPROTO_IPIP = 4
const VXLAN_PORT = 8472
/** Nobody answers: the cloud drops it. */
const SHUT_PORT = 9
const [N1, N1_OUTSIDE, S1] = ['172.16.0.1', '203.0.113.1', '198.51.100.5'] as const

const world = labWorld([labNode('n1', `${N1}/24`, N1_OUTSIDE), labNode('s1', `${S1}/24`, S1)], [])
const network = { ...world.network, lan: parsePrefix('172.16.0.0/12') }
const clouds = [labCloud('private', 'one-to-one'), labCloud('open', 'none')]
const layout = layOut(
  { ...world, network },
  labOf(clouds, { n1: 'private', s1: 'open' }),
  randomBytes(3).toString('hex'),
)
const namespaceOf = (name: string): string => layout.nodes.find((one) => one.name === name)?.namespace ?? ''
const cloudOf = (name: string): string => layout.clouds.find((one) => one.name === name)?.namespace ?? ''

beforeAll(async () => {
  await buildInternet(layout)
  for (const cloud of layout.clouds) await buildCloud(layout.internet, cloud, layout.nodes)
  for (const node of layout.nodes) await buildNode(cloudOf(node.cloud), node)
})
afterAll(() => {
  for (const name of listNamespaces(`dmk-${layout.id}-`)) deleteNamespace(name)
})

/** UDP from any address, also one that the machine does not have. */
async function sendUdp(from: string, own: string, to: string, port = 51820, bytes = new Uint8Array(64)): Promise<void> {
  await within(namespaceOf(from), ({ namespace, netlink }) => {
    const source = parseAddress(own)
    if (!netlink.addresses().some(({ address }) => address.w0 === source.w0)) netlink.addAddress('lo', source, 32)
    const fd = openUdpSocket(namespace, source, 0)
    sendTo(fd, bytes, socketAddress(parseAddress(to), port))
    closeDescriptor(fd)
  })
}

const sendIpip = (from: string, to: string, inner: Uint8Array): Promise<void> =>
  within(namespaceOf(from), ({ namespace }) => {
    const fd = inNamespace(namespace, () => socket(AF_INET, SOCK_RAW, IPPROTO_IPIP))
    sendTo(fd, inner, socketAddress(parseAddress(to), 0))
    closeDescriptor(fd)
  })

function ipv4Header(source: string, destination: string): Uint8Array {
  const bytes = new Uint8Array(20)
  bytes[0] = 0x45
  bytes.set(addressBytes(parseAddress(source)), 12)
  bytes.set(addressBytes(parseAddress(destination)), 16)
  return bytes
}

const heardOf = async (work: () => Promise<void>): Promise<number> => (await heardBecauseOf(layout, work)).packets

describe('the internet of a virtual LAN', () => {
  it('hears nothing of a machine whose own address is in the LAN while its cloud translates it', async () => {
    expect(await heardOf(() => sendUdp('n1', N1, S1))).toBe(0)
  })

  it('hears a bare packet from the LAN, and one to it', async () => {
    expect(await heardOf(() => sendUdp('s1', '172.16.128.1', N1_OUTSIDE, SHUT_PORT))).toBe(1)
    expect(await heardOf(() => sendUdp('s1', S1, '172.31.255.254'))).toBe(1)
  })

  it('hears the LAN inside ipip and inside vxlan', async () => {
    const inner = ipv4Header('172.16.128.1', N1)
    expect(await heardOf(() => sendIpip('s1', N1_OUTSIDE, inner))).toBe(1)
    const frame = new Uint8Array([...new Uint8Array(8 + 12), 0x08, 0x00, ...inner])
    expect(await heardOf(() => sendUdp('s1', S1, N1_OUTSIDE, VXLAN_PORT, frame))).toBe(1)
  })

  it('hears nothing of a packet between public addresses, whatever they carry in ipip', async () => {
    expect(await heardOf(() => sendIpip('s1', N1_OUTSIDE, ipv4Header('192.0.2.1', '192.0.2.2')))).toBe(0)
  })

  it('hears the machine itself where nobody translates it', async () => {
    await within(cloudOf('private'), async ({ namespace }) => {
      const nftables = openNftables(namespace)
      await nftables.run('delete table inet cloud')
      nftables.close()
    })
    // The one that is asked may answer that nobody listens, in the clear as well.
    expect(await heardOf(() => sendUdp('n1', N1, S1))).toBeGreaterThan(0)
  })
})
