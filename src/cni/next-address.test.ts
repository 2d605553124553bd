import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Address, containsAddress, formatAddress, parseAddress, parsePrefix } from '../model/index.ts'
import { addressCapacity, nextAddress } from './next-address.ts'

const free = (): boolean => false
const ask = (prefixes: string[], after?: string, taken: string[] = []): string | undefined => {
  const found = nextAddress({
    prefixes: prefixes.map(parsePrefix),
    after: after === undefined ? undefined : parseAddress(after),
    isTaken: (address) => taken.includes(formatAddress(address)),
  })
  return found && formatAddress(found)
}

test('begins after the network and the gateway, in both families', () => {
  expect(ask(['10.244.11.0/24'])).toBe('10.244.11.2')
  expect(ask(['fd44:11::/64'])).toBe('fd44:11::2')
})

test('goes on after the address given last', () => {
  expect(ask(['10.244.11.0/24'], '10.244.11.7')).toBe('10.244.11.8')
  expect(ask(['fd44:11::/64'], 'fd44:11::ffff:ffff')).toBe('fd44:11::1:0:0')
})

test('never gives the broadcast address of IPv4, and the last of IPv6 all the same', () => {
  expect(ask(['10.244.11.0/24'], '10.244.11.254')).toBe('10.244.11.2')
  expect(ask(['fd44:11::/126'], 'fd44:11::2')).toBe('fd44:11::3')
})

test('skips what is taken', () => {
  expect(ask(['10.244.11.0/24'], '10.244.11.2', ['10.244.11.3', '10.244.11.4'])).toBe('10.244.11.5')
})

test('goes from one prefix to the next and back to the first', () => {
  const prefixes = ['10.244.11.0/30', '10.244.99.0/30']
  expect(ask(prefixes, '10.244.11.2')).toBe('10.244.99.2')
  expect(ask(prefixes, '10.244.99.2')).toBe('10.244.11.2')
})

test('begins anew where the address given last is in no prefix any more', () => {
  expect(ask(['10.244.12.0/24'], '10.244.11.7')).toBe('10.244.12.2')
})

test('comes back to the address given last when it is the only free one', () => {
  expect(ask(['10.244.11.0/30'], '10.244.11.2')).toBe('10.244.11.2')
  expect(ask(['10.244.11.0/29'], '10.244.11.4', ['10.244.11.2', '10.244.11.3', '10.244.11.5', '10.244.11.6'])).toBe(
    '10.244.11.4',
  )
})

test('has no address where all are taken, or a prefix is too small for any', () => {
  expect(ask(['10.244.11.0/30'], '10.244.11.2', ['10.244.11.2'])).toBeUndefined()
  for (const tiny of ['10.244.11.0/31', '10.244.11.0/32', 'fd44:11::/127', 'fd44:11::/128']) {
    expect(ask([tiny])).toBeUndefined()
  }
  expect(ask([])).toBeUndefined()
})

test('gives every address of its prefixes once before any comes again', () => {
  const length = fc.integer({ min: 26, max: 32 })
  fc.assert(
    fc.property(fc.array(length, { minLength: 1, maxLength: 4 }), fc.nat(), (lengths, start) => {
      const prefixes = lengths.map((bits, index) => parsePrefix(`10.244.${index}.0/${bits}`))
      const capacity = Number(addressCapacity(prefixes))
      let after: Address | undefined
      for (let step = 0; step < start % (capacity + 1); step++) after = nextAddress({ prefixes, after, isTaken: free })
      const seen = new Set<string>()
      for (let step = 0; step < capacity; step++) {
        after = nextAddress({ prefixes, after, isTaken: free })
        if (after === undefined) throw new Error('there is none')
        seen.add(formatAddress(after))
        expect(prefixes.some((prefix) => after !== undefined && containsAddress(prefix, after))).toBe(true)
      }
      expect(seen.size).toBe(capacity)
    }),
  )
})
