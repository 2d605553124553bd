import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyAddress, anyIpv4, anyIpv6 } from '../../test/arbitraries/address.ts'
import {
  addressBytes,
  addressOfBytes,
  compareAddresses,
  equalAddresses,
  formatAddress,
  parseAddress,
  tryAddress,
} from './address.ts'

describe('parseAddress()', () => {
  test.each([
    ['0.0.0.0', 0],
    ['10.1.2.3', 0x0a010203],
    ['255.255.255.255', 0xffffffff],
  ])('reads %s', (text, w0) => {
    expect(parseAddress(text)).toEqual({ family: 4, w0: w0 | 0, w1: 0, w2: 0, w3: 0 })
  })

  test.each([
    ['::', [0, 0, 0, 0]],
    ['::1', [0, 0, 0, 1]],
    ['1::', [0x10000, 0, 0, 0]],
    ['2001:0DB8::00aB', [0x20010db8, 0, 0, 0xab]],
    ['1:2:3:4:5:6:7:8', [0x10002, 0x30004, 0x50006, 0x70008]],
    ['1:2:3:4:5:6:7::', [0x10002, 0x30004, 0x50006, 0x70000]],
    ['::2:3:4:5:6:7:8', [0x2, 0x30004, 0x50006, 0x70008]],
    ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff]],
    ['::ffff:192.0.2.33', [0, 0, 0xffff, 0xc0000221]],
    ['64:ff9b::192.0.2.33', [0x64ff9b, 0, 0, 0xc0000221]],
    ['1:2:3:4:5:6:1.2.3.4', [0x10002, 0x30004, 0x50006, 0x01020304]],
  ])('reads %s', (text, [w0 = 0, w1 = 0, w2 = 0, w3 = 0]) => {
    expect(parseAddress(text)).toEqual({ family: 6, w0: w0 | 0, w1: w1 | 0, w2: w2 | 0, w3: w3 | 0 })
  })

  test.each([
    ['10.1.2', '"10.1.2" is not an IP address: write four decimal numbers, as in 10.1.2.3, or IPv6, as in 2001:db8::1'],
    ['010.1.2.3', '"010.1.2.3" is not an IP address: "010" has a leading zero, which some programs read as octal'],
    ['10.1.2.300', '"10.1.2.300" is not an IP address: "300" is above 255'],
    ['fe80::1%eth0', '"fe80::1%eth0" is not an IP address: leave out the zone after "%"'],
    ['1::2::3', '"1::2::3" is not an IP address: "::" may stand once only'],
    ['1:2:3', '"1:2:3" is not an IP address: it has 3 groups of 16 bits in place of 8'],
    ['1:2:3:4:5:6:7::8', '"1:2:3:4:5:6:7::8" is not an IP address: its "::" stands for nothing'],
    ['12345::', '"12345::" is not an IP address: "12345" is not a group of one to four hexadecimal digits'],
    ['::1.2.3.04', '"::1.2.3.04" is not an IP address: "04" has a leading zero, which some programs read as octal'],
  ])('refuses %s and says why', (text, message) => {
    expect(() => parseAddress(text)).toThrow(new Error(message))
  })

  test.each([
    ...['', ' ', '.', ':', '1', '1.2.3.', '.1.2.3', '1..2.3', '1.2.3.4.5', '0x0a.1.2.3', '0a.1.2.3', '-1.2.3.4'],
    ...['+1.2.3.4', '1.2.3.4 ', ' 1.2.3.4', '1.2.3.4\n', '1,2,3,4', '1.2.3.4/32', '167837955', '1e1.2.3.4', '٣.1.1.1'],
    ...[
      ':::',
      '1:',
      ':1',
      '1:2:3:4:5:6:7:',
      ':2:3:4:5:6:7:8',
      '1:2:3:4:5:6:7:8:9',
      '1:2:3:4:5:6:7:8::',
      '::1:2:3:4:5:6:7:8',
    ],
    ...[
      '::g',
      '::0x1',
      ':: 1',
      '::1 ',
      '[::1]',
      '1.2.3.4::',
      '::1.2.3.4:5',
      '::1.2.3',
      '::256.1.1.1',
      '1:2:3:4:5:6:7:1.2.3.4',
    ],
    ...['::%1', '::-1', '::00001', '1::1.2.3.4::'],
  ])('refuses %j', (text) => {
    expect(tryAddress(text)).toBeUndefined()
  })
})

