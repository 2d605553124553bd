// Controller: what a network needs once, and not once a node: who holds which gateway slot, written down so that it stays.
// Never: a plan of its own (it records what the planner says), a file that a person wrote, or a kernel.
export { type ControllerOptions, type ControllerStore, runController } from './controller.ts'
export type { GrantChange, SlotGrant } from './grant-changes.ts'
export { type GrantStore, type GrantView, makeGrants, viewGrants } from './grant-round.ts'
export { grantSlots } from './grant-slots.ts'
