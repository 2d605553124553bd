import { expect, it } from 'vitest'
import { type Change, type PublicKey, parseAddress, wireguardPeer } from '../model/index.ts'
import { watchPeers } from './peer-activity.ts'

const KEY = 'key' as PublicKey
const ENDPOINT = { address: parseAddress('192.168.1.12'), port: 51836 }

const creationOn = (link: string): Change => ({
  op: 'create',
  entry: wireguardPeer({ link, publicKey: KEY, allowedIps: [], keepaliveSeconds: 25, because: [] }),
})
const endpointIn = ({ entry }: Change) => (entry.kind === 'wireguard-peer' ? entry.endpoint : undefined)

it('a node that moved to another site is not looked for where it was inside the old one', () => {
  const peers = watchPeers(new Map(), () => {})
  peers.record([
    { link: 'damask-f1', publicKey: KEY, endpoint: ENDPOINT, lastHandshake: 1, receivedBytes: 0, sentBytes: 0 },
  ])
  expect(endpointIn(peers.complete(creationOn('damask-f1')))).toEqual(ENDPOINT)
  expect(endpointIn(peers.complete(creationOn('damask-t1')))).toBeUndefined()
})

it('what was known in an earlier life counts, for the link that it was known of', () => {
  const before = watchPeers(new Map([[`damask-t1 ${KEY}`, ENDPOINT]]), () => {})
  expect(before.endpointOf({ link: 'damask-t1', publicKey: KEY })).toEqual(ENDPOINT)
  expect(before.endpointOf({ link: 'damask-f1', publicKey: KEY })).toBeUndefined()
})
