import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { nthAddress, type PublicKey, parseAddress, parsePrefix, prefixOf } from '../../model/index.ts'
import { eachMessage, type Message, putMessage } from '../netlink/message.ts'
import { readerOf } from '../netlink/reader.ts'
import { newWriter, written } from '../netlink/writer.ts'
import { devicePart, getDeviceMessage, joinParts, setDeviceMessages } from './device-message.ts'
import { generateKeyPair } from './key-pair.ts'

const FAMILY = 0x21
const own = generateKeyPair()
const peer = generateKeyPair()
const bytesOf = (key: string): number[] => [...Buffer.from(key, 'base64')]

// Attributes put together by hand, from the comments of linux/wireguard.h.
const u16 = (value: number): number[] => [value & 0xff, value >> 8]
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)]
const u64 = (value: number): number[] => [...u32(value), 0, 0, 0, 0]
const nla = (type: number, ...content: number[]): number[] => {
  const padding = Array((4 - (content.length % 4)) % 4).fill(0)
  return [...u16(content.length + 4), ...u16(type), ...content, ...padding]
}
const nest = (type: number, ...content: number[]): number[] => nla(type | 0x8000, ...content)
const text = (value: string): number[] => [...Buffer.from(value), 0]
const generic = (command: number, ...attributes: number[]): number[] => [command, 1, 0, 0, ...attributes]
const message = (flags: number, content: number[]): number[] => [
  ...u32(content.length + 16),
  ...u16(FAMILY),
  ...u16(flags),
  ...u32(1),
  ...u32(0),
  ...content,
]
const encode = (one: Message | undefined): number[] => {
  const writer = newWriter()
  if (one) putMessage(writer, one, 1)
  return [...written(writer)]
}

test('the question for a device names it', () => {
  expect(encode(getDeviceMessage(FAMILY, 'damask-t1'))).toEqual(message(1, generic(0, ...nla(2, ...text('damask-t1')))))
})

test('settings are written attribute by attribute as linux/wireguard.h says', () => {
  const [only, ...others] = setDeviceMessages(FAMILY, 'damask-t1', {
    privateKey: own.privateKey,
    listenPort: 51820,
    mark: 0x1000,
    peers: [
      {
        publicKey: peer.publicKey,
        endpoint: { address: parseAddress('203.0.113.1'), port: 0x1234 },
        keepaliveSeconds: 25,
        replaceAllowedIps: true,
        allowedIps: [parsePrefix('10.42.1.0/24'), parsePrefix('fd42::/64')],
      },
      {
        publicKey: peer.publicKey,
        updateOnly: true,
        endpoint: { address: parseAddress('2001:db8::1'), port: 0x1234 },
      },
      { publicKey: peer.publicKey, remove: true },
    ],
  })
  const first = nest(
    0,
    ...nla(1, ...bytesOf(peer.publicKey)),
    ...nla(3, ...u32(2)), // WGPEER_F_REPLACE_ALLOWEDIPS
    ...nla(4, ...u16(2), 0x12, 0x34, 203, 0, 113, 1, 0, 0, 0, 0, 0, 0, 0, 0),
    ...nla(5, ...u16(25)),
    ...nest(
      9,
      ...nest(0, ...nla(1, ...u16(2)), ...nla(2, 10, 42, 1, 0), ...nla(3, 24)),
      ...nest(0, ...nla(1, ...u16(10)), ...nla(2, 0xfd, 0x42, ...Array(14).fill(0)), ...nla(3, 64)),
    ),
  )
  const v6 = [0x20, 0x01, 0x0d, 0xb8, ...Array(11).fill(0), 1]
  const second = nest(
    0,
    ...nla(1, ...bytesOf(peer.publicKey)),
    ...nla(3, ...u32(4)), // WGPEER_F_UPDATE_ONLY
    ...nla(4, ...u16(10), 0x12, 0x34, 0, 0, 0, 0, ...v6, 0, 0, 0, 0),
  )
  const third = nest(0, ...nla(1, ...bytesOf(peer.publicKey)), ...nla(3, ...u32(1))) // WGPEER_F_REMOVE_ME
  expect(encode(only)).toEqual(
    message(
      1,
      generic(
        1,
        ...nla(2, ...text('damask-t1')),
        ...nla(3, ...bytesOf(own.privateKey)),
        ...nla(6, ...u16(51820)),
        ...nla(7, ...u32(0x1000)),
        ...nest(8, ...first, ...second, ...third),
      ),
    ),
  )
  expect(others).toEqual([])
})

