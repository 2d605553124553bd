import { describe, expect, it } from 'vitest'
import { type Change, type Failure, parsePrefix, route, TABLE } from '../model/index.ts'
import { createFailureBackoff } from './failure-backoff.ts'

const change = (to: string, link = 'damask-t1'): Change => ({
  op: 'create',
  entry: route({ table: TABLE, to: parsePrefix(to), target: { kind: 'link', link }, because: [] }),
})
const failure = (of: Change): Failure => ({ change: of, message: 'cannot add it: ENODEV', code: 'ENODEV' })

describe('a refused change', () => {
  it('is held back for 1 s, 2 s, 4 s … and never longer than 30 s', () => {
    const backoff = createFailureBackoff()
    let now = 0
    const waits: number[] = []
    for (let attempt = 0; attempt < 8; attempt++) {
      backoff.record({ failures: [failure(change('10.1.0.0/24'))], heldBack: [] }, now)
      const next = backoff.nextTryAt() ?? Number.NaN
      expect(backoff.isHeldBack(change('10.1.0.0/24'), next - 1)).toBe(true)
      expect(backoff.isHeldBack(change('10.1.0.0/24'), next)).toBe(false)
      waits.push(next - now)
      now = next
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
  })

  it('is tried at once when something else is wanted of it, and holds back nothing but itself', () => {
    const backoff = createFailureBackoff()
    backoff.record({ failures: [failure(change('10.1.0.0/24'))], heldBack: [] }, 0)
    expect(backoff.isHeldBack(change('10.1.0.0/24', 'eth0'), 1)).toBe(false)
    expect(backoff.isHeldBack(change('10.2.0.0/24'), 1)).toBe(false)
  })

  it('is said once, stays while it is held back, and is forgotten when it is not wanted any more', () => {
    const backoff = createFailureBackoff()
    const held = change('10.1.0.0/24')
    expect(backoff.record({ failures: [failure(held)], heldBack: [] }, 0)).toHaveLength(1)
    expect(backoff.record({ failures: [], heldBack: [held] }, 500)).toHaveLength(0)
    expect(backoff.failures()).toMatchObject([{ attempts: 1, since: 0, message: 'cannot add it: ENODEV' }])
    expect(backoff.record({ failures: [failure(held)], heldBack: [] }, 1000)).toHaveLength(0)
    expect(backoff.failures()).toMatchObject([{ attempts: 2, since: 0 }])
    backoff.record({ failures: [], heldBack: [] }, 3000)
    expect(backoff.failures()).toEqual([])
    expect(backoff.nextTryAt()).toBeUndefined()
  })
})
