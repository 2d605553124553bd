// The controller of a Kubernetes cluster: one of several is at work, and makes MeshNodes of the cluster's Nodes and grants their slots.
import type { KubernetesApi, Store } from '../store/index.ts'
import { runController } from './controller.ts'
import type { ControllerClock, ControllerLog } from './controller-clock.ts'
import { fenceApi } from './fenced-api.ts'
import { runElection } from './leader-election.ts'
import { syncNodes } from './node-sync.ts'

export type ClusterControllerOptions = {
  readonly api: KubernetesApi
  /** Of a term: what an earlier one heard may be older than what another controller wrote since. Writes are those of the `api` it is given. */
  readonly openStore: (api: KubernetesApi) => Store
  /** No other controller may have it. */
  readonly identity: string
  /** Of the Lease. */
  readonly namespace: string
  readonly clock: ControllerClock
  readonly log: ControllerLog
  readonly signal: AbortSignal
}

const LEASE_NAME = 'damask-controller'

/** Resolves once the signal is aborted, nothing is being written any more, and the Lease is given back. Never rejects. */
export async function runClusterController(options: ClusterControllerOptions): Promise<void> {
  const { api, openStore, identity, namespace, clock, log, signal } = options
  await runElection({
    api,
    namespace,
    name: LEASE_NAME,
    identity,
    clock,
    log,
    signal,
    async lead(term) {
      const fenced = fenceApi(api, term)
      const store = openStore(fenced)
      try {
        await Promise.all([
          syncNodes({ api: fenced, clock, log, signal: term.signal }),
          runController({ store, clock, log, signal: term.signal }),
        ])
      } finally {
        store.close()
      }
    },
  })
}
