// Real packets through a tunnel whose peers lose and get back a prefix, at both ends, over every implementation that is here.
import { execFileSync, spawn } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Change,
  nthAddress,
  parseAddress,
  parsePrefix,
  prefixOf,
  type WireguardPeer,
  wireguardDevice,
  wireguardPeer,
} from '../../model/index.ts'
import { type Implementation, implementationsHere, openTestPlace, type TestPlace } from './test-place.ts'

/** Of one flood; there are as many floods as it takes. */
const PINGS = 500
/** Of both ends together. */
const REMOVALS = 100
const KEPT = parsePrefix('10.200.0.0/24')
const TAKEN = parsePrefix('10.201.0.0/24')
/** To set so many takes a while, so that a list replaced would be seen to lack what stands last in it. */
const OTHERS = Array.from({ length: 500 }, (_, n) => prefixOf(nthAddress(parsePrefix('10.0.0.0/8'), n * 256), 24))

type End = { readonly place: TestPlace; readonly peer: WireguardPeer; readonly address: string }

let ends: readonly End[] = []

const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8' })

/** Two machines on a wire, with a tunnel between them. */
async function open(tried: Implementation): Promise<void> {
  const places = [openTestPlace(tried), openTestPlace(tried)] as const
  const [near, far] = places.map(({ name }) => name)
  ip('-n', `${near}`, 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', `${far}`)
  ends = await Promise.all(places.map((place, index) => openEnd(place, places[1 - index] ?? place, index + 1)))
}

async function openEnd(place: TestPlace, other: TestPlace, number: number): Promise<End> {
  const [link] = place.links
  const address = `10.200.0.${number}`
  await place.wireguard.createLink(link, 1420)
  ip('-n', place.name, 'address', 'add', `192.0.2.${number}/24`, 'dev', 'wire')
  ip('-n', place.name, 'link', 'set', 'wire', 'up')
  ip('-n', place.name, 'address', 'add', `${address}/24`, 'dev', link)
  ip('-n', place.name, 'link', 'set', link, 'up')
  const peer = wireguardPeer({
    link,
    publicKey: other.keys[0].publicKey,
    endpoint: { address: parseAddress(`192.0.2.${3 - number}`), port: 51820 },
    allowedIps: [...OTHERS, TAKEN, KEPT],
    keepaliveSeconds: 0,
    because: [],
  })
  const { publicKey } = place.keys[0]
  const device = wireguardDevice({ link, publicKey, listenPort: 51820, mark: 0, because: [] })
  expect(await place.wireguard.apply([device, peer].map((entry): Change => ({ op: 'create', entry })))).toEqual([])
  return { place, peer, address }
}

/** As many as are answered at once, or 100 a second: the next goes out when an answer comes. */
function floodPings(from: string, to: string) {
  const words = ['netns', 'exec', from, 'ping', '-n', '-q', '-f', '-l', '8', '-c', String(PINGS), to]
  const child = spawn('ip', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  let isOver = false
  child.stdout.on('data', (bytes) => {
    output += bytes
  })
  const ended = new Promise<string>((resolve) => {
    child.on('close', () => {
      isOver = true
      resolve(output)
    })
  })
  return { isOver: () => isOver, ended }
}

describe.each(implementationsHere())('over $name', (tried) => {
  beforeEach(() => open(tried))
  afterEach(async () => {
    for (const { place } of ends) await place.close()
    ends = []
  })

  test('no packet of the other prefixes is lost while a prefix is taken from their peer, again and again', async () => {
    const [near, far] = ends
    if (!near || !far) throw new Error('there are no two ends')
    execFileSync('ip', ['netns', 'exec', near.place.name, 'ping', '-c', '1', '-W', '60', far.address])
    for (let removals = 0; removals < REMOVALS; ) {
      const pings = floodPings(near.place.name, far.address)
      while (!pings.isOver()) {
        for (const { place, peer } of ends) {
          const less = { ...peer, allowedIps: peer.allowedIps.filter((prefix) => prefix !== TAKEN) }
          expect(await place.wireguard.apply([{ op: 'update', entry: less, observed: peer }])).toEqual([])
          if (removals++ < ends.length) expect(await peersOf(place)).toEqual([less])
          expect(await place.wireguard.apply([{ op: 'update', entry: peer, observed: less }])).toEqual([])
        }
      }
      expect(await pings.ended).toContain(`${PINGS} packets transmitted, ${PINGS} received`)
    }
    for (const { place } of ends) expect(await peersOf(place)).toHaveLength(1)
  })
})

async function peersOf({ wireguard, links: [link] }: TestPlace): Promise<unknown> {
  const { entries } = await wireguard.observe([link])
  return entries.filter(({ kind }) => kind === 'wireguard-peer')
}
