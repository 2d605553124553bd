import { expect, test } from 'vitest'
import { parseAddress } from '../../model/index.ts'
import { eachMessage, type Message, NLM_F_ACK, putMessage, type Received } from '../netlink/message.ts'
import { readerOf } from '../netlink/reader.ts'
import { eachAttribute } from '../netlink/table.ts'
import { newWriter, written } from '../netlink/writer.ts'
import { isOurLink, tryLinkEntry } from '../observed-link.ts'
import { LINK, type LinkRecord, tryLinkRecord } from './link-message.ts'
import { newLinkMessages } from './link-request.ts'

// `ip link add damask-ipip mtu 1400 group 218 type ipip mode ipip local 172.31.0.11 ttl 64 fwmark 0x1000` of iproute2 6.1, by strace.
const OF_IPROUTE2 = `
  a8000000 10000506 3a56016b 00000000 00000000 00000000 00000000 00000000
  08000400 78050000 08001b00 da000000 10000300 64616d61 736b2d69 70697000
  68001200 08000100 69706970 5c000200
  05000900 04000000 08000200 ac1f000b 05000a00 01000000 05000500 00000000 05000400 40000000
  08000100 00000000 08001400 00100000 06000f00 00000000 06001000 00000000 06001100 00000000 06001200 00000000`
const IFLA_LINKINFO = 18
const IFLA_INFO_DATA = 2

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'))

function encode(message: Message): Uint8Array {
  const writer = newWriter()
  putMessage(writer, message, 0x6b01_563a, NLM_F_ACK)
  return written(writer)
}

function received(encoded: Uint8Array): Received {
  let only: Received | undefined
  eachMessage(readerOf(encoded), encoded.length, (one) => {
    only = one
    return false
  })
  if (only === undefined) throw new Error('no message')
  return only
}

type Attribute = readonly [number: number, hex: string]

function attributesAt(bytes: Uint8Array, at: number, end: number): Attribute[] {
  const found: Attribute[] = []
  eachAttribute(readerOf(bytes), at, end, (number, start, length) => {
    found.push([number, Buffer.from(bytes.subarray(start, start + length)).toString('hex')])
  })
  return found
}

/** The attributes of a link's message, and those of its IFLA_INFO_DATA. */
function attributesOf(encoded: Uint8Array): { readonly outer: Attribute[]; readonly data: Attribute[] } {
  const all = attributesAt(encoded, 16 + LINK.header.size, encoded.length)
  const info = bytesOf(all.find(([number]) => number === IFLA_LINKINFO)?.[1] ?? '')
  const data = bytesOf(attributesAt(info, 0, info.length).find(([number]) => number === IFLA_INFO_DATA)?.[1] ?? '')
  return { outer: all.filter(([number]) => number !== IFLA_LINKINFO), data: attributesAt(data, 0, data.length) }
}

const [ours] = newLinkMessages(
  { name: 'damask-ipip', mtuBytes: 1400, group: 218, isUp: false },
  { kind: 'ipip', local: parseAddress('172.31.0.11'), mark: 0x1000 },
)
if (ours === undefined) throw new Error('no message')

test('an ipip link is asked for with the bytes of iproute2, but for what the kernel takes to be so by itself', () => {
  const [mine, theirs] = [attributesOf(encode(ours)), attributesOf(bytesOf(OF_IPROUTE2))]
  expect(mine.outer.toSorted()).toEqual(theirs.outer.toSorted())
  const data = [
    [2, 'ac1f000b'], // IFLA_IPTUN_LOCAL
    [4, '40'], // IFLA_IPTUN_TTL
    [10, '01'], // IFLA_IPTUN_PMTUDISC
    [20, '00100000'], // IFLA_IPTUN_FWMARK
  ]
  expect(mine.data).toEqual(data)
  expect(theirs.data).toEqual(expect.arrayContaining(data))
  // IFLA_IPTUN_PROTO is IPPROTO_IPIP where it is left out: net/ipv4/ipip.c, ipip_netlink_parms().
  const rest = theirs.data.filter(([number]) => !data.some(([mine]) => mine === number))
  expect(rest.filter(([, hex]) => !/^0+$/.test(hex))).toEqual([[9, '04']])
})

test('an ipip link that was made is read back with its address and its mark', () => {
  for (const encoded of [encode(ours), bytesOf(OF_IPROUTE2)]) {
    const record = tryLinkRecord(received(encoded))
    expect(record && tryLinkEntry(record)).toMatchObject({
      name: 'damask-ipip',
      mtuBytes: 1400,
      type: { kind: 'ipip', local: parseAddress('172.31.0.11'), mark: 0x1000 },
    })
    expect(record && isOurLink(record)).toBe(true)
  }
})

test('tunl0, which the module ipip makes by itself in every namespace, is not ours, not even in our group', () => {
  const tunl0: LinkRecord = {
    index: 2,
    name: 'tunl0',
    kind: 'ipip',
    isUp: false,
    mtuBytes: 1480,
    group: 218,
    hardwareAddress: '00:00:00:00',
    ipip: { local: parseAddress('0.0.0.0'), mark: 0 },
  }
  expect(isOurLink(tunl0)).toBe(false)
})
