// What does not fit of a cluster as a whole: its Network, its controller, the pods that are no agents, what could not be read.
import type { ClusterFacts } from './cluster-facts.ts'
import { AGENT, CONTROLLER } from './cluster-names.ts'
import type { Trouble } from './cluster-status.ts'

/** A clock of ours that is a little ahead is no reason to worry. */
const CLOCK_SECONDS = 30

export function findClusterTroubles(
  { lease, network, pods, unread, unknown }: ClusterFacts,
  now: number,
): readonly Trouble[] {
  const error = (message: string): Trouble => ({ severity: 'error', message })
  const isLate =
    lease?.renewedAt !== undefined && now - lease.renewedAt > (lease.durationSeconds + CLOCK_SECONDS) * 1000
  const ours = pods.filter(({ workload, isReady }) => workload !== AGENT && workload !== '' && !isReady)
  return [
    ...(network === undefined && !unknown.has('network')
      ? [error('there is no Network "default"; `damask install` makes it')]
      : []),
    ...(lease?.holder === undefined && !unknown.has('lease')
      ? [
          error(
            `no controller leads: nobody holds the Lease ${CONTROLLER}, so that nodes that join or change are not followed`,
          ),
        ]
      : []),
    ...(isLate
      ? [error(`the controller ${lease.holder} does not renew its Lease any more, and no other has taken it`)]
      : []),
    ...ours.map(
      ({ name, node, reason }): Trouble => ({
        severity: 'warning',
        message: `pod ${name}${node === undefined ? ', which has no node,' : ` on ${node}`} is not ready: ${reason ?? 'its kubelet does not say why'}`,
      }),
    ),
    ...unread.map((message): Trouble => ({ severity: 'warning', message })),
  ]
}
