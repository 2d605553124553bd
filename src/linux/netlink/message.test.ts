import { expect, test } from 'vitest'
import { string, u32 } from './attribute.ts'
import {
  attributesOf,
  eachMessage,
  headerOf,
  message,
  NLMSG_DONE,
  NLMSG_ERROR,
  putMessage,
  type Received,
} from './message.ts'
import { refusalText, tryRefusal } from './netlink-error.ts'
import { readerOf } from './reader.ts'
import { struct } from './struct.ts'
import { table } from './table.ts'
import { newWriter, written } from './writer.ts'

const LAYOUT = {
  header: struct({ family: 'u8', pad: 'u8', count: 'u16', index: 's32' }),
  attributes: table({ mtu: [4, u32], name: [3, string] }),
}

function visited(bytes: Uint8Array, length = bytes.length): Received[] {
  const all: Received[] = []
  eachMessage(readerOf(bytes), length, (received) => {
    all.push(received)
    return false
  })
  return all
}

test('several messages written one behind the other are read one by one', () => {
  const writer = newWriter(16)
  for (const index of [-1, 2, 3])
    putMessage(writer, message(16, 0, LAYOUT, { index, count: 7 }, { name: `x${index}`, mtu: index + 5 }), index + 10)
  const read = visited(written(writer)).map((one) => ({
    at: one.sequence,
    ...headerOf(one, LAYOUT),
    ...attributesOf(one, LAYOUT),
  }))
  expect(read).toEqual([
    { at: 9, family: 0, pad: 0, count: 7, index: -1, name: 'x-1', mtu: 4 },
    { at: 12, family: 0, pad: 0, count: 7, index: 2, name: 'x2', mtu: 7 },
    { at: 13, family: 0, pad: 0, count: 7, index: 3, name: 'x3', mtu: 8 },
  ])
})

test('a writer that was used before leaves nothing of it in the padding', () => {
  const writer = newWriter(256)
  writer.bytes.fill(0xff)
  putMessage(writer, message(16, 0, LAYOUT, {}, { name: 'a' }), 1)
  expect(Buffer.from(written(writer)).toString('hex')).toBe(
    '20000000100001000100000000000000' + '0000000000000000' + '0600030061000000',
  )
})

test('a message whose length is below its head, or past the datagram, is refused', () => {
  const bytes = new Uint8Array(16)
  expect(() => visited(bytes)).toThrow('malformed netlink message: message of 0 bytes')
  bytes[0] = 17
  expect(() => visited(bytes)).toThrow('message of 17 bytes where 16 are left')
})

const answer = (type: number, flags: number, body: string): Received => {
  const bytes = new Uint8Array(Buffer.from(body, 'hex'))
  return { type, flags, sequence: 1, from: readerOf(bytes), at: 0, end: bytes.length }
}
const EEXIST = 'efffffff'
const HEAD = '1c000000180005060200000000000000'
const TEXT = '0900010048656c6f00000000' // NLMSGERR_ATTR_MSG "Helo"
const OFFSET = '0800020024000000'

test('an acknowledgement is no refusal', () => {
  expect(tryRefusal(answer(NLMSG_ERROR, 0x100, `00000000${HEAD}`))).toBeUndefined()
  expect(tryRefusal(answer(NLMSG_DONE, 0, '00000000'))).toBeUndefined()
})

test('the words of the kernel are found behind the refused message, be it whole or capped to its head', () => {
  const whole = answer(NLMSG_ERROR, 0x200, `${EEXIST}${HEAD}${'00'.repeat(12)}${TEXT}${OFFSET}`)
  const capped = answer(NLMSG_ERROR, 0x300, `${EEXIST}${HEAD}${TEXT}${OFFSET}`)
  for (const one of [whole, capped])
    expect(tryRefusal(one)).toEqual({ errno: 17, code: 'EEXIST', text: 'Helo', offset: 36 })
})

test('the end of a dump can be a refusal, with words of its own', () => {
  expect(tryRefusal(answer(NLMSG_DONE, 0x200, `${EEXIST}${TEXT}`))).toEqual({ errno: 17, code: 'EEXIST', text: 'Helo' })
})

test('without words the name of the errno has to do', () => {
  const refusal = tryRefusal(answer(NLMSG_ERROR, 0, `${EEXIST}${HEAD}`))
  expect(refusal && refusalText(refusal)).toBe('EEXIST')
})

test('an error cut short is refused', () => {
  expect(() => tryRefusal(answer(NLMSG_ERROR, 0, 'efff'))).toThrow('malformed')
})
