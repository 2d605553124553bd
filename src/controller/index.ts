// Controller: what a network needs once, and not once a node: who holds which gateway slot, written down so that it stays; and in a
// cluster of Kubernetes the MeshNodes that its Nodes are, by one of several controllers at a time.
// Never: a plan of its own (it records what the planner says), a file or an object that a person wrote, or a kernel.
export { type ClusterControllerOptions, runClusterController } from './cluster-controller.ts'
export { type ControllerOptions, type ControllerStore, runController } from './controller.ts'
export type { ControllerClock, ControllerLog } from './controller-clock.ts'
export type { GrantChange, SlotGrant } from './grant-changes.ts'
export { type GrantStore, type GrantView, makeGrants, viewGrants } from './grant-round.ts'
export { grantSlots } from './grant-slots.ts'
