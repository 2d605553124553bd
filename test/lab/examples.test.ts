// Every example comes up, carries every pair, shows nothing in the clear, and goes away.
import { readdirSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import type { LabResult } from '../../src/lab/index.ts'
import { EXAMPLE_PAIRS } from '../example-pairs.ts'
import { damask, EXAMPLES, labId, remainsOf } from './damask-process.ts'

/** Of one site: nothing of them has to cross the internet. */
const isOneSite = (name: string): boolean => name.startsWith('one-site-')

const measured: string[] = []
afterAll(() => console.log(measured.join('\n')))

describe('the examples', () => {
  it('are all tried here', () => {
    expect(readdirSync(EXAMPLES).sort()).toEqual(Object.keys(EXAMPLE_PAIRS).map((name) => `${name}.yaml`))
  })

  it.each(Object.keys(EXAMPLE_PAIRS))('%s carries every pair', async (name) => {
    const { code, output, complaints } = await damask('lab', 'run', `${EXAMPLES}/${name}.yaml`, '-o', 'json')
    const result: LabResult = JSON.parse(output)
    expect(result, complaints).toMatchObject({ ok: true, pairs: EXAMPLE_PAIRS[name], failed: [], clearTextPackets: 0 })
    expect(code).toBe(0)
    expect(remainsOf(labId(complaints))).toEqual([])
    const { internetBytes, internetBytesIfAllPublic, seconds } = result
    measured.push(
      `${name}: ${internetBytes} bytes, ${internetBytesIfAllPublic} if all public; ${JSON.stringify(seconds)}`,
    )
    const late = complaints.split('\n').filter((line) => line.includes('is not ready'))
    measured.push(...late)
    if (isOneSite(name)) expect(internetBytes).toBe(0)
    // Machines of one site need no public addresses among themselves. In a full mesh there are none, and a relay costs twice.
    else if (name !== 'full-mesh' && name !== 'behind-nat') expect(internetBytes).toBeLessThan(internetBytesIfAllPublic)
  })
})
