// A site changes its fabric while it runs: every pair arrives after each change, and nothing goes in the clear meanwhile.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { worldFolder } from '../../src/lab/index.ts'
import { WORLDS } from './damask-process.ts'
import { expectAllPairs, expectReady } from './lab-check.ts'
import { labOfThisFile } from './lab-under-test.ts'
import { clearTextPackets } from './namespace-command.ts'
import { describePings, startPings } from './ping-stream.ts'

const lab = labOfThisFile(`${WORLDS}/one-that-changes.yaml`)
const MEMBERS = ['c1', 'c2', 'c3']
/** The device that only this fabric has. */
const DEVICE = { vxlan: 'damask-vx', wireguard: 'damask-f1' } as const
const DEVICES: readonly string[] = Object.values(DEVICE)

const measured: string[] = []
afterAll(() => console.log(measured.join('\n')))

const WAYS = [
  ['c2-a', 'c3-a', 4],
  ['c3-a', 'c1-a', 6],
  ['c2-a', 'far-a', 4],
  ['far-a', 'c3-a', 6],
] as const

async function setFabric(kind: string): Promise<void> {
  const file = join(worldFolder(lab.record()), 'world.yaml')
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace(/fabric: \{ kind: \w+ \}/, `fabric: { kind: ${kind} }`))
  const wanted = kind === 'direct' ? [] : [DEVICE[kind as keyof typeof DEVICE]]
  for (const node of MEMBERS)
    await expect
      .poll(async () =>
        (await lab.status(node)).devices.map(({ name }) => name).filter((name) => DEVICES.includes(name)),
      )
      .toEqual(wanted)
}

describe('a site that changes its fabric', () => {
  it.each([
    ['vxlan', 'direct'],
    ['direct', 'wireguard'],
    ['wireguard', 'vxlan'],
  ])('from %s to %s', async (from, to) => {
    const streams = WAYS.map(([a, b, family]) =>
      startPings(`${from} to ${to}: ${a} to ${b}, IPv${family}`, lab.podNamespace(a), lab.podAddress(b, family), 20),
    )
    await Promise.all(streams.map(({ flows }) => flows))
    await setFabric(to)
    await expectReady(lab)
    expect(await expectAllPairs(lab)).toBe(24)
    const reports = await Promise.all(streams.map(({ stop }) => stop()))
    measured.push(...reports.map(describePings))
    for (const report of reports) expect(report.longestGapMilliseconds, describePings(report)).toBeLessThan(10_000)
    expect(clearTextPackets(lab.record())).toBe(0)
    for (const node of [...MEMBERS, 'far']) {
      const { drift, failures } = await lab.status(node)
      expect({ node, drift: drift.total, failures }).toEqual({ node, drift: 0, failures: [] })
    }
  })
})
