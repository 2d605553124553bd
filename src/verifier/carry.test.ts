import { describe, expect, test } from 'vitest'
import { parseAddress, parsePrefix } from '../model/index.ts'
import { carry } from './carry.ts'
import type { Packet } from './packet.ts'
import {
  ACCEPT_ALL,
  type Firewall,
  type Underlay,
  type UnderlayHost,
  type UnderlayNetwork,
  type Uplink,
} from './underlay.ts'
import { indexUnderlay } from './underlay-index.ts'

const DROP_ALL: Firewall = { rules: [], otherwise: 'drop' }
const host = (node: string, network: string, segment: string, address: string): UnderlayHost => ({
  node,
  network,
  segment,
  addresses: [{ address: parseAddress(address), length: 24 }],
  defaultRoutes: [4],
})
const uplink: Uplink = {
  families: [4],
  mtuBytes: 1500,
  nat: { kind: 'none' },
  fromInternet: ACCEPT_ALL,
  hairpins: true,
}
const network = (name: string, prefix: string): UnderlayNetwork => ({
  name,
  prefixes: [parsePrefix(prefix)],
  mtuBytes: 9000,
  dropsIpv6Fragments: true,
  routesBetweenSegments: true,
  sourceCheck: false,
  uplink,
})
type Changes = {
  readonly x?: Partial<UnderlayNetwork>
  readonly y?: Partial<UnderlayNetwork>
  readonly y1?: Partial<UnderlayHost>
  readonly internet?: Partial<Underlay['internet']>
}
/** Network x with x1 and x2 on one wire and x3 on another; network y with y1, and NAT of one address for one machine. */
function underlay({ x, y, y1, internet }: Changes = {}): Underlay {
  const hosts = [
    host('x1', 'x', 'red', '10.1.0.1'),
    host('x2', 'x', 'red', '10.1.0.2'),
    host('x3', 'x', 'blue', '10.1.0.3'),
    { ...host('y1', 'y', 'red', '10.2.0.1'), ...y1 },
  ]
  const translations = [{ node: 'y1', outside: parseAddress('203.0.113.9'), inside: parseAddress('10.2.0.1') }]
  const networks = [
    { ...network('x', '10.1.0.0/16'), ...x },
    { ...network('y', '10.2.0.0/16'), uplink: { ...uplink, nat: { kind: 'one-to-one' as const, translations } }, ...y },
  ]
  return {
    hosts: new Map(hosts.map((one) => [one.node, one])),
    networks: new Map(networks.map((one) => [one.name, one])),
    internet: { mtuBytes: 1500, families: [4, 6], ...internet },
  }
}
const packetTo = (to: string, more: Partial<Packet> = {}): Packet => ({
  family: 4,
  source: parseAddress('10.1.0.1'),
  destination: parseAddress(to),
  protocol: 'udp',
  sourcePort: 51820,
  destinationPort: 51820,
  sizeBytes: 100,
  mark: 0,
  ...more,
})
const send = (to: string, changes: Changes = {}, more: Partial<Packet> = {}, isToRouter = true) =>
  carry(indexUnderlay(underlay(changes), []), 'x1', packetTo(to, more), { isToRouter })
const lostAs = (reason: string) => expect.objectContaining({ kind: 'lost', reason })
const masquerading = (
  more: Partial<Extract<Uplink['nat'], { kind: 'masquerade' }>> = {},
): Partial<UnderlayNetwork> => ({
  uplink: {
    ...uplink,
    fromInternet: DROP_ALL,
    nat: { kind: 'masquerade', outside: [parseAddress('203.0.113.9')], forwards: [], isLetIn: true, ...more },
  },
})
const forward = {
  node: 'y1',
  outside: parseAddress('203.0.113.9'),
  outsidePort: 51820,
  inside: parseAddress('10.2.0.1'),
  insidePort: 5000,
}

