// Where the objects of a network stand in a cluster. All are of the cluster, none of a namespace.
import type { Collection } from './kubernetes-api.ts'

const damask = (plural: string): Collection => ({ group: 'damask.dev', version: 'v1alpha1', plural })

export const NETWORKS: Collection = damask('networks')
export const SITES: Collection = damask('sites')
/** A core Node is something else: what Damask knows of one stands here. */
export const MESH_NODES: Collection = damask('meshnodes')

/** A cluster has one network, of this name. */
export const NETWORK_NAME = 'default'
