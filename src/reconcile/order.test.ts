import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyNodeState, because, publicKey } from '../../test/arbitraries/node-state.ts'
import { FakeNamespace } from '../../test/fake-namespace.ts'
import {
  type Change,
  type Entry,
  entriesOf,
  formatPrefix,
  GUARD_TABLE,
  keyOf,
  link,
  type NodeState,
  parsePrefix,
  route,
  rule,
  sysctl,
  TABLE,
  wireguardDevice,
  wireguardPeer,
} from '../model/index.ts'
import { diff } from './index.ts'
import { stepOf } from './order.ts'

const state = (...entries: Entry[]): NodeState => ({ node: 'aws-1', gatewayAddresses: {}, parts: [entries] })
const lines = (changes: readonly Change[]): string[] =>
  changes.map(({ op, entry }) => `${{ create: '+', update: '~', delete: '-' }[op]} ${keyOf(entry)}`)

describe('the changes of any two states', () => {
  test('lead from one to the other, each of them possible when its turn comes', () => {
    fc.assert(
      fc.property(anyNodeState, anyNodeState, (before, after) => {
        const namespace = new FakeNamespace([...entriesOf(before)])
        namespace.apply(diff(after, namespace.entries()))
        expect(comparable(namespace.entries())).toEqual(comparable([...entriesOf(after)]))
        expect(diff(after, namespace.entries())).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  test('take prefixes away from a peer before they are given to another', () => {
    fc.assert(
      fc.property(anyNodeState, anyNodeState, (before, after) => {
        const held = new Map<string, Map<string, string>>()
        for (const entry of entriesOf(before)) if (entry.kind === 'wireguard-peer') give(held, entry)
        for (const { op, entry } of diff(after, [...entriesOf(before)])) {
          if (entry.kind === 'link' && op === 'delete') held.delete(entry.name)
          if (entry.kind !== 'wireguard-peer') continue
          for (const [prefix, key] of held.get(entry.link) ?? []) {
            if (key === entry.publicKey) held.get(entry.link)?.delete(prefix)
          }
          if (op !== 'delete') give(held, entry)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('remove only after everything is made, but for what stands in the way', () => {
    fc.assert(
      fc.property(anyNodeState, anyNodeState, (before, after) => {
        const changes = diff(after, [...entriesOf(before)])
        const lastMade = changes.findLastIndex(({ op }) => op !== 'delete')
        const wanted = new Set(
          [...entriesOf(after)].flatMap((entry) => ('id' in entry ? [String(entry.id)] : [keyOf(entry)])),
        )
        for (const { op, entry } of changes.slice(0, lastMade)) {
          if (op !== 'delete' || entry.kind === 'wireguard-peer' || entry.kind === 'address') continue
          expect(wanted).toContain('id' in entry ? String(entry.id) : keyOf(entry))
        }
      }),
    )
  })
})

/** By key, without what a diff leaves alone: sysctls that nobody asks for any more, and endpoints, which roam. */
function comparable(entries: readonly Entry[]): Record<string, unknown> {
  const kept = entries.filter((entry) => entry.kind !== 'sysctl').map((entry) => [keyOf(entry), entry] as const)
  return Object.fromEntries(kept.map(([key, entry]) => [key, { ...entry, endpoint: undefined }]))
}

function give(held: Map<string, Map<string, string>>, entry: Entry): void {
  if (entry.kind !== 'wireguard-peer') return
  const ofDevice = held.get(entry.link) ?? new Map<string, string>()
  held.set(entry.link, ofDevice)
  for (const prefix of entry.allowedIps.map(formatPrefix)) {
    expect(ofDevice.get(prefix), `${prefix} is still at another peer`).toBeUndefined()
    ofDevice.set(prefix, entry.publicKey)
  }
}

describe('the order of changes', () => {
  const guard = route({ table: GUARD_TABLE, to: parsePrefix('10.0.0.0/8'), target: { kind: 'unreachable' }, because })
  const guardHole = route({ table: GUARD_TABLE, to: parsePrefix('10.9.0.0/16'), target: { kind: 'throw' }, because })
  const hole = { ...guardHole, table: TABLE }
  const through = route({
    table: TABLE,
    to: parsePrefix('10.0.0.0/8'),
    target: { kind: 'link', link: 'damask0' },
    because,
  })
  const anchor = link({ name: 'damask0', type: { kind: 'dummy' }, mtuBytes: 1420, because })
  const rules = [5002, 5000, 5001].map((preference) => rule({ family: 4, preference, table: TABLE, because }))
  const acceptRa = sysctl({ key: 'net/ipv6/conf/eth0/accept_ra', value: '2', because })
  const forwarding = sysctl({ key: 'net/ipv6/conf/all/forwarding', value: '1', because })
  const rpFilter = sysctl({ key: 'net/ipv4/conf/damask0/rp_filter', value: '2', because })
  const all = state(through, hole, rpFilter, anchor, ...rules, guard, guardHole, forwarding, acceptRa)

  test('puts what guards before what carries, and what is used before what uses it', () => {
    expect(lines(diff(all, []))).toEqual([
      '+ sysctl net/ipv6/conf/eth0/accept_ra',
      '+ sysctl net/ipv6/conf/all/forwarding',
      '+ route 219 10.9.0.0/16',
      '+ route 219 10.0.0.0/8',
      '+ rule 4 5000 218 //',
      '+ rule 4 5001 218 //',
      '+ rule 4 5002 218 //',
      '+ link damask0',
      '+ sysctl net/ipv4/conf/damask0/rp_filter',
      '+ route 218 10.9.0.0/16',
      '+ route 218 10.0.0.0/8',
    ])
  })

  test('goes backwards when all is removed: the guards are the last to go', () => {
    const uplink = { ...through, target: { kind: 'link', link: 'eth0' } as const }
    expect(lines(diff(state(), [guard, guardHole, ...rules, anchor, hole, uplink, forwarding]))).toEqual([
      '- route 218 10.0.0.0/8',
      '- route 218 10.9.0.0/16',
      '- link damask0',
      '- rule 4 5002 218 //',
      '- rule 4 5001 218 //',
      '- rule 4 5000 218 //',
      '- route 219 10.0.0.0/8',
      '- route 219 10.9.0.0/16',
    ])
  })

  test('knows the sysctls of our links, which wait for the link, from those of the host', () => {
    const step = (key: string) => stepOf(sysctl({ key, value: '1', because }))
    expect(step('net/ipv6/conf/eth0/accept_ra')).toBe('accept-ra')
    expect(step('net/ipv6/conf/damask0/accept_ra')).toBe('link-sysctl')
    expect(step('net/ipv4/conf/dmk01234567/rp_filter')).toBe('link-sysctl')
    expect(step('net/ipv4/conf/eth0/rp_filter')).toBe('sysctl')
    expect(step('net/ipv4/conf/all/forwarding')).toBe('sysctl')
  })
})

describe('the order of devices', () => {
  const device = (slot: number, listenPort: number) =>
    wireguardDevice({ link: `damask-t${slot}`, publicKey: publicKey(9), listenPort, mark: 0x1000, because })
  const ports = (changes: readonly Change[]) =>
    changes.map(({ entry }) => (entry.kind === 'wireguard-device' ? `${entry.link} ${entry.listenPort}` : ''))

  test('a port is given up before another device takes it', () => {
    const before = [device(1, 51820), device(2, 51821)]
    const after = state(device(1, 51821), device(2, 51822), device(3, 51820))
    expect(ports(diff(after, before))).toEqual(['damask-t2 51822', 'damask-t1 51821', 'damask-t3 51820'])
  })

  test('devices that exchange their ports are changed all the same: the kernel will say what is wrong', () => {
    const after = state(device(1, 51821), device(2, 51820))
    expect(ports(diff(after, [device(1, 51820), device(2, 51821)]))).toEqual(['damask-t1 51821', 'damask-t2 51820'])
  })
})

describe('the order of peers', () => {
  const peer = (n: number, ...allowed: string[]) =>
    wireguardPeer({
      link: 'damask-t1',
      publicKey: publicKey(n),
      allowedIps: allowed.map(parsePrefix),
      keepaliveSeconds: 0,
      because,
    })
  const notes = (changes: readonly Change[]): string[] =>
    changes.map(({ op, entry }) =>
      entry.kind === 'wireguard-peer'
        ? `${op} ${entry.publicKey.charAt(0)} ${op === 'delete' ? '' : entry.allowedIps.map(formatPrefix).join(' ')}`.trim()
        : op,
    )

  test('a peer goes before another gets its prefix, and later where nobody waits for it', () => {
    expect(notes(diff(state(peer(2, '10.1.0.0/16')), [peer(1, '10.1.0.0/16')]))).toEqual([
      'delete B',
      'create C 10.1.0.0/16',
    ])
    expect(notes(diff(state(peer(2, '10.2.0.0/16')), [peer(1, '10.1.0.0/16')]))).toEqual([
      'create C 10.2.0.0/16',
      'delete B',
    ])
  })

  test('a chain of peers that pass prefixes on is one update each, from its end', () => {
    const before = [peer(1), peer(2, '10.1.0.0/16'), peer(3, '10.2.0.0/16')]
    const after = state(peer(1, '10.1.0.0/16'), peer(2, '10.2.0.0/16'), peer(3))
    expect(notes(diff(after, before))).toEqual(['update D', 'update C 10.2.0.0/16', 'update B 10.1.0.0/16'])
  })

  test('of two peers that exchange prefixes one lets go first', () => {
    const before = [peer(1, '10.1.0.0/16', '10.3.0.0/16'), peer(2, '10.2.0.0/16')]
    const after = state(peer(1, '10.2.0.0/16', '10.3.0.0/16'), peer(2, '10.1.0.0/16'))
    expect(notes(diff(after, before))).toEqual([
      'update B 10.3.0.0/16',
      'update C 10.1.0.0/16',
      'update B 10.2.0.0/16 10.3.0.0/16',
    ])
  })
})
