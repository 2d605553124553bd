import { describe, expect, test } from 'vitest'
import { formatAddress, isPublicAddress, type PrivateAddress, parseAddress } from '../model/index.ts'
import type { MachineLook, SeenDefaultRoute, SeenLink } from './machine-look.ts'
import { guessEndpoint, guessName, guessPrivateAddresses } from './node-guess.ts'

const seen = (text: string): PrivateAddress => {
  const [address = '', length] = text.split('/')
  return { address: parseAddress(address), length: Number(length) }
}
const link = (name: string, ...addresses: readonly string[]): SeenLink => ({
  name,
  mtuBytes: 1500,
  addresses: addresses.map(seen),
})
/** `eth0 via 10.0.0.1` */
const route = (family: 4 | 6, links: string, ...gateways: readonly string[]): SeenDefaultRoute => ({
  family,
  links: links.split(' ').filter((name) => name !== ''),
  gateways: gateways.map(parseAddress),
})
const machine = (links: readonly SeenLink[], ...defaultRoutes: readonly SeenDefaultRoute[]): MachineLook => ({
  hostName: 'n1',
  links,
  defaultRoutes,
})
const addressesOf = (look: MachineLook): string[] =>
  guessPrivateAddresses(look).map(({ value }) => `${formatAddress(value.address)}/${value.length}`)
const endpointOf = (look: MachineLook): string | undefined => {
  const guess = guessEndpoint(look)
  return guess && formatAddress(guess.value)
}

describe('the name', () => {
  const nameOf = (hostName: string) => guessName({ ...machine([]), hostName }).value

  test('is the first label of the host name, in small letters', () => {
    expect(nameOf('ip-172-31-0-11.eu-west-3.compute.internal')).toBe('ip-172-31-0-11')
    expect(nameOf('Paris-1')).toBe('paris-1')
  })

  test.each(['', 'localhost', 'localhost.localdomain', 'my_host', '-x', 'x'.repeat(64)])(
    'is asked for where the host is named %j',
    (hostName) => {
      expect(() => nameOf(hostName)).toThrow(/; say --name, as in --name paris-1$/)
    },
  )
})

describe('the private addresses', () => {
  test('are those of the link where the default routes of both families lead', () => {
    const links = [link('docker0', '172.17.0.1/16'), link('eth0', '10.0.0.11/24', '2001:db8::11/64')]
    expect(addressesOf(machine(links, route(4, 'eth0', '10.0.0.1'), route(6, 'eth0', 'fe80::1')))).toEqual([
      '10.0.0.11/24',
      '2001:db8::11/64',
    ])
  })

  test('of several, that in the subnet of the gateway, by which the machine speaks', () => {
    const links = [link('eth0', '10.19.0.5/16', '203.0.113.11/20')]
    expect(addressesOf(machine(links, route(4, 'eth0', '203.0.112.1')))).toEqual(['203.0.113.11/20'])
  })

  test('of several, that which the route itself names', () => {
    const links = [link('eth0', '10.0.0.11/24', '10.0.1.11/24')]
    const named = { ...route(4, 'eth0', '10.0.0.1'), source: parseAddress('10.0.1.11') }
    expect(addressesOf(machine(links, named))).toEqual(['10.0.1.11/24'])
  })

  test('a lone one whose gateway is in no subnet of it', () => {
    expect(addressesOf(machine([link('eth0', '203.0.113.11/32')], route(4, 'eth0', '172.31.1.1')))).toEqual([
      '203.0.113.11/32',
    ])
  })

  test('without a default route, those of the only link that has any', () => {
    expect(addressesOf(machine([link('ifb0'), link('eth0', '10.0.0.11/24', 'fd00::11/64')]))).toEqual([
      '10.0.0.11/24',
      'fd00::11/64',
    ])
  })

  test.each([
    [
      'two links of equal right',
      machine([link('a', '10.0.0.1/24'), link('b', '10.0.1.1/24')], route(4, 'a b')),
      /leads over several links, a and b; name what is meant: --private-address 10\.0\.0\.1\/24 \(a\), --private-address 10\.0\.1\.1\/24 \(b\)$/,
    ],
    [
      'two addresses of equal right',
      machine([link('a', '2001:db8::1/64', '2001:db8::2/128')], route(6, 'a', 'fe80::1')),
      /^a has several IPv6 addresses that could be meant; name what is meant: --private-address 2001:db8::1\/64 \(a\), --private-address 2001:db8::2\/128 \(a\)$/,
    ],
    [
      'a route over a next-hop object',
      machine([link('a', '10.0.0.1/24')], route(4, '')),
      /does not say over which link its IPv4 default route leads; name what is meant: --private-address 10\.0\.0\.1\/24 \(a\)$/,
    ],
    [
      'no default route and two links',
      machine([link('a', '10.0.0.1/24'), link('b', '10.0.1.1/24')]),
      /^this machine has no default route, and more than one address; name what is meant: /,
    ],
    [
      'no address at all',
      machine([link('a')]),
      /^no link of this machine has an address yet; .*--private-address 10\.0\.0\.11\/24$/,
    ],
    [
      'a default route over a link without addresses',
      machine([link('a')], route(4, 'a', '10.0.0.1')),
      /^the link of the default route has no address that others could use; name the one that is meant/,
    ],
  ])('are asked for where there is %s', (_, look, sentence) => {
    expect(() => guessPrivateAddresses(look)).toThrow(sentence)
  })
})

describe('the endpoint', () => {
  test('is a public address of the link of the default route, of IPv4 first', () => {
    const links = [link('eth0', '203.0.113.11/24', '2001:db8::11/64')]
    expect(endpointOf(machine(links, route(4, 'eth0'), route(6, 'eth0')))).toBe('203.0.113.11')
    const private4 = [link('eth0', '10.0.0.11/24', '2001:db8::11/64')]
    expect(endpointOf(machine(private4, route(4, 'eth0'), route(6, 'eth0')))).toBe('2001:db8::11')
  })

  test('is none where the machine has no public address, or more than one', () => {
    expect(endpointOf(machine([link('eth0', '10.0.0.11/24')], route(4, 'eth0')))).toBeUndefined()
    const two = [link('eth0', '203.0.113.11/24', '203.0.113.12/24')]
    expect(endpointOf(machine(two, route(4, 'eth0')))).toBeUndefined()
    expect(endpointOf(machine([link('eth0', '203.0.113.11/24')]))).toBeUndefined()
  })
})

test.each([
  ['8.8.8.8', true],
  ['172.15.255.255', true],
  ['172.16.0.1', false],
  ['172.31.255.255', false],
  ['172.32.0.1', true],
  ['10.0.0.1', false],
  ['192.168.1.1', false],
  ['100.64.0.1', false],
  ['100.128.0.1', true],
  ['224.0.0.1', false],
  ['2001:db8::1', true],
  ['fd00::1', false],
  ['fe80::1', false],
])('isPublicAddress(%s) is %s', (text, isPublic) => {
  expect(isPublicAddress(parseAddress(text))).toBe(isPublic)
})
