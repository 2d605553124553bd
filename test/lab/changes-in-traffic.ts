// A lab that changes while it runs: what a 10 ms ping and a TCP stream see of it is measured and printed, and nothing is in the clear
// in between.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { worldFolder } from '../../src/lab/index.ts'
import { parseAddress } from '../../src/model/index.ts'
import { expectAllPairs, expectReady } from './lab-check.ts'
import { type LabUnderTest, labOfThisFile } from './lab-under-test.ts'
import { clearTextPackets } from './namespace-command.ts'
import { describePings, startPings } from './ping-stream.ts'
import { describeStream, startTcpStream } from './tcp-stream.ts'

const WORLD = join(import.meta.dirname, '../worlds/two-sites.yaml')
const NODES = ['a1', 'a2', 'b1', 'b2']
const INTERVAL_MILLISECONDS = 10
/** What hangs is caught by it, and not a machine that is emulated, and slow. */
const LONGEST_GAP_MILLISECONDS = 20_000
/** What comes late is seen too. */
const AFTERWARDS_MILLISECONDS = 500

/** All agents have this world. */
async function edit(lab: LabUnderTest, ...changes: readonly (readonly [string, string])[]): Promise<void> {
  const file = join(worldFolder(lab.record()), 'world.yaml')
  const text = readFileSync(file, 'utf8')
  const changed = changes.reduce((so, [from, to]) => so.replace(from, to), text)
  expect(changed).not.toBe(text)
  const revisions = async (): Promise<readonly unknown[]> =>
    Promise.all(NODES.map(async (node) => (await lab.status(node)).world.revision))
  const before = await revisions()
  writeFileSync(file, changed)
  await expect.poll(async () => (await revisions()).filter((revision, index) => revision === before[index])).toEqual([])
  await expectReady(lab)
}

type Case = {
  readonly what: string
  readonly changes: readonly (readonly [string, string])[]
  readonly isFree?: boolean
}
const CASES: readonly Case[] = [
  {
    what: 'a prefix of services, of which nothing is on the wire',
    changes: [['sites: { by: field }', 'sites: { by: field }\n  servicePrefixes: [10.43.0.0/16]']],
    isFree: true,
  },
  { what: 'the fabric, to vxlan', changes: [['kind: direct', 'kind: vxlan']] },
  { what: 'the fabric, to wireguard', changes: [['kind: vxlan', 'kind: wireguard']] },
  { what: 'the port of a gateway', changes: [['198.51.100.11, port: 51820', '198.51.100.11, port: 51830']] },
  { what: 'who is gateway', changes: [['gateway: allow', 'gateway: never']] },
  {
    what: 'what a site is, and who may be gateway',
    changes: [
      ['by: field', 'by: node'],
      ['gateway: never', 'gateway: allow'],
    ],
  },
  { what: 'what a site is, back again', changes: [['by: node', 'by: field']] },
]

export function describeChangesInTraffic(): void {
  const lab = labOfThisFile(WORLD)
  const measured: string[] = []
  /** Every session has begun. */
  beforeAll(async () => void (await expectAllPairs(lab)))
  afterAll(() => console.log(measured.join('\n')))

  it.each(CASES)('$what changes', async ({ what, changes, isFree = false }) => {
    const ways = [
      ['a2-a', 'b2-a', 4],
      ['b2-a', 'a2-a', 6],
      ['b1-a', 'b2-a', 4],
    ] as const
    const pings = ways.map(([from, to, family]) =>
      startPings(
        `${what}: ${from} to ${to}, IPv${family}`,
        lab.podNamespace(from),
        lab.podAddress(to, family),
        INTERVAL_MILLISECONDS,
      ),
    )
    const stream = await startTcpStream({
      what: `${what}: a2-a to b2-a`,
      from: lab.podNamespace('a2-a'),
      to: lab.podNamespace('b2-a'),
      address: parseAddress(lab.podAddress('b2-a', 4)),
      intervalMilliseconds: INTERVAL_MILLISECONDS,
    })
    onTestFinished(() => void stream.stop())
    onTestFinished(async () => void (await Promise.allSettled(pings.map(({ stop }) => stop()))))
    await Promise.all([...pings.map(({ flows }) => flows), stream.flows])
    await edit(lab, ...changes)
    await sleep(AFTERWARDS_MILLISECONDS)
    const reports = await Promise.all(pings.map(({ stop }) => stop()))
    const tcp = stream.stop()
    // Not beside the pings: where much is sent at once, a WireGuard that is a program lets some packets fall.
    expect(await expectAllPairs(lab)).toBe(24)
    measured.push(...reports.map(describePings), describeStream(tcp))
    expect(tcp).toMatchObject({ error: undefined })
    for (const { longestGapMilliseconds } of [...reports, tcp])
      expect(longestGapMilliseconds, measured.join('\n')).toBeLessThan(LONGEST_GAP_MILLISECONDS)
    if (isFree) expect(reports.map(({ lost }) => lost)).toEqual([0, 0, 0])
    expect(clearTextPackets(lab.record())).toBe(0)
  })
}
