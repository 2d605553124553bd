// What a look at one machine brings: findings, and what only somebody who knows the cluster can judge.
import type { Finding } from './finding.ts'
import type { NodeFacts } from './node-facts.ts'
import type { ServerLook } from './server-look.ts'

export type NodeReport = {
  readonly kernel: string
  readonly wireguard?: NodeFacts['kernel']['wireguard']
  /** `172.31.0.11/20` */
  readonly addresses: readonly string[]
  readonly findings: readonly Finding[]
  readonly server?: ServerLook
}

export const nodeReport = ({ kernel, subnets, server }: NodeFacts, findings: readonly Finding[]): NodeReport => ({
  kernel: kernel.release,
  ...(kernel.wireguard && { wireguard: kernel.wireguard }),
  addresses: subnets.map(({ address, length }) => `${address}/${length}`),
  findings,
  ...(server && { server }),
})

/** Ever shorter, for a place that does not hold all of it. */
export const shorterReports = (report: NodeReport): readonly NodeReport[] => [
  report,
  { ...report, addresses: [], findings: report.findings.filter(({ severity }) => severity !== 'ok') },
  { ...report, addresses: [], findings: report.findings.filter(({ severity }) => severity === 'error').slice(0, 20) },
]
