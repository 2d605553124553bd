import { expect, it } from 'vitest'
import { damask, labId, remainsOf, WORLDS } from './damask-process.ts'

it('a lab of one node has no pairs, says so, and is well', async () => {
  const { code, output, complaints } = await damask('lab', 'run', `${WORLDS}/one-node.yaml`, '-o', 'json')
  expect(complaints).toContain('there was no pair to try: the lab has one node')
  expect(JSON.parse(output)).toMatchObject({ ok: true, pairs: 0, failed: [] })
  expect(code).toBe(0)
  expect(remainsOf(labId(complaints))).toEqual([])
})
