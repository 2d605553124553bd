// Verifier: walks packets through NodeStates, planned or observed, over a picture of the networks below, as Linux would send them.
// Never: I/O, clocks, randomness, or code of the planner: what it finds out it finds out from the entries alone.
export { type CompiledNetwork, compileNetwork, type NetworkInput } from './compiled-network.ts'
export { type DerivedUnderlay, deriveUnderlay } from './derive-underlay.ts'
export type { Branch, Cause, Crossing, Destination, Hop, Step, Verdict, Wrap } from './hop.ts'
export { factsOf, type MachineFacts, type WorldFacts } from './machine-facts.ts'
export { type MachineKinds, machineKindsOf } from './machine-kinds.ts'
export type { Answer, Packet, Payload, Translation } from './packet.ts'
export * from './proof/certificate.ts'
export { certifiedProof, checkCertificate, differences, proofOfKinds } from './proof/certificate-check.ts'
export type { End } from './proof/ends.ts'
export type { Relation } from './proof/kinds.ts'
export {
  type Outcome,
  outcomeFrom,
  type PairClass,
  type Proof,
  probeOf,
  proveNetwork,
  type Source,
  type Target,
} from './proof/prove.ts'
export { reproveNetwork } from './proof/reprove.ts'
export { type Probe, type ProbeEnd, type Trace, traceProbe } from './trace.ts'
export * from './underlay.ts'
export { type Start, walk } from './walk.ts'
