// Clouds whose nodes have IPv6 alone, and one whose IPv6 is narrower than its wires. No agents.
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { underlayOfThisFile } from '../../test/lab-underlay.ts'
import { labCloud, labNode, labOf, labWorld } from '../../test/lab-world.ts'
import { readSysctl } from '../linux/index.ts'
import { within } from './within.ts'

const narrow = { ...labCloud('narrow', 'one-to-one', true), ipv6MtuBytes: 1400 }
const { heardBy, heardSoonBy, send, namespaceOf } = underlayOfThisFile(
  labWorld([
    labNode('narrow-1', 'fd00:a::11/64', '2001:db8:a::11'),
    labNode('narrow-2', 'fd00:a::12/64', '2001:db8:a::12'),
    labNode('narrow-3', 'fd00:a::13/64'),
    labNode('house-1', 'fd00:b::11/64'),
    labNode('open-1', '2001:db8:6::5/64', '2001:db8:6::5'),
    labNode('lone-1', '2001:db8:7::5/128', '2001:db8:7::5'),
  ]),
  labOf([narrow, labCloud('house', 'masquerade'), labCloud('open', 'none'), labCloud('lone', 'none')], {
    'narrow-1': 'narrow',
    'narrow-2': 'narrow',
    'narrow-3': 'narrow',
    'house-1': 'house',
    'open-1': 'open',
    'lone-1': 'lone',
  }),
)

describe('clouds of IPv6 alone', () => {
  it.each([
    ['a node keeps its own public address on the way out', 'narrow-1', '2001:db8:6::5', 'open-1', '2001:db8:a::11'],
    ['a node without one goes out under that of its cloud', 'narrow-3', '2001:db8:6::5', 'open-1', '2001:2::2'],
    ['a node in a house goes out under that of the house', 'house-1', '2001:db8:6::5', 'open-1', '2001:2:0:1::2'],
    ['a node is reached under its public address', 'house-1', '2001:db8:a::11', 'narrow-1', '2001:2:0:1::2'],
    ['a fellow is reached so from inside', 'narrow-1', '2001:db8:a::12', 'narrow-2', '2001:db8:a::11'],
    ['a fellow on the wire is reached without translation', 'narrow-1', 'fd00:a::12', 'narrow-2', 'fd00:a::11'],
    ['public addresses are not translated', 'open-1', '2001:db8:7::5', 'lone-1', '2001:db8:6::5'],
  ])('%s', async (_, from, to, receiver, seen) => {
    expect(await heardBy(receiver, 51_820, () => send({ from, to }), '::')).toBe(seen)
  })

  it('let nobody into a house', async () => {
    expect(
      await heardSoonBy('house-1', 51_820, () => send({ from: 'open-1', to: '2001:2:0:1::2' }), '::'),
    ).toBeUndefined()
  })
})

describe('a cloud whose IPv6 is narrower than its wires', () => {
  const bytes = new Uint8Array(1400) // 1448 on the wire

  it('says so to its nodes', async () => {
    const read = (name: string) =>
      within(namespaceOf(name), ({ namespace }) => readSysctl(namespace, 'net/ipv6/conf/eth0/mtu'))
    expect([await read('narrow-1'), await read('open-1')]).toEqual(['1400', '1500'])
  })

  it('drops what is too large and tells the sender', async () => {
    const sent = () =>
      heardSoonBy('narrow-1', 51_820, () => send({ from: 'open-1', to: '2001:db8:a::11', bytes }), '::')
    const known = () =>
      execFileSync('ip', ['-n', namespaceOf('open-1'), '-6', 'route', 'get', '2001:db8:a::11'], { encoding: 'utf8' })
    expect(await sent()).toBeUndefined()
    expect(known()).toContain(' mtu 1400 ')
  })

  it.each([
    ['from elsewhere', 'open-1', '2001:db8:a::11', 'narrow-1'],
    ['from a fellow on the wire', 'narrow-1', 'fd00:a::12', 'narrow-2'],
  ])('carries no pieces %s', async (_, from, to, receiver) => {
    const pieces = new Uint8Array(2000)
    expect(await heardSoonBy(receiver, 51_820, () => send({ from, to, bytes: pieces }), '::')).toBeUndefined()
    expect(
      await heardBy('lone-1', 51_820, () => send({ from: 'open-1', to: '2001:db8:7::5', bytes: pieces }), '::'),
    ).toBe('2001:db8:6::5')
  })

  it('lets through what fits', async () => {
    const fits = bytes.subarray(0, 1352)
    const sent = () => send({ from: 'lone-1', to: '2001:db8:a::12', bytes: fits })
    expect(await heardBy('narrow-2', 51_820, sent, '::')).toBe('2001:db8:7::5')
  })
})