describe('formatAddress()', () => {
  test.each([
    ['0.0.0.0', '0.0.0.0'],
    ['255.0.128.1', '255.0.128.1'],
    ['::', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8:0000:0000:0000:0000:0000:00A0', '2001:db8::a0'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['1:2:3:4:5:6:0:0', '1:2:3:4:5:6::'],
    ['0:0:3:4:5:6:7:8', '::3:4:5:6:7:8'],
    ['::ffff:c000:0221', '::ffff:192.0.2.33'],
    ['::ffff:0:0', '::ffff:0.0.0.0'],
    ['::192.0.2.33', '::c000:221'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('writes %s as %s, by RFC 5952', (text, canonical) => {
    expect(formatAddress(parseAddress(text))).toBe(canonical)
  })

  test('writes what parseAddress() reads back as the same address', () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        expect(parseAddress(formatAddress(address))).toEqual(address)
      }),
    )
  })

  test('writes two addresses as one text only if they are equal', () => {
    fc.assert(
      fc.property(anyAddress, anyAddress, (a, b) => (formatAddress(a) === formatAddress(b)) === equalAddresses(a, b)),
    )
  })

  test('gives every spelling of an IPv6 address one text', () => {
    fc.assert(
      fc.property(fc.ipV6(), (spelling) => {
        const canonical = formatAddress(parseAddress(spelling))
        expect(formatAddress(parseAddress(canonical.toUpperCase()))).toBe(canonical)
      }),
    )
  })
})

describe('compareAddresses()', () => {
  test('puts IPv4 first, then goes by unsigned value', () => {
    const inOrder = ['0.0.0.1', '127.255.255.255', '128.0.0.0', '255.255.255.255', '::', '::8000:0', '7fff::', '8000::']
    expect(inOrder.toReversed().map(parseAddress).sort(compareAddresses).map(formatAddress)).toEqual(
      inOrder.map((text) => formatAddress(parseAddress(text))),
    )
  })

  test('is a total order that agrees with equalAddresses()', () => {
    fc.assert(
      fc.property(anyAddress, anyAddress, (a, b) => {
        expect(Math.sign(compareAddresses(a, b))).toBe(-Math.sign(compareAddresses(b, a)) + 0)
        expect(compareAddresses(a, b) === 0).toBe(equalAddresses(a, b))
      }),
    )
  })
})

describe('addressBytes()', () => {
  test('gives network order', () => {
    expect([...addressBytes(parseAddress('10.1.2.255'))]).toEqual([10, 1, 2, 255])
    expect([...addressBytes(parseAddress('2001:db8::ff'))]).toEqual([0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 0xff])
  })

  test('has addressOfBytes() as its reverse, also in the middle of a buffer', () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        const bytes = addressBytes(address)
        const inside = new Uint8Array([9, ...bytes, 9]).subarray(1, 1 + bytes.length)
        expect(addressOfBytes(inside)).toEqual(address)
      }),
    )
  })

  test('addressOfBytes() refuses any other number of bytes', () => {
    expect(() => addressOfBytes(new Uint8Array(6))).toThrow('an IP address has 4 or 16 bytes, and here are 6')
  })
})

test('the generators reach both families', () => {
  expect(fc.sample(anyIpv4, 3).every((address) => address.family === 4)).toBe(true)
  expect(fc.sample(anyIpv6, 3).every((address) => address.family === 6)).toBe(true)
})
