// The bytes on the right are those that iproute2 6.1 sends, read off by strace.
import { expect, test } from 'vitest'
import { parseAddress, parsePrefix } from '../../model/index.ts'
import {
  eachMessage,
  type Message,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_EXCL,
  putMessage,
  type Received,
} from '../netlink/message.ts'
import { readerOf } from '../netlink/reader.ts'
import { newWriter, written } from '../netlink/writer.ts'
import { newRouteMessage, tryRouteRecord } from './route-message.ts'
import { addRuleMessage, tryRuleRecord } from './rule-message.ts'

const CREATE = NLM_F_CREATE | NLM_F_EXCL

function encode(message: Message): Uint8Array {
  const writer = newWriter()
  putMessage(writer, message, 0x6b01_563a, NLM_F_ACK)
  return written(writer)
}
const hexOf = (message: Message): string =>
  Buffer.from(encode(message))
    .toString('hex')
    .replaceAll(/(.{8})/g, '$1 ')
    .trim()

function received(message: Message): Received {
  const encoded = encode(message)
  const all: Received[] = []
  eachMessage(readerOf(encoded), encoded.length, (one) => {
    all.push(one)
    return false
  })
  const [only] = all
  if (only === undefined || all.length > 1) throw new Error(`${all.length} messages`)
  return only
}

test('ip route add 10.1.0.0/16 via 10.0.0.2 table 1000 proto 218', () => {
  const route = {
    to: parsePrefix('10.1.0.0/16'),
    hops: [{ via: parseAddress('10.0.0.2') }],
    table: 1000,
    protocol: 218,
  }
  expect(hexOf(newRouteMessage(CREATE, route))).toBe(
    '34000000 18000506 3a56016b 00000000 02100000 00da0001 00000000 08000100 0a010000 08000500 0a000002 08000f00 e8030000',
  )
})

test('a route that was written is read back', () => {
  const routes = [
    { to: parsePrefix('10.1.0.0/16'), hops: [{ via: parseAddress('10.0.0.2'), index: 3 }] },
    {
      to: parsePrefix('10.1.0.0/16'),
      hops: [{ via: parseAddress('fe80::2'), index: 3 }],
      source: parseAddress('10.0.0.1'),
    },
    { to: parsePrefix('::/0'), hops: [{ via: parseAddress('fe80::2'), index: 3 }], metric: 1024 },
    { to: parsePrefix('fd00::/8'), hops: [], type: 'unreachable' },
    { to: parsePrefix('fd00::/8'), hops: [], nextHopId: 0xda00_0001 },
    {
      to: parsePrefix('10.1.0.0/16'),
      hops: [{ via: parseAddress('10.0.0.2'), index: 3 }, { via: parseAddress('fe80::2'), index: 4 }, { index: 5 }],
    },
  ] as const
  for (const route of routes) {
    const read = tryRouteRecord(received(newRouteMessage(CREATE, { ...route, table: 70_000, protocol: 218 })))
    expect(read).toMatchObject({ ...route, table: 70_000, protocol: 218 })
  }
})

test('a multipath attribute with a hop that ends past it is refused', () => {
  const encoded = encode(newRouteMessage(CREATE, { to: parsePrefix('10.0.0.0/8'), hops: [{ index: 3 }, { index: 4 }] }))
  // rtnh_len of the second hop
  encoded[encoded.length - 8] = 200
  const [from, at, end] = [readerOf(encoded), 16, encoded.length]
  expect(() => tryRouteRecord({ from, at, end, type: 24, flags: 0, sequence: 0 })).toThrow('malformed')
})

test('a rule that was written is read back', () => {
  const rule = {
    family: 6,
    preference: 4990,
    table: 254,
    protocol: 218,
    inputLink: 'lo',
    transport: 17,
    destinationPort: 8472,
  } as const
  expect(tryRuleRecord(received(addRuleMessage(rule)))).toMatchObject(rule)
  const inverted = { family: 4, preference: 5000, table: 218, isInverted: true, mark: 0x1000, mask: 0x1000 } as const
  expect(tryRuleRecord(received(addRuleMessage(inverted)))).toMatchObject(inverted)
})
