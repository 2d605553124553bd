import { containsCidr, overlapCidr } from 'cidr-tools'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyAddress, anyPrefix, closePrefix } from '../../test/arbitraries/address.ts'
import { compareAddresses, equalAddresses, FAMILY_BITS, formatAddress, parseAddress } from './address.ts'
import {
  comparePrefixes,
  containsAddress,
  containsPrefix,
  equalPrefixes,
  formatPrefix,
  hostPrefix,
  lastAddress,
  nthAddress,
  overlaps,
  parsePrefix,
  prefixOf,
  prefixSize,
  tryPrefix,
} from './prefix.ts'

const nearbyPrefix = fc.oneof(closePrefix(4), closePrefix(6), anyPrefix)

describe('parsePrefix()', () => {
  test.each(['0.0.0.0/0', '10.0.0.0/8', '10.1.2.3/32', '::/0', 'fd00:1::/48', '::ffff:10.0.0.0/104', '::1/128'])(
    'reads %s',
    (text) => {
      expect(formatPrefix(parsePrefix(text))).toBe(text)
    },
  )

  test.each([
    ['10.1.2.3/8', '10.1.2.3/8 has host bits set; did you mean 10.0.0.0/8?'],
    ['128.0.0.0/0', '128.0.0.0/0 has host bits set; did you mean 0.0.0.0/0?'],
    ['2001:DB8::1/64', '2001:DB8::1/64 has host bits set; did you mean 2001:db8::/64?'],
    ['::1/127', '::1/127 has host bits set; did you mean ::/127?'],
    ['10.0.0.0/33', '"10.0.0.0/33" is not a prefix: its length "33" is not a decimal number from 0 to 32'],
    ['::/129', '"::/129" is not a prefix: its length "129" is not a decimal number from 0 to 128'],
    ['10.0.0.0/08', '"10.0.0.0/08" is not a prefix: its length "08" is not a decimal number from 0 to 32'],
    ['10.0.0.0', '"10.0.0.0" is not a prefix: it has no length; write one as in 10.0.0.0/8, or /32 for one address'],
    [
      '010.0.0.0/8',
      '"010.0.0.0/8" is not a prefix: "010.0.0.0" is not an IP address: "010" has a leading zero, which some programs read as octal',
    ],
  ])('refuses %s and says what is wrong', (text, message) => {
    expect(() => parsePrefix(text)).toThrow(new Error(message))
  })

  test.each([
    ...['', '/', '/8', '10/8', '10.0/16', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/+8', '10.0.0.0/ 8', '10.0.0.0 /8'],
    ...[
      '10.0.0.0/8 ',
      '10.0.0.0/8\n',
      '10.0.0.0/8/8',
      '10.0.0.0/255.0.0.0',
      '10.0.0.0/1e1',
      '10.0.0.0/8.0',
      '0xa.0.0.0/8',
    ],
    ...['fe80::%eth0/64', 'fe80::/064', '::/0x40', '::/1000', '::1'],
  ])('refuses %j', (text) => {
    expect(tryPrefix(text)).toBeUndefined()
  })

  test('reads back what formatPrefix() writes', () => {
    fc.assert(
      fc.property(anyPrefix, (prefix) => {
        expect(parsePrefix(formatPrefix(prefix))).toEqual(prefix)
      }),
    )
  })
})

describe('prefixOf()', () => {
  test('clears the host bits in whichever word they are', () => {
    const ones = parseAddress('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')
    const texts = [0, 1, 31, 32, 33, 64, 95, 96, 127, 128].map((length) => formatPrefix(prefixOf(ones, length)))
    expect(texts).toEqual([
      '::/0',
      '8000::/1',
      'ffff:fffe::/31',
      'ffff:ffff::/32',
      'ffff:ffff:8000::/33',
      'ffff:ffff:ffff:ffff::/64',
      'ffff:ffff:ffff:ffff:ffff:fffe::/95',
      'ffff:ffff:ffff:ffff:ffff:ffff::/96',
      'ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127',
      'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128',
    ])
  })

  test('gives the only prefix of its length that holds the address', () => {
    fc.assert(
      fc.property(anyAddress, fc.nat(128), (address, length) => {
        fc.pre(length <= FAMILY_BITS[address.family])
        expect(containsAddress(prefixOf(address, length), address)).toBe(true)
        expect(tryPrefix(formatPrefix(prefixOf(address, length)))).toBeDefined()
      }),
    )
  })

  test('refuses a length that the family does not have', () => {
    expect(() => prefixOf(parseAddress('10.0.0.1'), 33)).toThrow(
      'an IPv4 prefix cannot have the length 33; write 0 to 32',
    )
    expect(() => prefixOf(parseAddress('::1'), 64.5)).toThrow('an IPv6 prefix cannot have the length 64.5')
  })

  test('hostPrefix() is of full length', () => {
    expect(formatPrefix(hostPrefix(parseAddress('10.0.0.1')))).toBe('10.0.0.1/32')
    expect(formatPrefix(hostPrefix(parseAddress('fd00::1')))).toBe('fd00::1/128')
  })
})

describe('containsPrefix()', () => {
  test.each([
    ['10.0.0.0/8', '10.255.255.255/32', true],
    ['10.0.0.0/8', '11.0.0.0/32', false],
    ['10.0.0.0/8', '10.0.0.0/8', true],
    ['10.0.0.0/9', '10.0.0.0/8', false],
    ['0.0.0.0/0', '255.0.0.0/8', true],
    ['0.0.0.0/0', '::/0', false],
    ['::/0', '0.0.0.0/0', false],
    ['::/0', '8000::/1', true],
    ['fd00:0:0:8000::/49', 'fd00:0:0:8000::1/128', true],
  ])('%s holds %s: %s', (outer, inner, answer) => {
    expect(containsPrefix(parsePrefix(outer), parsePrefix(inner))).toBe(answer)
  })

  test('agrees with cidr-tools', () => {
    fc.assert(
      fc.property(nearbyPrefix, nearbyPrefix, (a, b) => {
        expect(containsPrefix(a, b)).toBe(containsCidr(formatPrefix(a), formatPrefix(b)))
      }),
    )
  })

  test('holds both ways only between equal prefixes', () => {
    fc.assert(
      fc.property(nearbyPrefix, nearbyPrefix, (a, b) => {
        expect(containsPrefix(a, b) && containsPrefix(b, a)).toBe(equalPrefixes(a, b))
      }),
    )
  })

  test('is transitive', () => {
    fc.assert(
      fc.property(closePrefix(4), closePrefix(4), closePrefix(4), (a, b, c) => {
        if (containsPrefix(a, b) && containsPrefix(b, c)) expect(containsPrefix(a, c)).toBe(true)
      }),
    )
  })

  test('says the same as the first and the last address do', () => {
    fc.assert(
      fc.property(nearbyPrefix, nearbyPrefix, (a, b) => {
        expect(containsPrefix(a, b)).toBe(
          a.length <= b.length && containsAddress(a, b) && containsAddress(a, lastAddress(b)),
        )
      }),
    )
  })
})

describe('overlaps()', () => {
  test('agrees with cidr-tools, both ways round', () => {
    fc.assert(
      fc.property(nearbyPrefix, nearbyPrefix, (a, b) => {
        expect(overlaps(a, b)).toBe(overlapCidr(formatPrefix(a), formatPrefix(b)))
        expect(overlaps(a, b)).toBe(overlaps(b, a))
      }),
    )
  })
})

describe('comparePrefixes()', () => {
  test('goes by family, first address, then the shorter first', () => {
    const inOrder = [
      '10.0.0.0/8',
      '10.0.0.0/9',
      '10.0.0.0/32',
      '10.0.0.1/32',
      '200.0.0.0/8',
      '::/0',
      '::/128',
      'fd00::/8',
    ]
    expect(inOrder.toReversed().map(parsePrefix).sort(comparePrefixes).map(formatPrefix)).toEqual(inOrder)
  })

  test('is 0 for equal prefixes alone', () => {
    fc.assert(
      fc.property(nearbyPrefix, nearbyPrefix, (a, b) => {
        expect(comparePrefixes(a, b) === 0).toBe(equalPrefixes(a, b))
        expect(Math.sign(comparePrefixes(a, b))).toBe(-Math.sign(comparePrefixes(b, a)) + 0)
      }),
    )
  })
})

describe('nthAddress()', () => {
  test.each([
    ['10.4.1.0/24', 0, '10.4.1.0'],
    ['10.4.1.0/24', 255, '10.4.1.255'],
    ['0.0.0.0/0', 0xffff_ffff, '255.255.255.255'],
    ['fd00:1::/48', 1, 'fd00:1::1'],
    ['fd00:1::/48', 2 ** 40, 'fd00:1::100:0:0'],
    ['fd00::/8', (1n << 120n) - 1n, 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['fd00::1/128', 0n, 'fd00::1'],
  ])('%s number %s is %s', (prefix, n, address) => {
    expect(formatAddress(nthAddress(parsePrefix(prefix), n))).toBe(address)
  })

  test.each([256, -1, 1.5, Number.NaN, 256n, -1n])('refuses number %s of a /24', (n) => {
    expect(() => nthAddress(parsePrefix('10.4.1.0/24'), n)).toThrow(
      `10.4.1.0/24 has no address number ${n}: it has 256, counted from 0`,
    )
  })

  test('lies inside, and counts from the first address to the last', () => {
    fc.assert(
      fc.property(nearbyPrefix, fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (prefix, number) => {
        const size = prefixSize(prefix)
        const n = number % size
        const address = nthAddress(prefix, n)
        expect(containsAddress(prefix, address)).toBe(true)
        expect(equalAddresses(nthAddress(prefix, 0), { ...prefix })).toBe(true)
        expect(nthAddress(prefix, size - 1n)).toEqual(lastAddress(prefix))
        if (n > 0n) expect(compareAddresses(nthAddress(prefix, n - 1n), address)).toBeLessThan(0)
      }),
    )
  })
})