describe('inside of a network', () => {
  test('machines of one wire have each other, with the router or without', () => {
    const arrived = { kind: 'arrived', node: 'x2', way: { kind: 'private', networks: ['x'], mtuBytes: 9000 } }
    expect(send('10.1.0.2', {}, {}, false)).toMatchObject(arrived)
    expect(send('10.1.0.2')).toMatchObject(arrived)
  })

  test('to another wire the router forwards, unless it does not', () => {
    expect(send('10.1.0.3')).toMatchObject({ kind: 'arrived', node: 'x3' })
    expect(send('10.1.0.3', {}, {}, false)).toMatchObject({ kind: 'left', to: 'network' })
    expect(send('10.1.0.3', { x: { routesBetweenSegments: false } })).toEqual(
      lostAs('x does not forward between red and blue'),
    )
  })

  test('a next hop on the wire takes what is for others; one that nobody has is lost', () => {
    const by = (via: string) =>
      carry(indexUnderlay(underlay(), []), 'x1', packetTo('10.9.9.9'), { via: parseAddress(via), isToRouter: false })
    expect(by('10.1.0.2')).toMatchObject({ kind: 'arrived', node: 'x2' })
    expect(by('10.1.0.77')).toEqual(lostAs("nobody on the wire of x1 has the next hop's address"))
  })

  test('a router that a route names sends back over the wire what is for a machine of it', () => {
    const index = indexUnderlay(underlay({ x: { routesBetweenSegments: false } }), [])
    const router = { via: parseAddress('10.1.0.254'), isToRouter: true }
    expect(carry(index, 'x1', packetTo('10.1.0.2'), router)).toMatchObject({ kind: 'arrived', node: 'x2' })
    expect(carry(index, 'x1', packetTo('10.1.0.3'), router)).toMatchObject({ kind: 'lost' })
  })

  test('a machine without an address has a wire and a network where it meets nobody', () => {
    const lone = { ...host('x1', 'x', 'red', '10.1.0.1'), addresses: [] }
    const index = indexUnderlay({ ...underlay(), hosts: new Map([['x1', lone]]) }, [])
    expect(carry(index, 'x1', packetTo('10.1.0.2'), { isToRouter: true })).toMatchObject({
      kind: 'left',
      to: 'network',
    })
  })

  test('checks of source and destination at the port of a machine', () => {
    const x = { sourceCheck: true }
    expect(send('10.1.0.2', { x })).toMatchObject({ kind: 'arrived' })
    expect(send('10.1.0.2', { x }, { source: parseAddress('10.1.0.9') })).toEqual(
      lostAs("the source check of x drops what does not come from x1's own address"),
    )
    const via = parseAddress('10.1.0.2')
    expect(carry(indexUnderlay(underlay({ x }), []), 'x1', packetTo('10.9.9.9'), { via, isToRouter: false })).toEqual(
      lostAs("the destination check of x drops what is not for x2's own address"),
    )
  })

  test('IPv6 has its own MTU, where that is another, and fragments that are lost', () => {
    const six = { family: 6 as const, source: parseAddress('2001:db8::1') }
    const { way } = send('2001:db8::9', { x: { ipv6MtuBytes: 1400 } }, six, false)
    expect(way).toMatchObject({ mtuBytes: 1400, losesFragments: true })
  })

  test('a filter between its machines keeps state: who was stopped would come in as an answer', () => {
    expect(send('10.1.0.2', { x: { inside: DROP_ALL } })).toMatchObject({
      kind: 'lost',
      reason: 'a filter inside x does not let UDP port 51820 through',
      stoppedAtState: { node: 'x2' },
    })
  })

  test('a machine that nobody declared, link-local addresses, and addresses that nobody has', () => {
    const index = indexUnderlay(underlay(), [])
    expect(carry(index, 'z', packetTo('10.1.0.2'), { isToRouter: true })).toEqual({
      kind: 'lost',
      reason: 'nobody knows in which network z stands',
      way: { kind: 'private', networks: [], mtuBytes: 0, losesFragments: false },
    })
    const astray = { ...underlay(), hosts: new Map([['x1', host('x1', 'nowhere', 'red', '10.1.0.1')]]) }
    expect(carry(indexUnderlay(astray, []), 'x1', packetTo('10.1.0.2'), { isToRouter: true })).toEqual(
      lostAs('nobody knows in which network x1 stands'),
    )
    expect(send('169.254.1.1')).toEqual(lostAs('a router carries no link-local address'))
    expect(send('10.1.0.99')).toMatchObject({ kind: 'left', to: 'network' })
    const x = { prefixes: [parsePrefix('10.1.0.0/16'), parsePrefix('10.5.0.0/16')] }
    expect(send('10.5.0.99', { x })).toMatchObject({ kind: 'left', to: 'network' })
  })
})

