// What the conformance suite is handed for each test, and the things that it puts into the kernel.
import { expect } from 'vitest'
import {
  type Change,
  type Entry,
  type Family,
  type FilterTable,
  filterTable,
  GUARD_TABLE,
  type Kernel,
  keyOf,
  type Link,
  type LinkType,
  link,
  nextHop,
  nextHopGroup,
  type Prefix,
  type PublicKey,
  parseAddress,
  parsePrefix,
  type Route,
  type RouteTarget,
  route,
  TABLE,
  type WireguardPeer,
  wireguardDevice,
  wireguardPeer,
} from '../../model/index.ts'

export type KernelHarness = {
  readonly kernel: Kernel
  /** A link of the host, up, with 192.0.2.1/24 and 2001:db8::1/64. */
  readonly underlayLink: string
  /** Keys whose private halves the kernel was given. */
  readonly deviceKeys: readonly [PublicKey, PublicKey]
  /** Kinds of links that this kernel cannot make, and what it said. */
  readonly lacks?: Readonly<Partial<Record<LinkType['kind'], string>>>
  /** Another program on the same host, with the same rights. */
  readonly other: OtherProgram
  close(): Promise<void>
}

export type OtherProgram = {
  /** An `unreachable` route without our protocol, whatever its table. */
  addRoute(to: Prefix, table: number): Promise<void>
  hasRoute(to: Prefix, table: number): Promise<boolean>
  /** A link with this name that is not in our group. */
  addLink(name: string): Promise<void>
  hasLink(name: string): Promise<boolean>
  deleteLink(name: string): Promise<void>
  takeDown(link: string): Promise<void>
  /** An empty nftables table of family inet. */
  addFilterTable(name: string): Promise<void>
  hasFilterTable(name: string): Promise<boolean>
  deleteFilterTable(name: string): Promise<void>
  /** `ip route del`, also of ours. */
  deleteRoute(to: Prefix, table: number): Promise<void>
  /** The peer's endpoint becomes `203.0.113.99:9999`, as if it had been heard from there. */
  roam(link: string, peer: PublicKey): Promise<void>
}

export const because = []

export const anchor = link({ name: 'damask0', type: { kind: 'dummy' }, mtuBytes: 1420, because })
export const tunnel = link({ name: 'damask-t1', type: { kind: 'wireguard' }, mtuBytes: 1420, because })
export const vxlan = link({
  name: 'damask-vx',
  type: { kind: 'vxlan', networkIdentifier: 218, port: 8472, local: parseAddress('192.0.2.1') },
  mtuBytes: 1450,
  hardwareAddress: '02:da:ac:1f:00:0b',
  because,
})
export const ipip = link({
  name: 'damask-ipip',
  type: { kind: 'ipip', local: parseAddress('192.0.2.1'), mark: 0x1000 },
  mtuBytes: 1480,
  because,
})
export const hop = nextHop({ id: 0xda80_0001, link: 'damask-vx', because })
export const secondHop = nextHop({ id: 0xda80_0002, link: 'damask-vx', via: parseAddress('fe80::2'), because })
export const group = nextHopGroup({ id: 0xda40_0001, members: [hop.id, secondHop.id], because })

export const routeTo = (to: string, target: RouteTarget, source?: string): Route =>
  route({ table: TABLE, to: parsePrefix(to), target, ...(source && { source: parseAddress(source) }), because })
export const guardOf = (to: string): Route =>
  route({ table: GUARD_TABLE, to: parsePrefix(to), target: { kind: 'unreachable' }, because })
export const overGroup = routeTo('10.2.0.0/16', { kind: 'next-hop-object', id: group.id })
export const overLink = (name: string, to: string): Route => routeTo(to, { kind: 'link', link: name })

export const device = (publicKey: PublicKey, listenPort = 51820) =>
  wireguardDevice({ link: tunnel.name, publicKey, listenPort, mark: 0x1000, because })

