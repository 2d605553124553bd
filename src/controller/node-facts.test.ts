import { describe, expect, test } from 'vitest'
import type { PrivateAddress } from '../model/index.ts'
import { coreNode, type NodeWords, network } from './cluster.fixture.ts'
import { linkAddressesOf } from './mesh-node.ts'
import { nodeFacts } from './node-facts.ts'

const links = (...texts: readonly string[]): readonly PrivateAddress[] =>
  linkAddressesOf({ linkAddresses: texts }) ?? []

type Circumstances = { readonly by?: object; readonly on?: readonly PrivateAddress[] | undefined }

/** As a person would write them, and after `!` what is wrong. */
function factsText(words: NodeWords, more: Circumstances = {}) {
  const on = 'on' in more ? more.on : links('172.31.0.11/20')
  const { labels, spec, problems } = nodeFacts(coreNode('aws-1', words), on, network(more.by))
  const { endpoint, privateAddresses, ...rest } = spec
  const parts = [
    ...Object.entries(labels).map(([name, value]) => `${name}=${value}`),
    ...Object.entries(rest).map(([name, value]) => `${name} ${value}`),
    ...(privateAddresses ? [`at ${privateAddresses}`] : []),
    ...(endpoint ? [`by ${endpoint.host} ${endpoint.port}`] : []),
  ]
  return [parts.join(', '), ...problems.map((problem) => `! ${problem}`)].join('\n')
}

const of = (annotations: Readonly<Record<string, string>>, more: NodeWords = {}): NodeWords => ({
  ...more,
  annotations,
})
const REGION = { 'topology.kubernetes.io/region': 'west' }
const BY_FIELD = { by: { sites: { by: 'field' } } }
const BY_NODE = { by: { sites: { by: 'node' } } }

