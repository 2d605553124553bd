// What the planner sees: the resources, validated and indexed, and what this node observed.
import type { Address, Family } from './address.ts'
import type { Prefix } from './prefix.ts'
import type { Network } from './resources/network.ts'
import type { Node } from './resources/node.ts'
import type { NodeGrant } from './resources/node-grant.ts'
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
  /** By node name: what the controller wrote down. */
  readonly grants: ReadonlyMap<string, NodeGrant>
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
    /** Families of the link's addresses that reach beyond it. Left out: those of the node's private addresses. */
    readonly families?: readonly Family[]
  }
  /** Of links of the host that are not ours; ascending, each once; without link-local, loopback and /32, /128. Left out: none. */
  readonly subnets?: readonly Prefix[]
  readonly pods: readonly LocalPod[]
  /** What carries nothing at the moment. Left out: all is taken for alive. */
  readonly liveness?: Liveness
  /** Addresses of the endpoints that are names, as this node's resolver last gave them. */
  readonly resolvedHosts?: Readonly<Record<string, readonly Address[]>>
}

/** Legs without life. What is not named is taken for alive, and where nothing is alive everything is tried. */
export type Liveness = {
  /** Nodes of which every leg is dead. */
  readonly deadNodes: readonly string[]
  /** Pairs of nodes whose leg, over a tunnel or a fabric, is dead; in either order. */
  readonly deadLegs: readonly (readonly [string, string])[]
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
