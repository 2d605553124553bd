// What the planner sees: the resources, validated and indexed, and what this node observed.
import type { Address } from './address.ts'
import type { Network } from './resources/network.ts'
import type { Node } from './resources/node.ts'
import type { NodeStatus } from './resources/node-status.ts'
import type { Site } from './resources/site.ts'

export type World = {
  readonly network: Network
  /** By name. */
  readonly sites: ReadonlyMap<string, Site>
  /** By name; in ascending order of names whatever the order of the input. */
  readonly nodes: ReadonlyMap<string, Node>
  /** By node name. */
  readonly statuses: ReadonlyMap<string, NodeStatus>
}

/**
 * What a node knows of itself and no other node needs. Without it (a plan made from files alone) the planner says `$NIC`
 * for the underlay link, and knows no pods.
 */
export type Local = {
  /** The link that holds the node's private address. */
  readonly underlay?: {
    readonly link: string
    /** It takes routes from router advertisements, which forwarding would stop unless accept_ra becomes 2. */
    readonly acceptsRouterAdvertisements?: boolean
  }
  readonly pods: readonly LocalPod[]
}

/** A pod on this node, as its ADD recorded it. */
export type LocalPod = {
  readonly containerId: string
  readonly interfaceName: string
  /** `namespace/name` where the runtime said so. */
  readonly name?: string
  /** The host's end, `dmk…`. */
  readonly link: string
  /** Of the pod's end. */
  readonly hardwareAddress: string
  readonly addresses: readonly Address[]
  readonly mtuBytes: number
}
