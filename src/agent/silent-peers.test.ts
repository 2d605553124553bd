import { expect, it } from 'vitest'
import { type PublicKey, wireguardPeer } from '../model/index.ts'
import { createSilentPeers } from './silent-peers.ts'

const peer = wireguardPeer({
  link: 'damask-t1',
  publicKey: 'aws' as PublicKey,
  allowedIps: [],
  keepaliveSeconds: 25,
  because: [],
})

/** The times, in seconds, at which something is sent to the peer; it was heard from at these. */
function timesOfSending(heardAt: readonly number[], { keepaliveSeconds = 25, lastHandshake = 1 } = {}): number[] {
  const silentPeers = createSilentPeers()
  const times: number[] = []
  for (let second = 0; second <= 120; second += 5) {
    const receivedBytes = heardAt.filter((at) => at <= second).length
    const activityOf = () => ({ ...peer, lastHandshake, receivedBytes, sentBytes: 0 })
    if (silentPeers([{ ...peer, keepaliveSeconds }], { activityOf }, second * 1000).length > 0) times.push(second)
  }
  return times
}

it('a peer that we keep alive gets something to answer each 25 s of its silence', () => {
  expect(timesOfSending([])).toEqual([25, 50, 75, 100])
  expect(timesOfSending([18, 40, 60])).toEqual([85, 110])
})

it('a peer that speaks, that keeps itself alive, or that we have no session with gets nothing', () => {
  expect(timesOfSending([0, 20, 40, 60, 80, 100, 120])).toEqual([])
  expect(timesOfSending([], { keepaliveSeconds: 0 })).toEqual([])
  expect(timesOfSending([], { lastHandshake: 0 })).toEqual([])
})
