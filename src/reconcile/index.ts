// Reconcile: what has to change so that a namespace holds what a plan says, and in which order.
// Never: I/O, clocks, the kernel. It sees two lists of entries and gives a list of changes.
export * from './diff.ts'
export { isAsWanted } from './entry-equality.ts'
