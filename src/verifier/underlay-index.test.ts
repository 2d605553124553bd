import { expect, test } from 'vitest'
import { type Entry, type NodeState, parseAddress } from '../model/index.ts'
import { addressKey } from './address-key.ts'
import type { Underlay } from './underlay.ts'
import { indexUnderlay } from './underlay-index.ts'

test('addresses that Damask puts on a link of the underlay are met on its wire, those on its own links are not', () => {
  const [own, beside, inside] = ['10.1.0.1', '10.9.0.1', '10.42.0.1'].map((text) => parseAddress(text))
  if (!own || !beside || !inside) throw new Error('there are three')
  const host = { node: 'm', network: 'x', segment: 'red', addresses: [{ address: own, length: 24 }], defaultRoutes: [] }
  const underlay: Underlay = {
    hosts: new Map([['m', host]]),
    networks: new Map(),
    internet: { mtuBytes: 1500, families: [4] },
  }
  const entries: Entry[] = [
    { kind: 'link', name: 'damask0', type: { kind: 'dummy' }, mtuBytes: 1440, because: [] },
    { kind: 'address', link: 'damask0', address: inside, because: [] },
    { kind: 'address', link: 'eth0', address: beside, because: [] },
  ]
  const states = ['m', 'nowhere'].map((node): NodeState => ({ node, gatewayAddresses: {}, parts: [entries] }))
  const { wires, members } = indexUnderlay(underlay, states)
  expect([...wires]).toEqual([
    [
      'x/red',
      new Map([
        [addressKey(own), 'm'],
        [addressKey(beside), 'm'],
      ]),
    ],
  ])
  expect([...members]).toEqual([['x', new Map([[addressKey(own), 'm']])]])
})
