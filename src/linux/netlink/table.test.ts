import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../model/index.ts'
import { address, be16, be32, bytes, hardwareAddress, s32, string, u8, u16, u32, u64 } from './attribute.ts'
import { decodeAttributes, encodeAttributes, list, nested, putAttributes, table } from './table.ts'
import { newWriter, written } from './writer.ts'

const INNER = table({ port: [1, be16], name: [2, string] })
const ALL = table({
  byte: [1, u8],
  short: [2, u16],
  word: [3, u32],
  signed: [4, s32],
  long: [5, u64],
  port: [6, be16],
  spi: [7, be32],
  name: [8, string],
  key: [9, bytes],
  address: [11, address],
  hardwareAddress: [12, hardwareAddress],
  inner: [13, nested(INNER)],
  many: [14, list(nested(INNER))],
})
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))

describe('what is written', () => {
  test('numbers stand in the order of the host, ports in that of the network, and all is padded to four bytes', () => {
    const encoded = encodeAttributes(ALL, { byte: 1, short: 0x0203, port: 0x0405, name: 'lo' })
    expect(Buffer.from(encoded).toString('hex')).toBe(
      ['0500010001000000', '0600020003020000', '0600060004050000', '070008006c6f0000'].join(''),
    )
  })

  test('a nest carries NLA_F_NESTED, and a list numbers its elements from 1', () => {
    const encoded = encodeAttributes(ALL, { inner: { port: 80 }, many: [{ port: 1 }, {}] })
    expect(Buffer.from(encoded).toString('hex')).toBe(
      '0c000d80060001000050000014000e800c0001800600010000010000040002 80'.replace(' ', ''),
    )
  })

  test('an attribute longer than its length field is refused, not cut', () => {
    expect(() => encodeAttributes(ALL, { key: new Uint8Array(65_532) })).toThrow('attribute 9 has 65536 bytes')
    expect(encodeAttributes(ALL, { key: new Uint8Array(65_531) })).toHaveLength(65_536)
  })

  test('what is no hardware address is refused', () => {
    expect(() => encodeAttributes(ALL, { hardwareAddress: '02:00:00:00:00' })).toThrow('not a hardware address')
  })
})

test('whatever is written is read back', () => {
  const inner = fc.record({ port: fc.nat(0xffff), name: fc.stringMatching(/^[a-z0-9-]{0,15}$/) }, { requiredKeys: [] })
  const word = fc.nat(0xffff_ffff)
  const values = fc.record(
    {
      byte: fc.nat(255),
      short: fc.nat(0xffff),
      word,
      signed: fc.integer(),
      long: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      port: fc.nat(0xffff),
      spi: word,
      name: fc.string({ maxLength: 20 }).filter((text) => !text.includes('\0') && text.isWellFormed()),
      key: fc.uint8Array({ maxLength: 70 }),
      address: fc.constantFrom(parseAddress('10.1.2.3'), parseAddress('2001:db8::ffff:1'), parseAddress('::')),
      hardwareAddress: fc.constant('02:da:ac:1f:00:0b'),
      inner,
      many: fc.array(inner, { maxLength: 5 }),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(values, (given) => {
      expect(decodeAttributes(ALL, encodeAttributes(ALL, given))).toEqual(given)
    }),
  )
})

describe('bytes that are no netlink', () => {
  const cases = {
    'a length below that of the head': '03000100',
    'a length of nothing': '0000010000000000',
    'a length past the end': '0900010000000000',
    'a number cut short': '0600030000000000',
    'a long cut short': '0c00050000000000 0800010001000000',
    'an address of five bytes': '09000b000a00000100000000',
    'an address of no bytes': '04000b00',
    'a nest that ends inside an attribute': '08000d8008000100',
  }
  for (const [what, encoded] of Object.entries(cases)) {
    test(`${what} is refused`, () =>
      expect(() => decodeAttributes(ALL, hex(encoded))).toThrow('malformed netlink message'))
  }

  test('whatever is read, it ends, and throws nothing but that it is malformed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (encoded) => {
        try {
          decodeAttributes(ALL, encoded)
        } catch (error) {
          expect(String(error)).toContain('malformed netlink message')
        }
      }),
      { numRuns: 500 },
    )
  })
})

test('attributes that nobody named are passed over', () => {
  expect(decodeAttributes(table({ word: [3, u32] }), hex('0800ff0001020304 0800030007000000'))).toEqual({ word: 7 })
})

test('a string ends at its zero, or at the end of its attribute where it has none', () => {
  const names = table({ name: [1, string] })
  expect(decodeAttributes(names, hex('0a0001006c6f00ff6c6c0000'))).toEqual({ name: 'lo' })
  expect(decodeAttributes(names, hex('060001006c6f0000'))).toEqual({ name: 'lo' })
  expect(decodeAttributes(names, hex('080001006c6f6c6f08000200ff00ff00'))).toEqual({ name: 'lolo' })
})

test('a writer that has to grow in the middle of any value loses nothing of it', () => {
  const values = {
    byte: 1,
    short: 2,
    word: 3,
    signed: -4,
    long: 5n,
    port: 6,
    spi: 7,
    name: 'name',
    key: new Uint8Array([1, 2, 3]),
    address: parseAddress('2001:db8::1'),
    hardwareAddress: '02:da:ac:1f:00:0b',
    inner: { port: 80 },
  }
  for (const capacity of Array.from({ length: 120 }, (_, index) => index + 1)) {
    const writer = newWriter(capacity)
    putAttributes(writer, ALL, values)
    expect(decodeAttributes(ALL, written(writer))).toEqual(values)
  }
})
