import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Change,
  nthAddress,
  type PublicKey,
  parseAddress,
  parsePrefix,
  prefixOf,
  type WireguardDevice,
  type WireguardPeer,
  wireguardDevice,
  wireguardPeer,
} from '../../model/index.ts'
import { generateKeyPair, type KeyPair } from './key-pair.ts'
import { type Implementation, implementationsHere, openTestPlace, socketPath, type TestPlace } from './test-place.ts'
import type { Wireguard } from './wireguard-store.ts'

let place: TestPlace
let wireguard: Wireguard
let link: string
let other: string
let own: KeyPair
let second: KeyPair

function open(tried: Implementation): void {
  place = openTestPlace(tried)
  wireguard = place.wireguard
  ;[link, other] = place.links
  ;[own, second] = place.keys
}

/** The tool as an oracle. Of wireguard-go it knows the socket, of the kernel the namespace. */
const wg = (...words: string[]): string =>
  execFileSync('ip', ['netns', 'exec', place.name, 'wg', ...words], { encoding: 'utf8' })
const create = (entry: Change['entry']): Change => ({ op: 'create', entry })
const prefixes = (...texts: string[]) => texts.map(parsePrefix)

const device = (pair: KeyPair, listenPort: number, of = link) =>
  wireguardDevice({ link: of, publicKey: pair.publicKey, listenPort, mark: 0x1000, because: [] })

const peer = (fields: Partial<WireguardPeer> = {}): WireguardPeer =>
  wireguardPeer({
    link,
    publicKey: generateKeyPair().publicKey,
    allowedIps: prefixes('10.42.1.0/24', 'fd42::/64'),
    keepaliveSeconds: 25,
    because: [],
    ...fields,
  })

/** What is there, peers in the order of their keys. */
async function observed() {
  const { entries } = await wireguard.observe([link, other])
  return entries.toSorted((a, b) => (a.publicKey < b.publicKey ? -1 : 1))
}
const sorted = (...entries: (WireguardDevice | WireguardPeer)[]): (WireguardDevice | WireguardPeer)[] =>
  entries.sort((a, b) => (a.publicKey < b.publicKey ? -1 : 1))

