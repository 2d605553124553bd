// The world of a lab is edited while it runs: what is added appears, what is broken changes nothing, and the traffic goes on.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { waitUntilReady, worldFolder } from '../../src/lab/index.ts'
import { labOfThisFile } from './lab-under-test.ts'
import { describePings, type PingStream, startPings } from './ping-stream.ts'

const lab = labOfThisFile()
const measured: string[] = []
afterAll(() => console.log(measured.join('\n')))

const inWorld = (...names: readonly string[]): string => join(worldFolder(lab.record()), ...names)

const PAIRS = [
  ['aws-3-a', 'home-1-a', 4],
  ['home-1-b', 'gcp-2-a', 6],
] as const

/** Long enough for agents that only look again after 1 s, 2 s, 4 s … to be late. */
const STAYS_BROKEN_MILLISECONDS = 3500

const ALL_WELL = { failures: [], drift: { total: 0 } }

/** Nothing of what a test does may cost a packet. */
let streams: readonly PingStream[] = []
beforeEach(async () => {
  streams = PAIRS.map(([from, to, family]) =>
    startPings(`${from} to ${to}, IPv${family}`, lab.podNamespace(from), lab.podAddress(to, family), 50),
  )
  await Promise.all(streams.map(({ flows }) => flows))
})
afterEach(async () => {
  for (const report of await Promise.all(streams.map(({ stop }) => stop())))
    expect(report.lost, describePings(report)).toBe(0)
})

/** A machine that is not there. */
const GHOST = `apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: ghost-1 }
spec:
  site: ghost
  privateAddresses: [172.20.0.11/24]
  endpoint: { host: 192.0.2.99, port: 51820 }
  podPrefixes: [10.42.9.0/24, "fd42:42:0:9::/64"]
`
const GHOST_KEY = 'aYsKpIjce0iPrivz/eg9Lu1uh3Le583M99OGKjO/TA8='
const GHOST_STATUS = `apiVersion: damask.dev/v1alpha1
kind: NodeStatus
metadata: { name: ghost-1 }
status: { publicKey: ${GHOST_KEY} }
`
/** The Lab has to say in which cloud it stands. */
const withGhost = (world: string): string =>
  `${world.replace('podsPerNode: 2', 'podsPerNode: 2\n  nodes: { ghost-1: { cloud: aliyun } }').trimEnd()}\n---\n${GHOST}`

const routesOf = (node: string): Promise<string> => lab.ask(node, 'ip', 'route', 'show', 'table', '218')
/** wireguard-go tells its peers in no order. */
const peersOf = (node: string): Promise<string> => lab.ask(node, 'sh', '-c', 'wg show all allowed-ips | sort')
const storeOf = async (node: string): Promise<string> => JSON.stringify((await lab.status(node)).store)

/** Waits, generously, until what is read is as wanted, and takes the time. */
async function untilSeen(what: string, read: () => Promise<string>, isSo: (text: string) => boolean): Promise<void> {
  const start = performance.now()
  await expect.poll(read, { timeout: 90_000, interval: 20 }).toSatisfy(isSo, what)
  measured.push(`${what}: after ${Math.round(performance.now() - start)} ms`)
}
const has = (words: string | RegExp) => (text: string) => text.search(words) >= 0
const hasNot = (words: string) => (text: string) => !text.includes(words)

describe('a machine that is written into the world', () => {
  it('has routes everywhere, a peer at each gateway once its key is known, and neither once it is gone', async () => {
    const file = inWorld('world.yaml')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, withGhost(text))
    await untilSeen('route at a gateway', () => routesOf('aws-1'), has(/^10\.42\.9\.0\/24 nhid \d+ dev damask-t1 /m))
    await untilSeen('route at a member', () => routesOf('aws-2'), has(/^10\.42\.9\.0\/24 nhid \d+ .*dev damask-vx /m))
    expect(await peersOf('aws-1')).not.toContain(GHOST_KEY)
    const readiness = async (): Promise<string> => JSON.stringify((await lab.status('aws-1')).ready)
    await untilSeen('no key', readiness, has('no agent has published a key for ghost-1'))

    writeFileSync(inWorld('status', 'ghost-1.yaml'), GHOST_STATUS)
    for (const gateway of ['aws-1', 'gcp-1', 'aliyun-1', 'home-1'])
      await untilSeen(
        `peer at ${gateway}`,
        () => peersOf(gateway),
        (peers) => peers.includes(`damask-t1\t${GHOST_KEY}\t10.42.9.0/24 fd42:42:0:9::/64`),
      )
    await expect.poll(() => lab.status('aws-1')).toMatchObject(ALL_WELL)

    writeFileSync(file, text)
    rmSync(inWorld('status', 'ghost-1.yaml'))
    for (const node of ['aws-1', 'aws-2'])
      await untilSeen(`no route at ${node}`, () => routesOf(node), hasNot('10.42.9.0'))
    await untilSeen('no peer', () => peersOf('aws-1'), hasNot(GHOST_KEY))
    expect(await waitUntilReady(lab.record(), 120_000, AbortSignal.timeout(180_000))).toEqual([])
  })
})

describe('a file that is broken', () => {
  afterEach(() => rmSync(inWorld('ghost.yaml'), { force: true }))

  it.each([
    ['a field that nobody knows', GHOST.replace('endpoint:', 'endpiont:'), /ghost\.yaml:7:3: .*endpiont.*endpoint/],
    ['a prefix that is none', GHOST.replace('10.42.9.0/24', '10.42.9.0/33'), /ghost\.yaml:8:17: .*10\.42\.9\.0\/33/],
    ['no YAML at all', GHOST.replace('[172', '[[172'), /ghost\.yaml:\d+:\d+: /],
  ])('changes nothing and is said with its place, and is forgotten once it is mended: %s', async (_, text, place) => {
    const [routes, peers] = [await routesOf('aws-1'), await peersOf('aws-1')]
    const nodes = lab.record().layout.nodes.map(({ name }) => name)
    writeFileSync(inWorld('ghost.yaml'), text)
    for (const node of nodes) await untilSeen(`${node} says what is broken`, () => storeOf(node), has(place))
    expect(await routesOf('aws-1')).toBe(routes)
    expect(await peersOf('aws-1')).toBe(peers)

    await sleep(STAYS_BROKEN_MILLISECONDS)
    rmSync(inWorld('ghost.yaml'))
    for (const node of nodes) await untilSeen(`${node} reads again`, () => storeOf(node), has('"kind":"read"'))
    await expect.poll(() => lab.status('aws-1')).toMatchObject(ALL_WELL)
  })

  it('leaves what was good in force also where half of it is gone', async () => {
    const file = inWorld('world.yaml')
    const text = readFileSync(file, 'utf8')
    const routes = await routesOf('home-1')
    writeFileSync(file, text.slice(0, text.length / 2))
    await untilSeen('half a world', () => storeOf('home-1'), has(/world\.yaml:\d+:\d+|store has no Node home-1/))
    expect(await routesOf('home-1')).toBe(routes)
    writeFileSync(file, text)
    await untilSeen('the whole world', () => storeOf('home-1'), has('"kind":"read"'))
    expect(await routesOf('home-1')).toBe(routes)
  })
})
