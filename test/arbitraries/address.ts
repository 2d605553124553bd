// Random addresses and prefixes for property tests: dense enough to meet, repeat and nest.
import fc from 'fast-check'
import { type Address, FAMILY_BITS, type Family, type Prefix, prefixOf } from '../../src/model/index.ts'

// Zeros, ones and halves are where masks and carries go wrong.
const word = fc
  .oneof(fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_0000, 0xffff_ffff), fc.nat(0xffff_ffff))
  .map((unsigned) => unsigned | 0)

export const anyIpv4: fc.Arbitrary<Address> = word.map((w0) => ({ family: 4, w0, w1: 0, w2: 0, w3: 0 }))

export const anyIpv6: fc.Arbitrary<Address> = fc.oneof(
  fc.record({ family: fc.constant(6 as const), w0: word, w1: word, w2: word, w3: word }),
  word.map((w3) => ({ family: 6 as const, w0: 0, w1: 0, w2: 0xffff, w3 })),
)

export const anyAddress: fc.Arbitrary<Address> = fc.oneof(anyIpv4, anyIpv6)

export const anyPrefix: fc.Arbitrary<Prefix> = anyAddress.chain((address) =>
  fc.nat(FAMILY_BITS[address.family]).map((length) => prefixOf(address, length)),
)

/** Prefixes inside one /24 or /120, so that any two may overlap, touch or be equal. */
export const closePrefix = (family: Family): fc.Arbitrary<Prefix> =>
  fc.tuple(fc.nat(255), fc.nat(8)).map(([last, shorter]) => {
    const bits = FAMILY_BITS[family]
    const address: Address =
      family === 4
        ? { family, w0: 0x0a00_0000 | last, w1: 0, w2: 0, w3: 0 }
        : { family, w0: 0xfd00_0000 | 0, w1: 0, w2: 0, w3: last }
    return prefixOf(address, bits - shorter)
  })

export const closePrefixes: fc.Arbitrary<Prefix[]> = fc.array(fc.oneof(closePrefix(4), closePrefix(6), anyPrefix), {
  maxLength: 12,
})