describe('over the internet', () => {
  test('to a public address, as narrow as the narrowest on the way', () => {
    expect(send('203.0.113.9')).toMatchObject({
      kind: 'arrived',
      node: 'y1',
      packet: { destination: parseAddress('10.2.0.1'), source: parseAddress('10.1.0.1') },
      way: { kind: 'public', networks: ['x', 'internet', 'y'], mtuBytes: 1500, losesFragments: false },
    })
    const mtuOf = (changes: Changes) => send('203.0.113.9', changes).way.mtuBytes
    expect(mtuOf({ internet: { mtuBytes: 1400 } })).toBe(1400)
    expect(mtuOf({ x: { uplink: { ...uplink, mtuBytes: 1300 } } })).toBe(1300)
    expect(mtuOf({ x: { mtuBytes: 1200 } })).toBe(1200)
    expect(mtuOf({ y: { mtuBytes: 1100 } })).toBe(1100)
    expect(send('203.0.113.9', { y1: { mtuBytes: 1000 } }).way).toMatchObject({ mtuBytes: 1500 })
    expect(send('203.0.113.9', { y1: { mtuBytes: 1000 } }).way.lastWireMtuBytes).toBe(1000)
    expect(send('203.0.113.9', { y1: { mtuBytes: 9000 } }).way).not.toHaveProperty('lastWireMtuBytes')
  })

  test('or away, where nobody of ours is', () => {
    expect(send('9.9.9.9')).toMatchObject({ kind: 'left', to: 'internet', way: { networks: ['x', 'internet'] } })
  })

  test('not without an uplink, nor one of the family, nor past a firewall', () => {
    const { uplink: _, ...closed } = network('x', '10.1.0.0/16')
    const bare = { ...underlay(), networks: new Map([['x', closed]]) }
    expect(carry(indexUnderlay(bare, []), 'x1', packetTo('9.9.9.9'), { isToRouter: true })).toEqual(
      lostAs('x has no way to the IPv4 internet'),
    )
    expect(send('9.9.9.9', { x: { uplink: { ...uplink, families: [6] } } })).toEqual(
      lostAs('x has no way to the IPv4 internet'),
    )
    expect(send('9.9.9.9', { x: { uplink: { ...uplink, toInternet: DROP_ALL } } })).toEqual(
      lostAs('the firewall of x does not let UDP port 51820 through'),
    )
    expect(send('9.9.9.9', { internet: { families: [6] } })).toEqual(lostAs('the internet carries no IPv4 here'))
  })

  test('nor into a network that has no uplink, none of the family, or a firewall', () => {
    const y = { uplink: { ...uplink, nat: oneToOne(), fromInternet: DROP_ALL } }
    expect(send('203.0.113.9', { y })).toMatchObject({
      reason: 'the firewall of y does not let UDP port 51820 through',
      stoppedAtState: { node: 'y1' },
    })
    const six = { uplink: { ...uplink, nat: oneToOne(), families: [6 as const] } }
    expect(send('203.0.113.9', { y: six })).toEqual(lostAs('y has no way from the IPv4 internet'))
  })

  const oneToOne = () => ({
    kind: 'one-to-one' as const,
    translations: [{ node: 'y1', outside: parseAddress('203.0.113.9'), inside: parseAddress('10.2.0.1') }],
  })
})

describe('translation', () => {
  test('a private address behind NAT is none of the internet, and a shared one lets in answers alone', () => {
    expect(send('10.2.0.1')).toMatchObject({ kind: 'left', to: 'internet' })
    expect(send('203.0.113.9', { y: masquerading() })).toEqual(
      lostAs('the NAT of y lets only answers in, and forwards no such port'),
    )
  })

  test('an answer to what has no ports keeps those that it has', () => {
    const answer = {
      node: 'y1',
      address: parseAddress('10.2.0.1'),
      asked: { address: parseAddress('203.0.113.50') },
      translations: [],
      trackedBy: new Set<string>(),
    }
    expect(send('203.0.113.9', { y: masquerading() }, { answer })).toMatchObject({
      packet: { sourcePort: 51820, destinationPort: 51820 },
    })
  })

  test('a forwarded port comes in past the firewall, unless it is not let in', () => {
    expect(send('203.0.113.9', { y: masquerading({ forwards: [forward] }) })).toMatchObject({
      kind: 'arrived',
      packet: { destination: forward.inside, destinationPort: 5000 },
    })
    expect(send('203.0.113.9', { y: masquerading({ forwards: [forward], isLetIn: false }) })).toMatchObject({
      reason: 'the firewall of y does not let UDP port 5000 through',
    })
  })

  test('ports that nobody forwards, and what is no UDP, are lost at the NAT', () => {
    const reason = lostAs('the NAT of y lets only answers in, and forwards no such port')
    expect(send('203.0.113.9', { y: masquerading({ forwards: [forward] }) }, { destinationPort: 51821 })).toEqual(
      reason,
    )
    expect(send('203.0.113.9', { y: masquerading({ forwards: [forward] }) }, { protocol: 'tcp' })).toEqual(reason)
  })

  const shownAs = (nat: Uplink['nat'], more: Partial<Packet> = {}) => {
    const { packet } = send('9.9.9.9', { x: { uplink: { ...uplink, nat } } }, more) as { packet: Packet }
    return { source: packet.source, port: packet.sourcePort }
  }

  test('what goes out is shown by the address of its machine, the shared one, or by nobody', () => {
    const [own, shared, nobody] = ['203.0.113.1', '203.0.113.2', '192.0.0.8'].map((text) => parseAddress(text))
    if (!own || !shared) throw new Error('there are three')
    const translations = [
      { node: 'x2', outside: shared, inside: parseAddress('10.1.0.1') },
      { node: 'x1', outside: own, inside: parseAddress('10.1.0.1') },
    ]
    expect(shownAs({ kind: 'one-to-one', translations }).source).toEqual(own)
    expect(shownAs({ kind: 'one-to-one', translations: [] }).source).toEqual(nobody)
    const nat = { kind: 'masquerade', outside: [parseAddress('2001:db8::1'), shared], isLetIn: true } as const
    expect(shownAs({ ...nat, forwards: [] })).toEqual({ source: shared, port: 51820 })
    expect(shownAs({ ...nat, outside: [], forwards: [] }).source).toEqual(nobody)
    const back = { node: 'x1', outside: shared, outsidePort: 4000, inside: parseAddress('10.1.0.1'), insidePort: 51820 }
    expect(shownAs({ ...nat, forwards: [back] })).toEqual({ source: shared, port: 4000 })
    expect(shownAs({ ...nat, forwards: [back] }, { protocol: 'tcp' })).toEqual({ source: shared, port: 51820 })
    expect(shownAs({ ...nat, forwards: [{ ...back, insidePort: 1 }] }).port).toBe(51820)
    expect(shownAs({ ...nat, forwards: [{ ...back, inside: parseAddress('10.1.0.2') }] }).port).toBe(51820)
    expect(shownAs({ ...nat, forwards: [{ ...back, outside: own }] }).port).toBe(51820)
  })

  test('an answer goes back to who asked, under the address that was asked', () => {
    const asked = { address: parseAddress('203.0.113.50'), port: 7 }
    const answer = { node: 'y1', address: parseAddress('10.2.0.1'), port: 9, asked, translations: [] }
    const y = masquerading()
    expect(send('203.0.113.9', { y }, { answer: { ...answer, trackedBy: new Set() } })).toMatchObject({
      kind: 'arrived',
      node: 'y1',
      packet: { source: asked.address, sourcePort: 7, destination: parseAddress('10.2.0.1'), destinationPort: 9 },
    })
    const untranslated = { ...answer, address: parseAddress('203.0.113.9'), trackedBy: new Set<string>() }
    expect(send('203.0.113.9', { y }, { answer: untranslated })).toMatchObject({ kind: 'lost' })
  })
})

