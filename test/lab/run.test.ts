// Whole labs through the tool: what is printed, what it means, and that nothing is left.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LabResult } from '../../src/lab/index.ts'
import { damask, FOUR_CLOUDS, homeNetwork, leftovers, startDamask, WORLDS } from './damask-process.ts'

let before: { left: readonly string[]; network: readonly string[] }
beforeEach(() => {
  before = { left: leftovers(), network: homeNetwork() }
})
afterEach(() => {
  expect({ left: leftovers(), network: homeNetwork() }).toEqual(before)
})

describe('damask lab run', () => {
  it('carries every pair of four clouds, encrypted wherever it crosses the internet', async () => {
    const { code, output, complaints } = await damask('lab', 'run', FOUR_CLOUDS, '-o', 'json')
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
    const { output } = await damask('lab', 'run', FOUR_CLOUDS, '-o', 'json')
    const { internetBytes, internetBytesByClouds, internetBytesIfAllPublic }: LabResult = JSON.parse(output)
    const byClouds = Object.entries(internetBytesByClouds)
    expect(byClouds.map(([pair]) => pair)).toContain('aws>gcp')
    expect(byClouds.filter(([pair]) => pair.split('>')[0] === pair.split('>')[1])).toEqual([])
    expect(byClouds.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(internetBytes)
    expect(internetBytes).toBeGreaterThan(200_000)
    expect(internetBytes).toBeLessThan(internetBytesIfAllPublic)
  })

  it('hears a network that leaks on purpose, although every pair arrives', async () => {
    const { code, output, complaints } = await damask('lab', 'run', `${WORLDS}/leaks-on-purpose.yaml`, '-o', 'json')
    const result: LabResult = JSON.parse(output)
    expect(result, complaints).toMatchObject({ ok: false, pairs: 4, failed: [] })
    expect(result.clearTextPackets).toBeGreaterThan(100)
    expect(code).toBe(1)
  })

  it('runs twice at once', async () => {
    const file = `${WORLDS}/leaks-on-purpose.yaml`
    const both = await Promise.all([damask('lab', 'run', file, '-o', 'json'), damask('lab', 'run', file, '-o', 'json')])
    expect(both.map(({ output }) => JSON.parse(output).failed)).toEqual([[], []])
  })

  it('says what is wrong with a world that is no lab, and touches nothing', async () => {
    expect(await damask('lab', 'run', `${WORLDS}/none-such.yaml`)).toMatchObject({ code: 2, output: '' })
  })

  it('leaves nothing when it is stopped half-way', async () => {
    const { child, ended } = startDamask('lab', 'run', FOUR_CLOUDS)
    await said(child, 'agents started')
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 1, output: '' })
  })

  it('takes away what a run left that was killed', async () => {
    const { child, ended } = startDamask('lab', 'run', FOUR_CLOUDS)
    await said(child, 'adding')
    child.kill('SIGKILL')
    await ended
    expect(leftovers().length).toBeGreaterThan(before.left.length)
    const { complaints } = await damask('lab', 'run', `${WORLDS}/leaks-on-purpose.yaml`)
    expect(complaints).toContain('taking away lab four-clouds')
  })
})

const said = (child: ReturnType<typeof startDamask>['child'], words: string): Promise<void> =>
  new Promise((resolve) => {
    child.stderr?.on('data', (bytes) => {
      if (String(bytes).includes(words)) resolve()
    })
  })