const PEER_KEYS = [
  'aYsKpIjce0iPrivz/eg9Lu1uh3Le583M99OGKjO/TA8=',
  'UIzl8gfNneSSn1hMZSQTQsAV+Ie2CVR7b56wE/ngBTE=',
] as PublicKey[]
export const peer = (n: 0 | 1, allowed: readonly string[], fields: Partial<WireguardPeer> = {}): WireguardPeer =>
  wireguardPeer({
    link: tunnel.name,
    publicKey: PEER_KEYS[n] ?? ('' as PublicKey),
    allowedIps: allowed.map(parsePrefix),
    keepaliveSeconds: 0,
    because,
    ...fields,
  })
export const ENDPOINT = { address: parseAddress('203.0.113.11'), port: 51820 }
export const ROAMED = { address: parseAddress('203.0.113.99'), port: 9999 }

export const filter = (...elements: string[]): FilterTable =>
  filterTable({
    name: 'damask',
    sets: [
      { name: 'pods4', family: 4, elements: elements.map(parsePrefix).filter(isOf(4)) },
      { name: 'pods6', family: 6, elements: elements.map(parsePrefix).filter(isOf(6)) },
    ],
    chains: [
      {
        name: 'leaks',
        type: 'filter',
        hook: 'forward',
        priority: 0,
        rules: [
          {
            when: [
              { kind: 'address', family: 4, field: 'destination', in: 'pods4' },
              { kind: 'link', direction: 'out', not: true, name: 'damask*' },
            ],
            verdict: { kind: 'drop' },
            comment: 'leak',
          },
          { when: [{ kind: 'tcp-syn' }], verdict: { kind: 'clamp-mss' }, comment: 'mss' },
        ],
      },
      {
        name: 'source',
        type: 'nat',
        hook: 'postrouting',
        priority: 99,
        rules: [
          {
            when: [
              { kind: 'address', family: 6, field: 'source', in: 'pods6' },
              { kind: 'address', family: 6, field: 'destination', not: true, in: 'pods6' },
            ],
            verdict: { kind: 'masquerade' },
            comment: 'out',
          },
        ],
      },
    ],
    because,
  })
const isOf = (family: Family) => (prefix: Prefix) => prefix.family === family

export const creations = (...entries: readonly Entry[]): Change[] => entries.map((entry) => ({ op: 'create', entry }))
export const deletion = (entry: Entry): Change => ({ op: 'delete', entry })
export const updating = (observed: Entry, entry: Entry): Change => ({ op: 'update', observed, entry })

/** Makes the changes; none may fail. */
export async function make(kernel: Kernel, ...changes: readonly Change[]): Promise<void> {
  expect((await kernel.apply(changes)).map(({ message }) => message)).toEqual([])
}

/** What is ours, by key. A hardware address that nobody asked for is left out, so that entries compare as they were given. */
export async function read(kernel: Kernel, ...sysctlKeys: readonly string[]): Promise<Map<string, Entry>> {
  const { entries } = await kernel.observe(sysctlKeys)
  return new Map(entries.map((entry) => [keyOf(entry), entry.kind === 'link' ? comparable(entry) : entry]))
}

function comparable({ hardwareAddress, ...rest }: Link): Link {
  return rest.type.kind === 'vxlan' && hardwareAddress !== undefined ? { ...rest, hardwareAddress } : rest
}

/** Why the kernel at hand cannot hold an entry, where it cannot. */
export const lackFor = ({ lacks }: KernelHarness, entry: Entry): string | undefined =>
  entry.kind === 'link' ? lacks?.[entry.type.kind] : undefined

/** All that is ours is just this. */
export async function expectEntries(kernel: Kernel, ...entries: readonly Entry[]): Promise<void> {
  const standing = await read(kernel)
  expect([...standing.keys()].sort()).toEqual(entries.map(keyOf).sort())
  for (const entry of entries) expect(standing.get(keyOf(entry))).toEqual(entry)
}
