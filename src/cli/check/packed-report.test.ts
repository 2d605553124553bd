import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packReport, tryUnpackReport, writeReport } from './packed-report.ts'
import { outcomeOf } from './pod-outcome.ts'

test('a report of two hundred failures fits into what a kubelet takes', () => {
  const failures = Array.from({ length: 200 }, (_, n) => ({
    ...{
      probe: ['tcp', 'udp'][n % 2],
      to: `node-${n >> 2}.example.com`,
      family: n % 4 < 2 ? 4 : 6,
      reason: 'no answer',
    },
  }))
  const packed = packReport({ failures })
  expect(packed?.length).toBeLessThanOrEqual(4096)
  expect(tryUnpackReport(packed ?? '')).toEqual({ failures })
})

test('of what does not fit a shorter one is written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'damask-report-'))
  try {
    const long = { said: Array.from({ length: 9999 }, () => Math.random()) }
    writeReport(join(folder, 'report'), [long, { said: 'short' }])
    expect(tryUnpackReport(readFileSync(join(folder, 'report'), 'utf8'))).toEqual({ said: 'short' })
    expect(() => writeReport(join(folder, 'report'), [long])).toThrow('does not fit into the 4096 bytes')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const pod = (phase: string, state: object, more: object = {}) =>
  outcomeOf({
    metadata: { name: 'x' },
    spec: { nodeName: 'n1' },
    status: { phase, containerStatuses: [{ state }], ...more },
  })

test('what ended without a report failed, in its last words', () => {
  const terminated = { exitCode: 1, message: 'a\nthe last\n' }
  expect(pod('Failed', { terminated })).toMatchObject({ state: 'failed', reason: 'it ended with 1: the last' })
})
test('what ended with one reported', () => {
  const terminated = { exitCode: 0, message: packReport({ tried: 3 }) }
  expect(pod('Succeeded', { terminated })).toMatchObject({ node: 'n1', state: 'reported', report: { tried: 3 } })
})
test.each([
  ['ErrImageNeverPull', 'stuck'],
  ['ImagePullBackOff', 'stuck'],
  ['ErrImagePull', 'waiting'],
  ['ContainerCreating', 'waiting'],
])('a pod that waits for %s is %s', (reason, state) => {
  expect(pod('Pending', { waiting: { reason, message: 'because' } })).toMatchObject({ state, reason: 'because' })
})
test('one that runs has its addresses', () => {
  const podIPs = [{ ip: '10.42.0.2' }, { ip: 'fd42::2' }]
  expect(pod('Running', { running: {} }, { podIPs })).toMatchObject({
    state: 'running',
    addresses: ['10.42.0.2', 'fd42::2'],
  })
})
