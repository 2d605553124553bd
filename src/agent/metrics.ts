// The agent's numbers for Prometheus. The library is loaded with the first scrape: an agent that nobody scrapes goes without.
import type { AgentStatus } from './agent-status.ts'
import type { LoopDelays } from './loop-delay.ts'
import type { ReconcileReport } from './reconciler.ts'

export type MetricsInput = {
  readonly status: AgentStatus
  readonly report: ReconcileReport
  /** Addresses that pods may still be given. */
  readonly freeAddresses: number
  readonly loopDelay: LoopDelays | undefined
}

/** The text of GET /metrics. */
export async function renderMetrics({ status, report, freeAddresses, loopDelay }: MetricsInput): Promise<string> {
  // A CommonJS package: bundled, it has a default export alone.
  const { Counter, Gauge, Registry } = (await import('prom-client')).default
  const registry = new Registry()
  const gauge = (name: string, help: string, value: number): void =>
    new Gauge({ name: `damask_${name}`, help, registers: [registry] }).set(value)
  // Counted elsewhere since the agent started, so each scrape begins at 0 and adds all of it.
  const counter = (name: string, help: string, value: number): void =>
    new Counter({ name: `damask_${name}`, help, registers: [registry] }).inc(value)

  gauge('ready', '1: the plan of the present world is applied', Number(status.ready.ready))
  gauge('converged', '1: ready, every node has a key, and every peer had a handshake', Number(status.ready.converged))
  gauge('peers', 'WireGuard peers in the plan', status.peers.length)
  gauge('pods', 'Pods that hold addresses of this node', status.pods.length)
  gauge('addresses_free', 'Addresses that pods may still be given', freeAddresses)
  gauge('failing_entries', 'Changes that the kernel refused and that are tried again', status.failures.length)
  gauge('reconcile_last_seconds', 'How long the last round took', report.seconds.last)
  counter('reconciles_total', 'Rounds since the agent started', report.rounds)
  counter('reconcile_seconds_total', 'Time spent in rounds', report.seconds.total)
  counter('kernel_writes_total', 'Changes handed to the kernel', report.writes)
  counter('drift_repairs_total', 'Entries put back after somebody else touched them', report.drift.total())

  const delays = new Gauge({
    name: 'damask_agent_event_loop_delay_seconds',
    help: 'How late the event loop was while pods were asked for, since the last scrape; 1 is the longest; absent: none was',
    labelNames: ['quantile'],
    registers: [registry],
  })
  for (const [quantile, seconds] of Object.entries(loopDelay ?? {})) delays.set({ quantile }, seconds)

  const labelNames = ['node', 'link'] as const
  const ages = new Gauge({
    name: 'damask_peer_handshake_age_seconds',
    help: 'Time since the last handshake; absent: never',
    labelNames,
    registers: [registry],
  })
  const received = new Counter({
    name: 'damask_peer_received_bytes_total',
    help: 'Bytes from the peer',
    labelNames,
    registers: [registry],
  })
  const sent = new Counter({
    name: 'damask_peer_sent_bytes_total',
    help: 'Bytes to the peer',
    labelNames,
    registers: [registry],
  })
  for (const { node, link, secondsSinceHandshake, receivedBytes, sentBytes } of status.peers) {
    if (secondsSinceHandshake !== undefined) ages.set({ node, link }, secondsSinceHandshake)
    received.inc({ node, link }, receivedBytes)
    sent.inc({ node, link }, sentBytes)
  }
  return registry.metrics()
}
