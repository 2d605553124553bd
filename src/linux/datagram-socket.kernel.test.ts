import { createSocket } from 'node:dgram'
import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { parseAddress, parsePrefix, type WireguardPeer, wireguardDevice, wireguardPeer } from '../model/index.ts'
import { type DatagramSocket, openDatagramSocket } from './datagram-socket.ts'
import { NLM_F_CREATE } from './netlink/message.ts'
import { newNextHopGroupMessage, newNextHopMessage } from './rtnetlink/next-hop-message.ts'
import { openUdpSocket } from './socket.ts'
import { generateKeyPair } from './wireguard/key-pair.ts'
import { openTestPlace, type TestPlace } from './wireguard/test-place.ts'

let places: readonly [TestPlace, TestPlace]
beforeEach(() => {
  places = [openTestPlace(), openTestPlace()]
})
afterEach(async () => {
  for (const place of places) await place.close()
})

const port = 9
const data = new TextEncoder().encode('damask')
const HERE = { 4: parseAddress('10.4.0.1'), 6: parseAddress('fd04::1') } as const
const FAR = { 4: parseAddress('10.9.0.1'), 6: parseAddress('fd09::1') } as const

function open({ namespace }: TestPlace): DatagramSocket {
  const socket = openDatagramSocket(namespace)
  onTestFinished(socket.close)
  return socket
}

/** A device with one peer, and its own address of both families. */
async function furnish(place: TestPlace, link: string, own: typeof HERE, peer: Partial<WireguardPeer>): Promise<void> {
  await place.wireguard.createLink(link, 1420)
  place.rtnetlink.setLink(link, { isUp: true, addressGeneration: 'none' })
  const rest = { because: [], link }
  // Whoever knows where the other is may speak from any port.
  const listenPort = peer.endpoint === undefined ? 51820 : 0
  const device = wireguardDevice({ ...rest, publicKey: place.keys[0].publicKey, listenPort, mark: 0 })
  const allowedIps = ['10.0.0.0/8', 'fd00::/8'].map(parsePrefix)
  const { publicKey } = generateKeyPair()
  const only = wireguardPeer({ ...rest, publicKey, allowedIps, keepaliveSeconds: 0, ...peer })
  const changes = [device, only].map((entry) => ({ op: 'create', entry }) as const)
  expect(await place.wireguard.apply(changes)).toEqual([])
  for (const address of Object.values(own))
    place.rtnetlink.addAddress(link, address, address.family === 4 ? 32 : 128, { noPrefixRoute: true })
}

test.each([4, 6] as const)(
  'an IPv%i datagram opens the session of the device that was named, whatever the routes would take',
  async (family) => {
    const [place] = places
    const { rtnetlink, links, wireguard } = place
    rtnetlink.setLink('lo', { isUp: true })
    const nobody = { endpoint: { address: parseAddress('127.0.0.1'), port: 9 } }
    for (const link of links) await furnish(place, link, HERE, nobody)
    for (const [index, link] of links.entries())
      rtnetlink.request(
        newNextHopMessage(NLM_F_CREATE, { id: index + 1, index: rtnetlink.linkIndex(link), protocol: 218 }),
      )
    rtnetlink.request(newNextHopGroupMessage(NLM_F_CREATE, { id: 9, members: [1, 2], protocol: 218 }))
    for (const to of ['10.9.0.0/16', 'fd09::/48']) rtnetlink.addRoute({ to: parsePrefix(to), nextHopId: 9 })

    const sentOver = async (link: string) => (await wireguard.observe([link])).activity[0]?.sentBytes
    const [one, other] = links
    const socket = open(place)
    const packet = { from: HERE[family], to: FAR[family], port, data }
    // One that follows the routes would take the wrong device with one of these.
    for (let n = 0; n < 20; n++) expect(socket.send(one, { ...packet, port: port + n })).toBeUndefined()
    await expect.poll(() => sentOver(one)).toBeGreaterThan(0)
    expect(await sentOver(other)).toBe(0)
    expect(socket.send(other, packet)).toBeUndefined()
    await expect.poll(() => sentOver(other)).toBeGreaterThan(0)
  },
)

test.each([4, 6] as const)('an IPv%i datagram arrives whole at a program of the far side', async (family) => {
  const [here, there] = places
  const [link, farLink] = [here.links[0], there.links[0]]
  here.rtnetlink.addVethPair({ name: 'wire', peer: 'wire', peerNamespace: there.namespace })
  for (const [{ rtnetlink }, address] of [
    [here, '192.0.2.1'],
    [there, '192.0.2.2'],
  ] as const) {
    rtnetlink.addAddress('wire', parseAddress(address), 24)
    rtnetlink.setLink('wire', { isUp: true })
  }
  const endpoint = { address: parseAddress('192.0.2.2'), port: 51820 }
  await furnish(there, farLink, FAR, { publicKey: here.keys[0].publicKey })
  await furnish(here, link, HERE, { publicKey: there.keys[0].publicKey, endpoint })
  for (const to of ['10.4.0.0/16', 'fd04::/48']) there.rtnetlink.addRoute({ to: parsePrefix(to), link: farLink })

  const listener = createSocket(family === 4 ? 'udp4' : 'udp6')
  onTestFinished(() => void listener.close())
  const heard: string[] = []
  listener.on('message', (message, { address }) => heard.push(`${message} from ${address}`))
  listener.bind({ fd: openUdpSocket(there.namespace, FAR[family], port) })
  expect(open(here).send(link, { from: HERE[family], to: FAR[family], port, data })).toBeUndefined()
  await expect.poll(() => heard).toEqual([`damask from ${family === 4 ? '10.4.0.1' : 'fd04::1'}`])
})

test('what cannot leave says why, and leaves no descriptor behind', async () => {
  const [place] = places
  const [link] = place.links
  await furnish(place, link, HERE, {})
  const socket = open(place)
  const send = (over: string) => socket.send(over, { from: HERE[4], to: FAR[4], port, data })
  // Nobody knows where the peer is: the kernel says so, wireguard-go throws the packet away.
  const quietly = place.wireguard.implementation() === 'kernel' ? 'EDESTADDRREQ' : undefined
  const before = readdirSync('/proc/self/fd').length
  expect(send(link)).toBe(quietly)
  place.rtnetlink.setLink(link, { isUp: false })
  for (let n = 0; n < 200; n++) {
    expect(send('nobody')).toBe('ENODEV')
    expect(send(link)).toBe('ENETDOWN')
  }
  await place.rtnetlink.deleteLinkAsync(link)
  expect(send(link)).toBe('ENODEV')
  await furnish(place, link, HERE, {})
  expect(send(link)).toBe(quietly) // the new one
  socket.close()
  expect(send(link)).toBe('EBADF')
  expect(readdirSync('/proc/self/fd').length - before).toBeLessThan(20) // the test runner may open some of its own
})