test('an allowed IP to take away carries the flag, behind those to add', () => {
  const settings = { allowedIps: [parsePrefix('10.42.1.0/24')], removedIps: [parsePrefix('10.42.2.0/24')] }
  const [only] = setDeviceMessages(FAMILY, 'x', { peers: [{ publicKey: peer.publicKey, ...settings }] })
  const one = (third: number): number[] => [...nla(1, ...u16(2)), ...nla(2, 10, 42, third, 0), ...nla(3, 24)]
  const added = nest(0, ...one(1))
  const removed = nest(0, ...one(2), ...nla(4, ...u32(1))) // WGALLOWEDIP_F_REMOVE_ME
  const said = nest(0, ...nla(1, ...bytesOf(peer.publicKey)), ...nest(9, ...added, ...removed))
  expect(encode(only)).toEqual(message(1, generic(1, ...nla(2, ...text('x')), ...nest(8, ...said))))
})

function decode(...messages: number[][]) {
  const parts: ReturnType<typeof devicePart>[] = []
  const bytes = Uint8Array.from(messages.flat())
  eachMessage(readerOf(bytes), bytes.length, (received) => {
    parts.push(devicePart(received))
    return false
  })
  return joinParts(parts)
}

test('an answer is read, also where a peer goes on in a second message', () => {
  const allowed = (third: number): number[] => nest(0, ...nla(1, ...u16(2)), ...nla(2, 10, 42, third, 0), ...nla(3, 24))
  const begin = nest(
    0,
    ...nla(1, ...bytesOf(peer.publicKey)),
    ...nla(2, ...Array(32).fill(0)),
    ...nla(4, ...u16(10), 0x12, 0x34, 0, 0, 0, 0, 0xfe, 0x80, ...Array(13).fill(0), 1, 0, 0, 0, 0),
    ...nla(5, ...u16(25)),
    ...nla(6, ...u64(1_700_000_000), ...u64(5)),
    ...nla(7, ...u64(34)),
    ...nla(8, ...u64(12)),
    ...nla(10, ...u32(1)),
    ...nest(9, ...allowed(3)),
  )
  const rest = nest(0, ...nla(1, ...bytesOf(peer.publicKey)), ...nest(9, ...allowed(1)))
  const head = [...nla(1, ...u32(7)), ...nla(2, ...text('damask-t1'))]
  const state = decode(
    message(
      2,
      generic(
        0,
        ...head,
        ...nla(4, ...bytesOf(own.publicKey)),
        ...nla(6, ...u16(51820)),
        ...nla(7, ...u32(1)),
        ...nest(8, ...begin),
      ),
    ),
    message(2, generic(0, ...head, ...nest(8, ...rest))),
  )
  expect(state).toEqual({
    publicKey: own.publicKey,
    listenPort: 51820,
    mark: 1,
    peers: [
      {
        publicKey: peer.publicKey,
        endpoint: { address: parseAddress('fe80::1'), port: 0x1234 },
        allowedIps: [parsePrefix('10.42.1.0/24'), parsePrefix('10.42.3.0/24')],
        keepaliveSeconds: 25,
        lastHandshake: 1_700_000_000,
        receivedBytes: 34,
        sentBytes: 12,
      },
    ],
  })
})

test('a device without a key and peers is read as such', () => {
  expect(decode(message(2, generic(0, ...nla(6, ...u16(0)))))).toEqual({ listenPort: 0, mark: 0, peers: [] })
})

