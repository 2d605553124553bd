import { describe, expect, it } from 'vitest'
import {
  type Network,
  type Node,
  type PeerActivity,
  type PublicKey,
  parsePrefix,
  wireguardPeer,
} from '../model/index.ts'
import { preparePlan } from '../planner/index.ts'
import { createNeededHosts } from './needed-hosts.ts'

const B = 'b' as PublicKey
const nodeAt = (name: string, host: string): Node => ({
  name,
  labels: {},
  privateAddresses: [],
  endpoint: { host, port: 51820 },
  podPrefixes: [],
  offeredPrefixes: [],
  gateway: 'allow',
})
const NETWORK: Network = {
  name: 'default',
  podPrefixes: [parsePrefix('10.42.0.0/16')],
  servicePrefixes: [],
  joinPrivateAddresses: false,
  sites: { by: 'node' },
  fabric: { kind: 'direct', encapsulate: 'always', port: 8472 },
  tunnel: { kind: 'wireguard', port: 51820 },
  encryption: 'required',
  gatewaysPerSite: 1,
  masquerade: [],
  mtu: 'auto',
}
const nodes = [nodeAt('a', 'a.example.org'), nodeAt('b', 'gw.example.org'), nodeAt('c', 'gw.example.org')]
const plan = preparePlan({
  network: NETWORK,
  sites: new Map(),
  nodes: new Map(nodes.map((node) => [node.name, node])),
  statuses: new Map([['b', { name: 'b', publicKey: B }]]),
  grants: new Map(),
})
const peer = wireguardPeer({ link: 'damask-t1', publicKey: B, allowedIps: [], keepaliveSeconds: 0, because: [] })

/** Whether b is waited for at these seconds; `activity` of each of them. */
function silentAt(seconds: readonly number[], activity: (second: number) => Partial<PeerActivity>): boolean[] {
  const neededHosts = createNeededHosts('a')
  return seconds.map((second) => {
    const activityOf = () => ({ ...peer, lastHandshake: 0, receivedBytes: 0, sentBytes: 0, ...activity(second) })
    return neededHosts({ plan, peers: () => [peer], activityOf, now: second * 1000 })[0]?.isSilent === true
  })
}

describe('the names that a node needs', () => {
  it('are those of the others, each once with all who are behind it', () => {
    const hosts = createNeededHosts('a')({ plan, peers: () => [], activityOf: () => undefined, now: 0 })
    expect(hosts).toEqual([{ name: 'gw.example.org', nodes: ['b', 'c'], isSilent: false }])
  })

  it('are those of a silent peer before its first handshake, and when one is overdue', () => {
    expect(silentAt([10, 300], () => ({}))).toEqual([true, true])
    expect(silentAt([1100, 1145, 1155], (second) => ({ lastHandshake: 1000, sentBytes: second }))).toEqual([
      false,
      false,
      true,
    ])
  })

  it('are not those of a silent peer where nobody says anything to it', () => {
    const times = [1000, 1200, 1210, 1220]
    expect(silentAt(times, (second) => ({ lastHandshake: 1000, sentBytes: second < 1210 ? 5 : 9 }))).toEqual([
      false,
      false,
      true,
      true,
    ])
  })
})