test('an answer to a machine whose network has no uplink, or is none, does not come there', () => {
  const answer = { node: 'y1', address: parseAddress('10.2.0.1'), translations: [], trackedBy: new Set<string>() }
  const arriving = (network: string) => {
    const declared = underlay({ y1: { network } })
    const { uplink: _, ...closed } = declared.networks.get('x') as UnderlayNetwork
    const networks = new Map([...declared.networks, ['closed', { ...closed, name: 'closed' }]])
    const index = indexUnderlay({ ...declared, networks }, [])
    return carry(index, 'x1', packetTo('203.0.113.9', { answer }), { isToRouter: true })
  }
  const none = (name: string) => lostAs(`network ${name} has no way to the internet`)
  expect(arriving('y')).toMatchObject({ kind: 'arrived' })
  expect(arriving('closed')).toEqual(none('closed'))
  expect(arriving('nowhere')).toEqual(none('nowhere'))
})

describe('public addresses of the own network', () => {
  const nat = {
    kind: 'one-to-one' as const,
    translations: [
      { node: 'x1', outside: parseAddress('203.0.113.1'), inside: parseAddress('10.1.0.1') },
      { node: 'x3', outside: parseAddress('203.0.113.3'), inside: parseAddress('10.1.0.3') },
    ],
  }

  test('are turned round by the router, out of sight of the internet', () => {
    expect(send('203.0.113.3', { x: { uplink: { ...uplink, nat } }, internet: { families: [] } })).toMatchObject({
      kind: 'arrived',
      node: 'x3',
      packet: { source: parseAddress('203.0.113.1') },
      way: { kind: 'private', networks: ['x'], mtuBytes: 1500 },
    })
  })

  test('unless it turns none', () => {
    expect(send('203.0.113.3', { x: { uplink: { ...uplink, nat, hairpins: false } } })).toEqual(
      lostAs('x does not turn its own public addresses round'),
    )
  })

  test('and filters hold there too, without any memory of an answer', () => {
    const refused = send('203.0.113.3', { x: { uplink: { ...uplink, nat, fromInternet: DROP_ALL } } })
    expect(refused).toMatchObject({ reason: 'the firewall of x does not let UDP port 51820 through' })
    expect(refused).not.toHaveProperty('stoppedAtState')
    expect(send('203.0.113.3', { x: { uplink: { ...uplink, nat }, inside: DROP_ALL } })).toMatchObject({
      reason: 'a filter inside x does not let UDP port 51820 through',
    })
  })
})
