// A machine that is known by its name alone: each of the others takes an address of a family that it speaks, and follows when
// the name moves.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { nodeFolder } from '../../src/lab/index.ts'
import { WORLDS } from './damask-process.ts'
import { expectAllPairs } from './lab-check.ts'
import { labOfThisFile } from './lab-under-test.ts'
import { askIn, clearTextPackets } from './namespace-command.ts'
import { describePings, startPings } from './ping-stream.ts'

const lab = labOfThisFile(`${WORLDS}/host-names.yaml`)
const NAME = 'named.example.net'
const [OLD, NEW] = ['203.0.113.11', '203.0.113.12']

const measured: string[] = []
afterAll(() => console.log(measured.join('\n')))

const endpointAt = async (node: string): Promise<string | undefined> =>
  (await lab.status(node)).peers.find((peer) => peer.node === 'named')?.endpoint

/** In place, as the file is mounted into the node. */
function setHost(node: string, addresses: readonly string[]): void {
  const file = join(nodeFolder(lab.record(), node), 'hosts')
  const others = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => !line.includes(NAME))
  writeFileSync(
    file,
    [...others.filter((line) => line !== ''), ...addresses.map((one) => `${one} ${NAME} ${NAME}.`), ''].join('\n'),
  )
}

describe('an endpoint that is a name', () => {
  it('is reached by everybody in a family that both speak', async () => {
    expect(await expectAllPairs(lab)).toBe(12)
    expect(await endpointAt('old-line')).toBe(`${OLD}:51820`)
    expect(await endpointAt('new-line')).toBe('[2001:db8:1::11]:51820')
  })

  it('is said in status with its addresses', async () => {
    const { hostNames } = await lab.status('old-line')
    expect(hostNames).toMatchObject([{ name: NAME, nodes: ['named'] }])
    expect(hostNames[0]?.addresses).toContain(OLD)
  })

  it('is followed to where it has moved', async () => {
    setHost('old-line', [OLD])
    // The old address is gone; the name still leads there.
    askIn(
      lab.record().layout.internet,
      'nft',
      `add table inet moved; add chain inet moved gone { type filter hook forward priority -5; }; add rule inet moved gone ip daddr ${OLD} drop; add rule inet moved gone ip saddr ${OLD} drop`,
    )
    const ping = () => lab.run('old-line-a', 'ping', '-n', '-c', '1', '-W', '1', lab.podAddress('named-a', 4))
    expect((await ping()).code).not.toBe(0)
    const started = performance.now()
    setHost('old-line', [NEW])
    await expect.poll(() => endpointAt('old-line'), { timeout: 180_000, interval: 200 }).toBe(`${NEW}:51820`)
    measured.push(`the name is followed after ${Math.round((performance.now() - started) / 100) / 10} s`)
    await expect.poll(async () => (await ping()).code, { timeout: 120_000 }).toBe(0)
    measured.push(`and it answers after ${Math.round((performance.now() - started) / 100) / 10} s`)
    expect(await expectAllPairs(lab)).toBe(12)
  })

  it('is kept where it was while nobody knows the name', async () => {
    const stream = startPings('a name that is lost', lab.podNamespace('old-line-a'), lab.podAddress('named-a', 4), 100)
    await stream.flows
    setHost('old-line', [])
    await expect
      .poll(async () => (await lab.status('old-line')).hostNames[0]?.error, { timeout: 180_000, interval: 1000 })
      .toBeDefined()
    expect(await endpointAt('old-line')).toBe(`${NEW}:51820`)
    const report = await stream.stop()
    measured.push(describePings(report))
    expect(report.lost).toBeLessThan(5)
    expect(clearTextPackets(lab.record())).toBe(0)
  })
})
