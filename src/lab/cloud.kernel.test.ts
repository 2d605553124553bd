// What clouds let through, translate and drop. No agents.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildUnderlay } from '../../test/underlay-under-test.ts'
import { parseAddress, parsePrefix } from '../model/index.ts'
import { within } from './within.ts'

const { heardBy, heardSoonBy, namespaceOf, openUdp, send } = buildUnderlay()

describe('clouds', () => {
  it.each([
    [
      'a node keeps its own public address on the way out, one to one',
      'aws-1',
      '198.51.100.11',
      'gcp-1',
      '203.0.113.11',
    ],
    ['a node without one goes out under that of its cloud', 'aws-2', '198.51.100.11', 'gcp-1', '198.18.0.2'],
    ['a node at home goes out under the one address of the house', 'home-1', '198.51.100.11', 'gcp-1', '198.18.0.10'],
    [
      'a node without translation is reached and seen by its own address',
      'gcp-1',
      '192.0.2.5',
      'open-1',
      '198.51.100.11',
    ],
    ['a node that fills its subnet reaches the internet', 'lone-1', '198.51.100.11', 'gcp-1', '192.0.2.200'],
    ['a node that fills its subnet is reached', 'open-1', '192.0.2.200', 'lone-1', '192.0.2.5'],
    ['a fellow is reached under its public address from inside', 'gcp-1', '198.51.100.12', 'gcp-2', '198.51.100.11'],
    [
      'a fellow is reached so by who has no public address, and sees the router',
      'aws-2',
      '203.0.113.11',
      'aws-1',
      '172.31.0.1',
    ],
    ['a fellow on the wire is reached without translation', 'aws-1', '172.31.0.12', 'aws-2', '172.31.0.11'],
    ['a fellow in another subnet is reached through the router', 'gcp-1', '10.128.1.13', 'gcp-far', '10.128.0.11'],
  ])('%s', async (_, from, to, receiver, seen) => {
    expect(await heardBy(receiver, 51820, () => send({ from, to }))).toBe(seen)
  })

  it('lets nothing in from the internet but what it allows', async () => {
    expect(
      await heardSoonBy('gcp-1', 51821, () => send({ from: 'aws-1', to: '198.51.100.11', port: 51821 })),
    ).toBeUndefined()
  })

  it('lets nobody into a house, but the answer to one who went out', async () => {
    expect(await heardSoonBy('home-1', 51820, () => send({ from: 'gcp-1', to: '198.18.0.10' }))).toBeUndefined()
    const echo = await openUdp('gcp-1', 51820)
    echo.on('message', (bytes, from) => echo.send(bytes, from.port, from.address))
    const asker = await openUdp('home-1', 40_000)
    const answered = once(asker, 'message').then(([, from]) => from.address)
    asker.send('hello', 51820, '198.51.100.11')
    expect(await Promise.race([answered, sleep(60_000)])).toBe('198.51.100.11')
  })

  it('carries jumbo frames on a wire that has them', async () => {
    const bytes = new Uint8Array(8900)
    expect(await heardBy('gcp-2', 51820, () => send({ from: 'gcp-1', to: '10.128.0.12', bytes }))).toBe('10.128.0.11')
  })
})

describe('source check', () => {
  beforeAll(async () => {
    for (const name of ['aws-1', 'gcp-1']) {
      await within(namespaceOf(name), ({ netlink }) => netlink.addAddress('lo', parseAddress('10.42.9.9'), 32))
    }
    for (const [name, via] of [
      ['aws-1', '172.31.0.12'],
      ['gcp-1', '10.128.0.12'],
    ] as const) {
      await within(namespaceOf(name), ({ netlink }) =>
        netlink.addRoute({ to: parsePrefix('10.42.7.7/32'), via: parseAddress(via), link: 'eth0' }),
      )
    }
    for (const name of ['aws-2', 'gcp-2']) {
      await within(namespaceOf(name), ({ netlink }) => netlink.addAddress('lo', parseAddress('10.42.7.7'), 32))
    }
  })

  it('drops what does not come from the node itself', async () => {
    expect(
      await heardSoonBy('aws-2', 51820, () => send({ from: 'aws-1', to: '172.31.0.12', own: '10.42.9.9' })),
    ).toBeUndefined()
  })

  it('drops what is not for the node itself', async () => {
    expect(await heardSoonBy('aws-2', 51820, () => send({ from: 'aws-1', to: '10.42.7.7' }))).toBeUndefined()
  })

  it('lets both pass where it is switched off', async () => {
    expect(await heardBy('gcp-2', 51820, () => send({ from: 'gcp-1', to: '10.128.0.12', own: '10.42.9.9' }))).toBe(
      '10.42.9.9',
    )
    expect(await heardBy('gcp-2', 51820, () => send({ from: 'gcp-1', to: '10.42.7.7' }))).toBe('10.128.0.11')
  })
})
