// Planner: World in, NodeState of each node out. One file a concern.
// Never: I/O, clocks, randomness, or the kernel's present state. The same World gives the same bytes in any input order.
export { endpointHosts } from './endpoint-hosts.ts'
export { gatewayAddressesOf, lanAddress } from './gateway-address.ts'
export { type Leg, legsOf } from './legs.ts'
export type { Mtus } from './mtu.ts'
export { type OwnedPrefix, ownedByNode } from './owned-prefix.ts'
export { type Plan, preparePlan } from './plan.ts'
export type { PlanIssue } from './plan-issue.ts'
export { planNode, UNKNOWN_NIC } from './plan-node.ts'
export { planPod } from './pods.ts'
export type { PlannedNode, PlannedSite } from './site.ts'
export { topologyOf } from './topology.ts'
export { endpointOf } from './tunnels.ts'
