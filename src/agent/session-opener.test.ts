import { describe, expect, it } from 'vitest'
import {
  type Change,
  formatAddress,
  link,
  type NodeState,
  type PublicKey,
  parseAddress,
  parsePrefix,
  type WireguardPeer,
  wireguardDevice,
  wireguardPeer,
} from '../model/index.ts'
import { openDatagramSender, peersWithoutSession, wayTo } from './session-opener.ts'

const because = [] as const
const peerOf = (name: string, device: string, ...allowed: readonly string[]): WireguardPeer =>
  wireguardPeer({
    link: device,
    publicKey: name as PublicKey,
    allowedIps: allowed.map(parsePrefix),
    keepaliveSeconds: 25,
    because,
  })

describe('the peers without a session', () => {
  const [first, second, fabric] = [peerOf('aws', 'damask-t1'), peerOf('aws-2', 'damask-t2'), peerOf('b', 'damask-f1')]
  const state: NodeState = { node: 'n', gatewayAddresses: {}, parts: [[first, second], [fabric]] }
  const device = (of: string) =>
    wireguardDevice({ link: of, publicKey: 'own' as PublicKey, listenPort: 51820, mark: 0x1000, because })
  const linkOf = (name: string) => link({ name, type: { kind: 'wireguard' }, mtuBytes: 1420, because })
  const without = (...changes: Change[]) => peersWithoutSession(changes, state)

  it('are those of the device that was made or got another key, and not those of the others', () => {
    expect(without({ op: 'create', entry: linkOf('damask-t2') })).toEqual([second])
    expect(without({ op: 'update', entry: device('damask-f1'), observed: device('damask-f1') })).toEqual([fabric])
    expect(without({ op: 'delete', entry: linkOf('damask-t2') })).toEqual([])
  })

  it('are the new ones, on the device on which they are new', () => {
    const elsewhere = peerOf('aws', 'damask-t2')
    const both: NodeState = { ...state, parts: [[first, elsewhere]] }
    expect(peersWithoutSession([{ op: 'create', entry: elsewhere }], both)).toEqual([elsewhere])
    expect(without({ op: 'update', entry: first, observed: first })).toEqual([])
  })
})

describe('the way to a peer', () => {
  const OURS = { 4: parseAddress('10.4.0.1'), 6: parseAddress('fd04::1') } as const
  const way = (allowed: readonly string[], far?: string, ours: NodeState['gatewayAddresses'] = OURS) => {
    const found = wayTo(peerOf('aws', 'damask-t1', ...allowed), far === undefined ? far : parseAddress(far), ours)
    return found && `${formatAddress(found.from)} to ${formatAddress(found.to)}`
  }

  it('is to the far node’s own address where the peer stands for it, merged with others or not', () => {
    expect(way(['10.0.0.0/8', '10.42.2.0/23'], '10.42.3.1')).toBe('10.4.0.1 to 10.42.3.1')
    expect(way(['10.42.2.0/24', 'fd42:2::/64'], 'fd42:2::1')).toBe('fd04::1 to fd42:2::1')
  })

  it('is into the narrowest prefix where the peer does not stand for that address, or nobody knows it', () => {
    expect(way(['10.42.2.0/24', '192.168.0.0/16'], '10.9.0.1')).toBe('10.4.0.1 to 10.42.2.1')
    expect(way(['0.0.0.0/0', '10.42.2.0/24', '192.168.0.0/16'])).toBe('10.4.0.1 to 10.42.2.1')
    expect(way(['10.0.0.0/8', '172.16.0.3/32', 'fd42:2::/64'])).toBe('10.4.0.1 to 172.16.0.3')
    expect(way(['10.0.0.0/8', 'fd42:2::7/128'])).toBe('fd04::1 to fd42:2::7')
    expect(way(['192.168.0.0/16'])).toBe('10.4.0.1 to 192.168.0.1')
  })

  it('is of a family in which we have an address', () => {
    expect(way(['10.42.2.0/24', 'fd42:2::/64'], '10.42.2.1', { 6: OURS[6] })).toBe('fd04::1 to fd42:2::1')
    expect(way(['10.42.2.0/24'], '10.42.2.1', { 6: OURS[6] })).toBeUndefined()
  })

  it('is none where the peer stands for nothing', () => {
    expect(way([], '10.42.3.1')).toBeUndefined()
  })
})

it('a device that is gone is told of, and stops nobody', () => {
  const refused: unknown[] = []
  const sender = openDatagramSender((what) => refused.push(what))
  const [from, to] = [parseAddress('127.0.0.1'), parseAddress('127.0.0.2')]
  sender.send('damask-none', to, from)
  sender.send('damask-none', to, from)
  sender.close()
  // Whoever runs it without root may open no such socket.
  const told = { link: 'damask-none', to: '127.0.0.2', code: expect.stringMatching(/^(ENODEV|EPERM)$/) }
  expect(refused).toEqual([told, told])
})
