import { expect, test } from 'vitest'
import {
  type Change,
  type PublicKey,
  parseAddress,
  parsePrefix,
  wireguardDevice,
  wireguardPeer,
} from '../../model/index.ts'
import { NO_KEY } from './device-settings.ts'
import { mergeSettings, settingsOf } from './settings-of-change.ts'

const link = 'damask-t1'
const KEY = 'own' as PublicKey
const privateKeys = new Map([[KEY, 'secret']])
const device = wireguardDevice({ link, publicKey: KEY, listenPort: 51820, mark: 0x1000, because: [] })
const endpoint = { address: parseAddress('203.0.113.1'), port: 51820 }
const publicKey = 'far' as PublicKey
const peer = wireguardPeer({
  link,
  publicKey,
  endpoint,
  allowedIps: [parsePrefix('10.1.0.0/24'), parsePrefix('10.2.0.0/24')],
  keepaliveSeconds: 25,
  because: [],
})
const of = (change: Change) => settingsOf(change, privateKeys)
const peerUpdate = (entry: typeof peer) => of({ op: 'update', entry, observed: peer }).peers[0]

test('a new device gets key, port and mark; a deleted one loses them', () => {
  expect(of({ op: 'create', entry: device })).toEqual({
    privateKey: 'secret',
    listenPort: 51820,
    mark: 0x1000,
    peers: [],
  })
  expect(of({ op: 'delete', entry: device })).toEqual({ privateKey: NO_KEY, listenPort: 0, mark: 0, peers: [] })
})

test('an update of a device writes only what differs, and needs the private key only for a new one', () => {
  const update = (entry: typeof device) => settingsOf({ op: 'update', entry, observed: device }, new Map())
  expect(update({ ...device, listenPort: 51821 })).toEqual({ listenPort: 51821, peers: [] })
  expect(update({ ...device, mark: 0 })).toEqual({ mark: 0, peers: [] })
  expect(() => update({ ...device, publicKey: 'other' as PublicKey })).toThrow(
    'damask-t1 is to have the key other: ENOKEY - its private half is not on this node',
  )
})

test('a new peer gets all of it, in the place of what may stand there', () => {
  expect(of({ op: 'create', entry: peer }).peers).toEqual([
    { publicKey, endpoint, keepaliveSeconds: 25, replaceAllowedIps: true, allowedIps: peer.allowedIps },
  ])
})

test('a peer without an endpoint keeps the one it has learned', () => {
  const { endpoint: _, ...silent } = peer
  expect(peerUpdate({ ...silent, keepaliveSeconds: 5 })).toEqual({ publicKey, updateOnly: true, keepaliveSeconds: 5 })
  expect(peerUpdate({ ...peer, endpoint: { ...endpoint, port: 51821 } })).toEqual({
    publicKey,
    updateOnly: true,
    endpoint: { ...endpoint, port: 51821 },
  })
})

test('allowed IPs are added and taken away one by one; those that stay are not named', () => {
  const more = [...peer.allowedIps, parsePrefix('10.3.0.0/24')]
  const allowedIps = [parsePrefix('10.3.0.0/24')]
  const removedIps = [parsePrefix('10.1.0.0/24')]
  expect(peerUpdate({ ...peer, allowedIps: more })).toEqual({ publicKey, updateOnly: true, allowedIps })
  expect(peerUpdate({ ...peer, allowedIps: more.slice(1) })).toEqual({
    publicKey,
    updateOnly: true,
    allowedIps,
    removedIps,
  })
  expect(peerUpdate({ ...peer, allowedIps: [] })).toEqual({ publicKey, updateOnly: true, removedIps: peer.allowedIps })
})

test('settings of one device become one message, peers in their order', () => {
  const merged = mergeSettings([
    { mark: 1, peers: [] },
    { peers: [{ publicKey, remove: true }] },
    { listenPort: 2, peers: [{ publicKey }] },
  ])
  expect(merged).toEqual({ mark: 1, listenPort: 2, peers: [{ publicKey, remove: true }, { publicKey }] })
})

test('a prefix that goes from one peer to another in one message is only given: that takes it in the same instant', () => {
  const [moved, gone] = [parsePrefix('10.1.0.0/24'), parsePrefix('10.2.0.0/24')]
  const other = 'other' as PublicKey
  const loser = { publicKey, updateOnly: true } as const
  const taker = { publicKey: other, updateOnly: true, allowedIps: [moved] } as const
  const lossOf = (...removedIps: (typeof moved)[]) => ({ peers: [{ ...loser, removedIps }] })
  expect(mergeSettings([lossOf(moved, gone), { peers: [taker] }])).toEqual({
    peers: [{ ...loser, removedIps: [gone] }, taker],
  })
  expect(mergeSettings([lossOf(moved), { peers: [taker] }])).toEqual({ peers: [loser, taker] })
  expect(mergeSettings([lossOf(moved)])).toEqual(lossOf(moved))
})
