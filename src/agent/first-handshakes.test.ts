import { describe, expect, it } from 'vitest'
import {
  type Change,
  type NodeState,
  type PeerActivity,
  type PublicKey,
  parseAddress,
  type WireguardPeer,
  wireguardPeer,
} from '../model/index.ts'
import { createFirstHandshakes } from './first-handshakes.ts'

const peerOf = (name: string, fields: Partial<WireguardPeer> = {}): WireguardPeer =>
  wireguardPeer({
    link: 'damask-t1',
    publicKey: name as PublicKey,
    endpoint: { address: parseAddress('203.0.113.1'), port: 51820 },
    allowedIps: [],
    keepaliveSeconds: 25,
    because: [],
    ...fields,
  })
const made = (...peers: readonly WireguardPeer[]): Change[] => peers.map((entry) => ({ op: 'create', entry }))
const planOf = (...peers: readonly WireguardPeer[]): NodeState => ({
  node: 'home',
  gatewayAddresses: {},
  parts: [peers],
})
const NOBODY = { activityOf: () => undefined }
const met = (who: WireguardPeer): { activityOf: (peer: { publicKey: PublicKey }) => PeerActivity | undefined } => ({
  activityOf: ({ publicKey }) =>
    publicKey === who.publicKey
      ? { link: 'damask-t1', publicKey, lastHandshake: 1, receivedBytes: 0, sentBytes: 0 }
      : undefined,
})

describe('the first handshake with a peer', () => {
  it('is begun anew after 0.4, 1.2 and 2.8 s, and then left to WireGuard', () => {
    const handshakes = createFirstHandshakes()
    const peer = peerOf('aws')
    handshakes.watch(made(peer), 0)
    const times: number[] = []
    for (let now = 0; now < 60_000; now += 100)
      if (handshakes.due(planOf(peer), NOBODY, now).length > 0) times.push(now)
    expect(times).toEqual([400, 1200, 2800])
    expect(handshakes.nextAt()).toBeUndefined()
  })

  it('is begun anew with nobody who had one, and with nobody who is gone', () => {
    const handshakes = createFirstHandshakes()
    const [aws, gcp, ali] = [peerOf('aws'), peerOf('gcp'), peerOf('ali')]
    handshakes.watch(made(aws, gcp, ali), 0)
    expect(handshakes.nextAt()).toBe(400)
    expect(handshakes.due(planOf(aws, ali), met(aws), 400)).toEqual([ali])
    expect(handshakes.due(planOf(aws, gcp, ali), met(ali), 5000)).toEqual([])
    expect(handshakes.nextAt()).toBeUndefined()
  })

  it('is left alone where the other side can begin, and where nobody knows where it is', () => {
    const handshakes = createFirstHandshakes()
    const { endpoint: _, ...somewhere } = peerOf('lost')
    handshakes.watch(made(peerOf('aws', { keepaliveSeconds: 0 }), somewhere), 0)
    expect(handshakes.nextAt()).toBeUndefined()
  })
})
