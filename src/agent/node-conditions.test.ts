import { describe, expect, it } from 'vitest'
import { labNode, labWorld } from '../../test/lab-world.ts'
import { preparePlan } from '../planner/index.ts'
import type { StandingFailure } from './failure-backoff.ts'
import { type ConditionsInput, nodeConditions } from './node-conditions.ts'

const NOTHING: ConditionsInput = { node: 'a', findings: [], failures: [], reasons: [], plan: undefined, isIll: false }
const conditions = (input: Partial<ConditionsInput>) => nodeConditions({ ...NOTHING, ...input })

const failure = (message: string, attempts: number): StandingFailure => ({
  key: message,
  op: 'create',
  message,
  code: 'EEXIST',
  since: 0,
  attempts,
  nextTryAt: 0,
})

describe('the conditions of a node', () => {
  it('are none where all is well', () => {
    expect(conditions({})).toEqual([])
  })

  it('say what the host lacks, by type', () => {
    expect(conditions({ findings: [{ severity: 'warning', type: 'NoIpv6', message: 'boot it' }] })).toEqual([
      { type: 'NoIpv6', message: 'boot it' },
    ])
  })

  it('say what the kernel goes on refusing, and not what the next round mends', () => {
    const lack = 'cannot create damask-t1: this kernel has no WireGuard; install it'
    expect(conditions({ failures: [failure('once', 1), failure('twice', 2), failure(lack, 2)] })).toEqual([
      { type: 'KernelRefuses', message: 'twice' },
      { type: 'NoWireguard', message: lack },
    ])
  })

  it('leave out why a node is not ready where that is over in a moment', () => {
    expect(
      conditions({
        reasons: [
          { kind: 'not-applied', message: 'not yet' },
          { kind: 'no-underlay', message: 'no link holds 10.0.0.1' },
        ],
      }),
    ).toEqual([{ type: 'NoUnderlay', message: 'no link holds 10.0.0.1' }])
  })

  it('hold no number that moves where the kernel hangs', () => {
    expect(conditions({ isIll: true })).toEqual([{ type: 'KernelHangs', message: expect.not.stringMatching(/\d/) }])
  })

  it('are at most sixteen, in an order of their own, each once', () => {
    const findings = Array.from({ length: 40 }, (_, index) => ({
      severity: 'warning' as const,
      type: 'T',
      message: `m${String(index % 30).padStart(2, '0')}`,
    }))
    const found = conditions({ findings })
    expect(found).toHaveLength(16)
    expect(conditions({ findings: findings.toReversed() })).toEqual(found)
  })
})

describe('what the planner has to say', () => {
  // Nobody of site s or t speaks for it: each of them has no gateway.
  const world = labWorld(
    [
      { ...labNode('a', '192.0.2.1/24', undefined, ['10.42.1.0/24']), site: 's', gateway: 'never' as const },
      { ...labNode('b', '192.0.2.2/24', undefined, ['10.42.2.0/24']), site: 's', gateway: 'never' as const },
      { ...labNode('c', '198.51.100.1/24', undefined, ['10.42.3.0/24']), site: 't', gateway: 'never' as const },
    ],
    ['10.42.0.0/16'],
  )
  const plan = preparePlan(world)

  it('of a site is said by one of its nodes', () => {
    expect(conditions({ plan })).toEqual([
      { type: 'PlanIssue', message: expect.stringContaining('site s has no gateway') },
    ])
    expect(conditions({ plan, node: 'b' })).toEqual([])
    expect(conditions({ plan, node: 'c' })).toEqual([
      { type: 'PlanIssue', message: expect.stringContaining('site t has no gateway') },
    ])
  })

  it('of a node is said by that node', () => {
    const message = 'the underlay of Node/b leaves 1000 bytes'
    const narrow = {
      ...plan,
      issues: [{ severity: 'warning' as const, message }],
      sites: plan.sites,
      nodeNamed: plan.nodeNamed,
    }
    expect(conditions({ plan: narrow, node: 'b' })).toEqual([{ type: 'PlanIssue', message }])
    expect(conditions({ plan: narrow })).toEqual([])
  })
})
