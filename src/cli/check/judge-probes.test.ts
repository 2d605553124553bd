import { describe, expect, test } from 'vitest'
import type { AgentState } from './agent-states.ts'
import { groupFindings } from './finding.ts'
import { judgeProbes, type NodeProbes } from './judge-probes.ts'
import { pairMatrix } from './pair-matrix.ts'
import { nodePortsOf, type ProbeFailure, type ProbePlan, sampleOf } from './probe-plan.ts'

const NODES = ['a1', 'a2', 'b1']
const PLAN: ProbePlan = {
  port: 29219,
  pods: NODES.map((node, n) => ({ node, addresses: [`10.42.${n}.2`, `fd42:${n}::2`] })),
  service: { addresses: ['10.43.0.9'], port: 29219 },
  api: { name: 'kubernetes.default.svc', address: '10.43.0.1', port: 443, hasDns: true },
  nodePorts: {},
}
const agent = (name: string, more: Partial<AgentState> = {}): readonly [string, AgentState] => [
  name,
  { isReady: true, site: name.slice(0, 1), isGateway: name.endsWith('1'), hasHandshake: true, ...more },
]
const AGENTS = new Map(NODES.map((name) => agent(name)))

const probesWith = (failures: Readonly<Record<string, readonly ProbeFailure[]>>): readonly NodeProbes[] =>
  NODES.map((node) => ({ node, report: { tried: 10, mtuBytes: 1420, failures: failures[node] ?? [] } }))

const lost = (to: string, probe: ProbeFailure['probe'], family: 4 | 6 = 4, reason = 'no answer'): ProbeFailure => ({
  ...{ to, probe, family, reason },
})
const allOf = (to: string): readonly ProbeFailure[] =>
  ([4, 6] as const).flatMap((family) => [lost(to, 'tcp', family), lost(to, 'udp', family)])

const judged = (failures: Readonly<Record<string, readonly ProbeFailure[]>>, agents = AGENTS) =>
  groupFindings(judgeProbes(probesWith(failures), { plan: PLAN, agents })).filter(({ severity }) => severity !== 'ok')

test('all that came back is one line a topic', () => {
  const findings = judgeProbes(probesWith({}), { plan: PLAN, agents: AGENTS })
  expect(findings.map(({ severity, what }) => `${severity} ${what}`)).toEqual([
    'ok 9 of 9 pairs of pods reach each other by TCP and UDP, up to full size, over IPv4 and IPv6',
    'ok a service is reached from every node, by TCP and UDP, and by its node port',
    'ok kubernetes.default.svc is reached from every node',
    'ok host ports are reached',
  ])
})

describe('the most probable reason is', () => {
  test('an agent that is not ready', () => {
    const agents = new Map([...AGENTS, agent('b1', { isReady: false, reason: 'no endpoint answers' })])
    expect(judged({ a1: allOf('b1'), a2: allOf('b1') }, agents)).toEqual([
      {
        severity: 'error',
        topic: 'pods',
        what: 'pods do not reach pods of b1: no answer',
        advice: 'the agent of b1 is not ready: no endpoint answers',
        nodes: ['a1', 'a2'],
      },
    ])
  })
  test('a gateway that nobody ever heard', () => {
    const agents = new Map([...AGENTS, agent('b1', { hasHandshake: false, endpoint: '203.0.113.20:51820' })])
    expect(judged({ a1: allOf('b1') }, agents)[0]?.advice).toBe(
      'no handshake of WireGuard came about with b1: open the UDP port of its endpoint (203.0.113.20:51820) in the firewall of its cloud',
    )
  })
  test('inside a site, its network', () => {
    const [finding] = judged({ a1: allOf('a2') })
    expect(finding?.advice).toContain('both are of site a')
    expect(finding?.advice).toContain('--fabric vxlan')
  })
  test('a way that takes less than it says', () => {
    const [finding] = judged({ a1: [lost('b1', 'udp-full')] })
    expect(finding?.what).toBe('packets of full size do not reach pods of b1 over IPv4, smaller ones do')
    expect(finding?.advice).toContain('spec.mtu')
  })
  test('somebody who masquerades, which is no error', () => {
    const [finding] = judged({ a1: [lost('b1', 'source', 4, 'it sees 172.31.0.11')] })
    expect(finding).toMatchObject({
      severity: 'warning',
      what: 'pods of b1 do not see who asks over IPv4: it sees 172.31.0.11',
    })
  })
})

test('one family, or one protocol, is said', () => {
  expect(judged({ a1: [lost('b1', 'udp', 6)] })[0]?.what).toBe(
    'pods do not reach pods of b1 by UDP over IPv6: no answer',
  )
})

test('the same of several receivers and senders is one finding', () => {
  const failures = { a1: [...allOf('a2'), ...allOf('b1')], a2: allOf('b1') }
  const nobody = new Map<string, AgentState>()
  expect(judged(failures, nobody).map(({ what, nodes }) => [what, nodes])).toEqual([
    ['pods do not reach pods of a2, b1: no answer', ['a1']],
    ['pods do not reach pods of b1: no answer', ['a2']],
  ])
})

test.each([
  ['service', '10.43.0.9', 'services', 'kube-proxy'],
  ['node-port', 'a2', 'services', '--nodeport-addresses'],
  ['dns', 'kubernetes.default.svc', 'names', 'CoreDNS'],
  ['tls', 'kubernetes.default.svc', 'names', '--advertise-address'],
  ['host-port', 'a2', 'host-ports', 'portmap'],
] as const)('%s that fails is a finding of %s', (probe, to, topic, words) => {
  const [finding] = judged({ a1: [lost(to, probe)] })
  expect(finding).toMatchObject({ severity: 'error', topic, nodes: ['a1'], advice: expect.stringContaining(words) })
})

test('the matrix says what did not come back, and is not there where all did', () => {
  const probes = probesWith({ a1: [lost('b1', 'udp-full', 6)], b1: [...allOf('a1')] })
  expect(pairMatrix(probes, PLAN)).toBe(
    [
      'from \\ to  a1    a2  b1',
      'a1         ok    ok  udp-full/6',
      'a2         ok    ok  ok',
      'b1         none  ok  ok',
    ].join('\n'),
  )
  expect(pairMatrix(probesWith({}), PLAN)).toBeUndefined()
})

test('of a hundred nodes each asks thirty, from all over the list', () => {
  const all = Array.from({ length: 100 }, (_, n) => n)
  const sample = sampleOf(all)
  expect(sample.length).toBe(30)
  expect([sample[0], sample[15], sample[29]]).toEqual([0, 50, 96])
  expect(sampleOf(all.slice(0, 30))).toEqual(all.slice(0, 30))
})

test('a port of a node is asked by its fellow of the same site, and by itself where it has none', () => {
  const planned = NODES.map((name, n) => ({
    name,
    site: name.slice(0, 1),
    internalAddresses: [`172.31.0.${n}`, `fd00::${n}`],
    podAddresses: [`10.42.${n}.2`],
  }))
  const ports = nodePortsOf(planned, { 'host-port': 29219, 'node-port': undefined })
  expect(
    Object.entries(ports).map(([from, asked]) => [from, asked.map(({ node, address }) => `${node} ${address}`)]),
  ).toEqual([
    ['a1', ['a2 172.31.0.1']],
    ['a2', ['a1 172.31.0.0']],
    ['b1', ['b1 172.31.0.2']],
  ])
})
