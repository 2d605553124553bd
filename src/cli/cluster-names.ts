// Where what Damask runs in a cluster stands.
import { API_VERSION } from '../model/index.ts'
import type { Collection } from '../store/index.ts'

export const NAMESPACE = 'damask-system'

/** Names of workloads; their pods have them as the label `app.kubernetes.io/name`. */
export const AGENT = 'damask-agent'
export const CONTROLLER = 'damask-controller'
export const KEEPER = 'damask-wireguard-go'

/** Of the cluster's one Network. */
export const NETWORK = 'default'

const [GROUP = '', VERSION = ''] = API_VERSION.split('/')
const damask = (plural: string): Collection => ({ group: GROUP, version: VERSION, plural })

export const NETWORKS = damask('networks')
export const SITES = damask('sites')
export const MESH_NODES = damask('meshnodes')
export const NODES: Collection = { group: '', version: 'v1', plural: 'nodes' }
export const PODS: Collection = { group: '', version: 'v1', plural: 'pods', namespace: NAMESPACE }
export const EVENTS: Collection = { group: '', version: 'v1', plural: 'events', namespace: NAMESPACE }
export const CONFIG_MAPS: Collection = { group: '', version: 'v1', plural: 'configmaps', namespace: NAMESPACE }
export const DAEMON_SETS: Collection = { group: 'apps', version: 'v1', plural: 'daemonsets', namespace: NAMESPACE }
export const DEPLOYMENTS: Collection = { group: 'apps', version: 'v1', plural: 'deployments', namespace: NAMESPACE }
export const LEASES: Collection = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  namespace: NAMESPACE,
}