test.each([
  ['an endpoint that is cut', nla(4, ...u16(10), ...Array(14).fill(0))],
  ['a handshake time that is cut', nla(6, ...u32(1))],
  ['an allowed IP of five bytes', nest(9, ...nest(0, ...nla(2, 1, 2, 3, 4, 5), ...nla(3, 24)))],
  ['an allowed IP without a length', nest(9, ...nest(0, ...nla(2, 1, 2, 3, 4)))],
  ['an attribute longer than its nest', [...u16(400), ...u16(5), 1, 2, 3, 4]],
])('%s is refused', (_, attribute) => {
  const wrong = nest(0, ...nla(1, ...bytesOf(peer.publicKey)), ...attribute)
  expect(() => decode(message(2, generic(0, ...nest(8, ...wrong))))).toThrow(/malformed netlink message/)
})

test('1,000 peers are spread over messages below netlink’s bounds, each peer once, the device in the first alone', () => {
  const peers = Array.from({ length: 1000 }, () => ({
    publicKey: randomBytes(32).toString('base64') as PublicKey,
    endpoint: { address: parseAddress('2001:db8::1'), port: 1 },
    keepaliveSeconds: 25,
    replaceAllowedIps: true as const,
    allowedIps: [parsePrefix('fd42::/64'), parsePrefix('10.0.0.0/8')],
  }))
  const messages = setDeviceMessages(FAMILY, 'x', { listenPort: 1, privateKey: own.privateKey, peers }).map(encode)
  expect(messages.length).toBeGreaterThan(1)
  expect(Math.max(...messages.map(({ length }) => length))).toBeLessThan(40 * 1024)
  const parts = messages.map((bytes) => decode(bytes))
  expect(parts.flatMap((part) => part.peers.map(({ publicKey }) => publicKey))).toEqual(
    peers.map(({ publicKey }) => publicKey),
  )
  expect(parts.map(({ listenPort }) => listenPort)).toEqual([1, ...Array(messages.length - 1).fill(0)])
})

test('a peer of 5,000 allowed IPs replaces them once and adds the rest', () => {
  const allowedIps = Array.from({ length: 5000 }, (_, n) =>
    prefixOf(nthAddress(parsePrefix('10.0.0.0/8'), n * 256), 24),
  )
  const settings = {
    peers: [{ publicKey: peer.publicKey, replaceAllowedIps: true as const, keepaliveSeconds: 5, allowedIps }],
  }
  const messages = setDeviceMessages(FAMILY, 'x', settings).map(encode)
  expect(Math.max(...messages.map(({ length }) => length))).toBeLessThan(40 * 1024)
  expect(decode(...messages).peers).toEqual([
    { publicKey: peer.publicKey, allowedIps, keepaliveSeconds: 5, lastHandshake: 0, receivedBytes: 0, sentBytes: 0 },
  ])
  const flags = [...u16(8), ...u16(3), ...u32(2)].join()
  expect(messages.map((bytes) => bytes.join().split(flags).length - 1)).toEqual([
    1,
    ...Array(messages.length - 1).fill(0),
  ])
})

test('of 1,200 allowed IPs that come and 1,200 that go each is said once, in messages below the bounds, and none is replaced', () => {
  const all = Array.from({ length: 2400 }, (_, n) => prefixOf(nthAddress(parsePrefix('10.0.0.0/8'), n * 256), 24))
  const [allowedIps, removedIps] = [all.slice(0, 1200), all.slice(1200)]
  const settings = {
    peers: [{ publicKey: peer.publicKey, updateOnly: true as const, keepaliveSeconds: 5, allowedIps, removedIps }],
  }
  const messages = setDeviceMessages(FAMILY, 'x', settings).map(encode)
  expect(Math.max(...messages.map(({ length }) => length))).toBeLessThan(40 * 1024)
  expect(decode(...messages).peers[0]?.allowedIps).toEqual(all)
  const text = messages.map((bytes) => bytes.join()).join()
  const count = (...attribute: number[]): number => text.split(attribute.join()).length - 1
  expect(count(...nla(4, ...u32(1)))).toBe(1200)
  expect(count(...nla(3, ...u32(4)))).toBe(pieces(messages)) // WGPEER_F_UPDATE_ONLY with each piece
})

/** How often the peer is named. */
const pieces = (messages: readonly number[][]): number =>
  messages
    .map((bytes) => bytes.join().split(nla(1, ...bytesOf(peer.publicKey)).join()).length - 1)
    .reduce((a, b) => a + b, 0)
