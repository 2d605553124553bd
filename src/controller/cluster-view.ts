// All of a cluster that MeshNodes are made from.
import type { Network, Resource } from '../model/index.ts'
import type { CoreNode } from './core-node.ts'
import type { MeshNode } from './mesh-node.ts'
import type { LastGranted } from './pod-prefix-grants.ts'

export type ClusterView = {
  readonly network: Network
  readonly sites: readonly Resource[]
  readonly coreNodes: ReadonlyMap<string, CoreNode>
  readonly meshNodes: ReadonlyMap<string, MeshNode>
  /** False: the cluster may be about to give the node pod prefixes itself. */
  readonly mayBeGranted: (node: CoreNode) => boolean
  readonly last: LastGranted
}
