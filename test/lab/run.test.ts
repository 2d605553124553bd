// Whole labs through the tool: what is printed, what it means, and that nothing is left.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LabResult } from '../../src/lab/index.ts'
import {
  damask,
  type Ended,
  FOUR_CLOUDS,
  homeNetwork,
  labId,
  remainsOf,
  startDamask,
  WORLDS,
} from './damask-process.ts'

let network: readonly string[]
const labs = new Set<string>()
beforeEach(() => {
  network = homeNetwork()
  labs.clear()
})
afterEach(() => {
  expect(homeNetwork()).toEqual(network)
  expect([...labs].flatMap((id) => remainsOf(id))).toEqual([])
})

/** Nothing may be left of it at the end of the test. */
async function run(...words: readonly string[]): Promise<Ended> {
  const ended = await damask('lab', 'run', ...words)
  if (ended.code !== 2) labs.add(labId(ended.complaints))
  return ended
}

describe('damask lab run', () => {
  it('carries every pair of four clouds, encrypted wherever it crosses the internet', async () => {
    const { code, output, complaints } = await run(FOUR_CLOUDS, '-o', 'json')
    const result: LabResult = JSON.parse(output)
    expect(result, complaints).toMatchObject({ ok: true, pairs: 364, failed: [], clearTextPackets: 0 })
    expect(output.trimEnd().split('\n')).toHaveLength(1)
    expect(Object.keys(result)).toEqual([
      'ok',
      'pairs',
      'failed',
      'clearTextPackets',
      'internetBytes',
      'internetBytesByClouds',
      'internetBytesIfAllPublic',
      'wireguard',
      'seconds',
    ])
    expect(code).toBe(0)
  })

  it('pays for the internet only between clouds', async () => {
    const { output } = await run(FOUR_CLOUDS, '-o', 'json')
    const { internetBytes, internetBytesByClouds, internetBytesIfAllPublic }: LabResult = JSON.parse(output)
    const byClouds = Object.entries(internetBytesByClouds)
    expect(byClouds.map(([pair]) => pair)).toContain('aws>gcp')
    expect(byClouds.filter(([pair]) => pair.split('>')[0] === pair.split('>')[1])).toEqual([])
    expect(byClouds.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(internetBytes)
    expect(internetBytes).toBeGreaterThan(200_000)
    expect(internetBytes).toBeLessThan(internetBytesIfAllPublic)
  })

  it('tries machines where there are no pods, and tells what those of one cloud would have cost', async () => {
    const { output, complaints } = await run(`${WORLDS}/one-cloud-hosts.yaml`, '-o', 'json')
    const result: LabResult = JSON.parse(output)
    expect(result, complaints).toMatchObject({ ok: true, pairs: 2, failed: [], internetBytes: 0 })
    // 100 KB of TCP each way for each pair, and little more.
    expect(result.internetBytesIfAllPublic).toBeGreaterThan(400_000)
    expect(result.internetBytesIfAllPublic).toBeLessThan(600_000)
  })

  it('hears a network that leaks on purpose, although every pair arrives', async () => {
    const { code, output, complaints } = await run(`${WORLDS}/leaks-on-purpose.yaml`, '-o', 'json')
    const result: LabResult = JSON.parse(output)
    expect(result, complaints).toMatchObject({ ok: false, pairs: 4, failed: [] })
    expect(result.clearTextPackets).toBeGreaterThan(100)
    expect(code).toBe(1)
  })

  it('says which pairs fell short, and by which probe', async () => {
    const { code, output } = await run(`${WORLDS}/checked-sources.yaml`, '-o', 'json')
    const failed = { family: 4, probe: 'echo', reason: 'no answer (3 tries)' }
    expect(JSON.parse(output)).toMatchObject({
      ok: false,
      pairs: 2,
      failed: [
        { from: 'left-a', to: 'right-a', ...failed },
        { from: 'right-a', to: 'left-a', ...failed },
      ],
      clearTextPackets: 0,
    })
    expect(code).toBe(1)
  })

  it('runs twice at once', async () => {
    const file = `${WORLDS}/leaks-on-purpose.yaml`
    const both = await Promise.all([run(file, '-o', 'json'), run(file, '-o', 'json')])
    expect(both.map(({ output }) => JSON.parse(output).failed)).toEqual([[], []])
  })

  it('says what is wrong with a world that is no lab, and touches nothing', async () => {
    expect(await run(`${WORLDS}/none-such.yaml`)).toMatchObject({ code: 2, output: '' })
  })

  it('leaves nothing when it is stopped half-way', async () => {
    const { child, ended } = startDamask('lab', 'run', FOUR_CLOUDS)
    labs.add(labId(await said(child, 'agents started')))
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 1, output: '' })
  })

  it('takes away what a run left that was killed', async () => {
    const { child, ended } = startDamask('lab', 'run', FOUR_CLOUDS)
    const id = labId(await said(child, 'adding'))
    child.kill('SIGKILL')
    await ended
    expect(remainsOf(id).length).toBeGreaterThan(0)
    labs.add(id)
    await run(`${WORLDS}/leaks-on-purpose.yaml`)
  })
})

/** All that was said until these words. */
const said = (child: ReturnType<typeof startDamask>['child'], words: string): Promise<string> =>
  new Promise((resolve) => {
    let text = ''
    child.stderr?.on('data', (bytes) => {
      text += bytes
      if (text.includes(words)) resolve(text)
    })
  })