describe.each(implementationsHere())('WireGuard: $name', (tried) => {
  beforeEach(() => open(tried))
  afterEach(() => place.close())

  test('what is set is what wg shows, and what is read back', async () => {
    await wireguard.createLink(link, 1420)
    const one = peer({ endpoint: { address: parseAddress('203.0.113.11'), port: 51821 } })
    const two = peer({
      endpoint: { address: parseAddress('2001:db8::1'), port: 51820 },
      allowedIps: [],
      keepaliveSeconds: 0,
    })
    expect(await wireguard.apply([device(own, 51820), one, two].map(create))).toEqual([])
    expect(await observed()).toEqual(sorted(device(own, 51820), one, two))
    const [head = '', ...lines] = wg('show', link, 'dump').trim().split('\n')
    expect(head.split('\t')).toEqual([own.privateKey, own.publicKey, '51820', '0x1000'])
    expect(lines.sort()).toEqual(
      [
        `${one.publicKey}\t(none)\t203.0.113.11:51821\t10.42.1.0/24,fd42::/64\t0\t0\t0\t25`,
        `${two.publicKey}\t(none)\t[2001:db8::1]:51820\t(none)\t0\t0\t0\toff`,
      ].sort(),
    )
  })

  test('updates and removals of one batch leave the other peers alone', async () => {
    await wireguard.createLink(link, 1420)
    const [kept, grown, shrunk, gone] = [
      peer({ allowedIps: prefixes('10.1.0.0/24') }),
      peer({ allowedIps: prefixes('10.2.0.0/24') }),
      peer({ allowedIps: prefixes('10.3.0.0/24', '10.4.0.0/24') }),
      peer({ allowedIps: prefixes('10.5.0.0/24') }),
    ] as const
    await wireguard.apply([device(own, 0), kept, grown, shrunk, gone].map(create))
    const young = { ...grown, allowedIps: prefixes('10.2.0.0/24', '10.5.0.0/24'), keepaliveSeconds: 5 }
    const lean = { ...shrunk, allowedIps: prefixes('10.4.0.0/24') }
    const failures = await wireguard.apply([
      { op: 'delete', entry: gone },
      { op: 'update', entry: young, observed: grown },
      { op: 'update', entry: lean, observed: shrunk },
      { op: 'update', entry: { ...device(second, 0), mark: 0 }, observed: device(own, 0) },
    ])
    expect(failures).toEqual([])
    const entries = (await observed()).filter((entry) => entry.kind === 'wireguard-peer')
    expect(entries).toEqual(sorted(kept, young, lean))
    expect(wg('show', link, 'fwmark').trim()).toBe('off')
    expect(wg('show', link, 'public-key').trim()).toBe(second.publicKey)
  })

  test('a prefix goes from peer to peer, one more goes away, and another comes, all in one batch', async () => {
    await wireguard.createLink(link, 1420)
    const [giver, taker] = [
      peer({ allowedIps: prefixes('10.1.0.0/24', '10.2.0.0/24', '10.3.0.0/24', 'fd42:1::/64') }),
      peer({ allowedIps: prefixes('10.4.0.0/24') }),
    ] as const
    await wireguard.apply([device(own, 0), giver, taker].map(create))
    const lean = { ...giver, allowedIps: prefixes('10.1.0.0/24', '10.5.0.0/24') }
    const rich = { ...taker, allowedIps: prefixes('10.2.0.0/24', '10.4.0.0/24') }
    const failures = await wireguard.apply([
      { op: 'update', entry: lean, observed: giver },
      { op: 'update', entry: rich, observed: taker },
    ])
    expect(failures).toEqual([])
    expect((await observed()).filter((entry) => entry.kind === 'wireguard-peer')).toEqual(sorted(lean, rich))
    expect(await wireguard.apply([{ op: 'update', entry: { ...lean, allowedIps: [] }, observed: lean }])).toEqual([])
    const shown = wg('show', link, 'allowed-ips').trim().split(/\s+/)
    expect(shown.sort()).toEqual([lean.publicKey, '(none)', rich.publicKey, '10.2.0.0/24', '10.4.0.0/24'].sort())
  })

  test('an update of a peer that went away makes no half of one', async () => {
    await wireguard.createLink(link, 1420)
    const lost = peer()
    expect(await wireguard.apply([{ op: 'update', entry: { ...lost, keepaliveSeconds: 5 }, observed: lost }])).toEqual(
      [],
    )
    expect(await observed()).toEqual([])
  })

  test('an allowed IP given to a second peer leaves the first without a word', async () => {
    await wireguard.createLink(link, 1420)
    const [first, second] = [
      peer({ allowedIps: prefixes('10.1.0.0/24', '10.2.0.0/24') }),
      peer({ allowedIps: prefixes('10.2.0.0/24') }),
    ]
    await wireguard.apply([create(first)])
    expect(await wireguard.apply([create(second)])).toEqual([])
    expect(await observed()).toEqual(sorted({ ...first, allowedIps: prefixes('10.1.0.0/24') }, second))
  })

  test('a device deleted loses its key and is no longer observed; one that is gone is deleted without complaint', async () => {
    await wireguard.createLink(link, 1420)
    const one = peer()
    await wireguard.apply([device(own, 51820), one].map(create))
    const removal: Change[] = [
      { op: 'delete', entry: one },
      { op: 'delete', entry: device(own, 51820) },
    ]
    expect(await wireguard.apply(removal)).toEqual([])
    expect(await observed()).toEqual([])
    await place.rtnetlink.deleteLinkAsync(link)
    await expect.poll(() => existsSync(socketPath(link)), { interval: 1 }).toBe(false)
    expect(await wireguard.apply(removal)).toEqual([])
  })

  test('what is refused is told for its own entry, and the rest is made', async () => {
    await wireguard.createLink(link, 1420)
    await wireguard.createLink(other, 1420)
    for (const one of [link, other]) place.rtnetlink.setLink(one, { isUp: true })
    await wireguard.apply([create(device(own, 51820))])
    const peers = Array.from({ length: 5 }, (_, n) => peer({ link: other, allowedIps: prefixes(`10.${n}.0.0/24`) }))
    const taken = device(second, 51820, other)
    const unknown = wireguardDevice({ ...taken, publicKey: generateKeyPair().publicKey })
    const failures = await wireguard.apply([create(unknown), create(taken), ...peers.map(create)])
    expect(failures.map(({ change, code }) => [change.entry, code])).toEqual([
      [unknown, 'ENOKEY'],
      [taken, 'EADDRINUSE'],
    ])
    const said = {
      kernel: 'EADDRINUSE',
      'wireguard-go': `cannot set ${other}: EADDRINUSE - wireguard-go refused it`,
    }[wireguard.implementation()]
    expect(failures[1]?.message).toBe(
      `cannot create WireGuard device ${other}: ${said}; another program has UDP port 51820; see ` +
        "`ss -ulnp 'sport = :51820'`, and end it or set another port",
    )
    expect(JSON.stringify(failures)).not.toContain(second.privateKey)
    expect((await observed()).filter((entry) => entry.kind === 'wireguard-peer')).toEqual(sorted(...peers))
  })

  test('changes of a device that is not there fail one by one with ENODEV', async () => {
    const failures = await wireguard.apply([device(own, 51820), peer()].map(create))
    expect(failures.map(({ code }) => code)).toEqual(['ENODEV', 'ENODEV'])
    const said = { kernel: 'ENODEV', 'wireguard-go': `cannot set ${link}: ENODEV - its wireguard-go is gone` }
    expect(failures[0]?.message).toBe(`cannot create WireGuard device ${link}: ${said[wireguard.implementation()]}`)
  })

  test('a session and a learned endpoint survive a change of allowed IPs; its activity is observed', async () => {
    place.rtnetlink.setLink('lo', { isUp: true })
    for (const one of [link, other]) {
      await wireguard.createLink(one, 1420)
      place.rtnetlink.setLink(one, { isUp: true })
    }
    const there = peer({
      publicKey: second.publicKey,
      endpoint: { address: parseAddress('127.0.0.1'), port: 51822 },
      keepaliveSeconds: 1,
    })
    const back = peer({ link: other, publicKey: own.publicKey, keepaliveSeconds: 0 })
    await wireguard.apply([device(own, 51821), device(second, 51822, other), back, there].map(create))
    const activityOf = async (of: string) => (await wireguard.observe([of])).activity[0]
    await expect.poll(async () => (await activityOf(other))?.lastHandshake).toBeGreaterThan(0)
    const before = await activityOf(other)
    expect(before?.endpoint).toEqual({ address: parseAddress('127.0.0.1'), port: 51821 })
    expect(before?.receivedBytes).toBeGreaterThan(0)
    await wireguard.apply([{ op: 'update', entry: { ...back, allowedIps: prefixes('10.9.0.0/24') }, observed: back }])
    const after = await activityOf(other)
    expect([after?.lastHandshake, after?.endpoint]).toEqual([before?.lastHandshake, before?.endpoint])
  })

  test('1,000 peers are set and read back', async () => {
    await wireguard.createLink(link, 1420)
    const peers = Array.from({ length: 1000 }, (_, n) =>
      peer({
        publicKey: randomBytes(32).toString('base64') as PublicKey,
        endpoint: { address: nthAddress(parsePrefix('198.18.0.0/15'), n), port: 51820 },
        allowedIps: [prefixOf(nthAddress(parsePrefix('10.0.0.0/8'), n * 256), 24)],
      }),
    )
    const start = performance.now()
    expect(await wireguard.apply([device(own, 51820), ...peers].map(create))).toEqual([])
    const set = performance.now()
    expect(await observed()).toEqual(sorted(device(own, 51820), ...peers))
    const milliseconds = { set: set - start, read: performance.now() - set }
    expect(wg('show', link, 'peers').trim().split('\n')).toHaveLength(1000)
    expect(milliseconds.set, JSON.stringify(milliseconds)).toBeLessThan(60_000)
    expect(milliseconds.read, JSON.stringify(milliseconds)).toBeLessThan(30_000)
  })
})