describe('the facts of a node', () => {
  test('are what Kubernetes says of it, with the length that its agent found', () => {
    const words = {
      labels: { ...REGION, other: 'x' },
      podCIDRs: ['10.42.1.0/24', 'FD42:1::/64'],
      external: ['203.0.113.11'],
    }
    expect(factsText(words)).toBe(
      'topology.kubernetes.io/region=west, podPrefixes 10.42.1.0/24,fd42:1::/64, at 172.31.0.11/20, by 203.0.113.11 51820',
    )
  })

  test.each([
    [
      'by label, the annotation before it',
      of({ 'damask.dev/site': 'east', 'kilo.squat.ai/location': 'k' }, { labels: REGION }),
      {},
      'topology.kubernetes.io/region=east, at 172.31.0.11/20',
    ],
    [
      "Kilo's location",
      of({ 'kilo.squat.ai/location': 'Rack_7' }, { labels: REGION }),
      {},
      'topology.kubernetes.io/region=Rack_7, at 172.31.0.11/20',
    ],
    ['none', {}, {}, 'at 172.31.0.11/20'],
    [
      'an empty annotation says nothing',
      of({ 'damask.dev/site': ' ' }, { labels: REGION }),
      {},
      'topology.kubernetes.io/region=west, at 172.31.0.11/20',
    ],
    ['by field', of({ 'damask.dev/site': 'east' }, { labels: REGION }), BY_FIELD, 'site east, at 172.31.0.11/20'],
    ['by field, without an annotation', { labels: REGION }, BY_FIELD, 'at 172.31.0.11/20'],
    ['by node', of({ 'damask.dev/site': 'east' }, { labels: REGION }), BY_NODE, 'at 172.31.0.11/20'],
    [
      'to Kilo without an internal address: a site of its own',
      of({ 'kilo.squat.ai/location': 'k', 'kilo.squat.ai/force-internal-ip': '-' }, { labels: REGION }),
      {},
      'at 172.31.0.11/20',
    ],
    [
      'the same, but with a site of ours',
      of({ 'damask.dev/site': 'east', 'kilo.squat.ai/force-internal-ip': '' }),
      {},
      'topology.kubernetes.io/region=east, at 172.31.0.11/20',
    ],
    [
      'a wrong one is not the end of it',
      of({ 'damask.dev/site': 'a b', 'kilo.squat.ai/location': 'k' }),
      {},
      'topology.kubernetes.io/region=k, at 172.31.0.11/20\n! annotation damask.dev/site is "a b"; expected what the value of a label may be: at most 63 letters, digits, hyphens, dots and underscores; annotation kilo.squat.ai/location counts instead',
    ],
    [
      'wrong by field',
      of({ 'damask.dev/site': 'East' }),
      BY_FIELD,
      'at 172.31.0.11/20\n! annotation damask.dev/site is "East"; expected a DNS label: at most 63 lower-case letters, digits and hyphens; until then the node is a site of its own',
    ],
  ])('site %s', (_, words, more, wanted) => expect(factsText(words, more)).toBe(wanted))

  test.each([
    ['203.0.113.7', '203.0.113.7 51820'],
    ['203.0.113.7:1337', '203.0.113.7 1337'],
    ['2001:DB8::7', '2001:db8::7 51820'],
    ['[2001:db8::7]', '2001:db8::7 51820'],
    ['[2001:db8::7]:1337', '2001:db8::7 1337'],
    ['Edge.example.com:1337', 'edge.example.com 1337'],
    ['edge', 'edge 51820'],
  ])('an endpoint may be %s', (text, wanted) => {
    for (const name of ['damask.dev/endpoint', 'kilo.squat.ai/force-endpoint'])
      expect(factsText(of({ [name]: text }, { external: ['203.0.113.99'] }))).toBe(`at 172.31.0.11/20, by ${wanted}`)
  })

  test.each([
    ':1337',
    'a:0',
    'a:65536',
    'a:b',
    'a:',
    '[a]:1',
    '[203.0.113.7]:1',
    '203.0.113',
    '1.2.3.4.5:1',
    'a b',
    '2001:db8::7::1',
    '203.0.113.7:1:2',
    '_x',
  ])('an endpoint may not be %s: the ExternalIP counts', (text) =>
    expect(factsText(of({ 'damask.dev/endpoint': text }, { external: ['203.0.113.99'] }))).toBe(
      `at 172.31.0.11/20, by 203.0.113.99 51820\n! annotation damask.dev/endpoint is "${text}"; expected HOST, HOST:PORT or [IPV6]:PORT, as in 203.0.113.7:51820, or - for none; its ExternalIP counts instead`,
    ),
  )

  test.each([
    ['none: behind NAT', {}, {}, ''],
    [
      'none by annotation, whatever the ExternalIP',
      of({ 'damask.dev/endpoint': '-' }, { external: ['203.0.113.99'] }),
      {},
      '',
    ],
    [
      'ours before that of Kilo',
      of({ 'damask.dev/endpoint': 'a', 'kilo.squat.ai/force-endpoint': 'b:1' }),
      {},
      ', by a 51820',
    ],
    [
      "at the Network's port",
      { external: ['203.0.113.99'] },
      { by: { tunnel: { kind: 'wireguard', port: 4500 } } },
      ', by 203.0.113.99 4500',
    ],
    [
      'of the family of the private address',
      { external: ['2001:db8::1', '203.0.113.99'] },
      {},
      ', by 203.0.113.99 51820',
    ],
    ['of the other where there is none', { external: ['2001:db8::1'] }, {}, ', by 2001:db8::1 51820'],
  ])('endpoint %s', (_, words, more, wanted) => expect(factsText(words, more)).toBe(`at 172.31.0.11/20${wanted}`))

  test.each([
    ['before its agent said anything', {}, { on: undefined }, ''],
    [
      'of both families',
      { internal: ['172.31.0.11', 'fd00::11'] },
      { on: links('fd00::11/64', '172.31.0.11/20') },
      'at 172.31.0.11/20,fd00::11/64',
    ],
    [
      'one of each',
      { internal: ['172.31.0.11', '172.31.9.9'] },
      { on: links('172.31.9.9/24', '172.31.0.11/20') },
      'at 172.31.0.11/20',
    ],
    ['only the one that is known', { internal: ['fd00::11', '172.31.0.11'] }, {}, 'at 172.31.0.11/20'],
    [
      'by annotation with its length, before the agent',
      of({ 'damask.dev/private-address': '10.1.2.3/16' }),
      { on: undefined },
      'at 10.1.2.3/16',
    ],
    [
      'by annotation without',
      of({ 'damask.dev/private-address': '10.1.2.3' }),
      { on: links('172.31.0.11/20', '10.1.2.3/16') },
      'at 10.1.2.3/16',
    ],
    [
      'by annotation without, before the agent',
      of({ 'damask.dev/private-address': '10.1.2.3' }),
      { on: undefined },
      '',
    ],
    [
      'two by annotation',
      of({ 'damask.dev/private-address': '10.1.2.3/16, fd00::3' }),
      { on: links('fd00::3/64') },
      'at 10.1.2.3/16,fd00::3/64',
    ],
    ['forced by Kilo', of({ 'kilo.squat.ai/force-internal-ip': '10.1.2.3/16' }), {}, 'at 10.1.2.3/16'],
    [
      'not an address of an agent that lies',
      {},
      { on: links('10.9.9.9/8', '172.31.0.11/0', '172.31.0.11/33', '172.31.0.11/24') },
      'at 172.31.0.11/24',
    ],
    [
      'on no link',
      {},
      { on: links('10.1.2.3/16') },
      '\n! its InternalIP is "172.31.0.11"; expected an address that a link of the machine has (10.1.2.3/16); name the one that its neighbours reach it by in the annotation damask.dev/private-address; until then the node is not joined',
    ],
    [
      'wrong',
      of({ 'damask.dev/private-address': '10.1.2.3/4' }),
      {},
      'at 172.31.0.11/20\n! annotation damask.dev/private-address is "10.1.2.3/4"; expected an address of the machine, with the length of its subnet (8 to 32, IPv6 16 to 128) or without, as in 172.31.0.11/20; its InternalIP counts instead',
    ],
  ])('private address %s', (_, words, more, wanted) => expect(factsText(words, more)).toBe(wanted))

  test.each([
    ['gateway prefer', of({ 'damask.dev/gateway': 'prefer' }), 'gateway prefer, '],
    [
      'gateway never, whatever Kilo says',
      of({ 'damask.dev/gateway': 'never', 'kilo.squat.ai/leader': 'true' }),
      'gateway never, ',
    ],
    ['a leader of Kilo', of({ 'kilo.squat.ai/leader': '' }), 'gateway prefer, '],
    ['no leader of Kilo', of({ 'kilo.squat.ai/leader': 'false', 'kilo.squat.ai/persistent-keepalive': '25' }), ''],
    [
      'offered prefixes',
      of({ 'damask.dev/offered-prefixes': '192.168.7.0/24, FD07::/64,192.168.7.0/24' }),
      'offeredPrefixes 192.168.7.0/24,fd07::/64, ',
    ],
    [
      "Kilo's, with host bits",
      of({ 'kilo.squat.ai/allowed-location-ips': '192.168.7.5/24,192.168.178.3/32' }),
      'offeredPrefixes 192.168.7.0/24,192.168.178.3/32, ',
    ],
  ])('%s', (_, words, wanted) => expect(factsText(words)).toBe(`${wanted}at 172.31.0.11/20`))

  test('what is wrong in a list is left out of it, and a wrong wish is none', () => {
    const annotations = { 'damask.dev/offered-prefixes': '192.168.7.0/24,x', 'damask.dev/gateway': 'yes' }
    expect(factsText({ annotations })).toBe(
      `offeredPrefixes 192.168.7.0/24, at 172.31.0.11/20
! annotation damask.dev/offered-prefixes has "x" in its list; expected a prefix such as 192.168.7.0/24; the others count
! annotation damask.dev/gateway is "yes"; expected prefer, allow or never; until then it is allow`,
    )
  })
})
