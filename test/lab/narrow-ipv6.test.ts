// An underlay of both families whose IPv6 is the narrower one, and drops what is too large for it.
import { expect, it } from 'vitest'
import type { LabResult } from '../../src/lab/index.ts'
import { damask, labId, remainsOf, WORLDS } from './damask-process.ts'

it('carries full-size packets of both families through tunnels over the narrower one', async () => {
  const { code, output, complaints } = await damask('lab', 'run', `${WORLDS}/narrow-ipv6.yaml`, '-o', 'json')
  const result: LabResult = JSON.parse(output)
  expect(result, complaints).toMatchObject({ ok: true, pairs: 12, failed: [], clearTextPackets: 0 })
  expect(code).toBe(0)
  expect(remainsOf(labId(complaints))).toEqual([])
})
