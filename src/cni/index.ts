// CNI: what a container runtime asks of the node, by the plugin's client (damask.c) and the agent's socket: give a pod its
// addresses and its link, and take them back. Never: decide what the host's side holds (planner), or start a process.
//
//   const journal = await openAddressJournal({ path, log })
//   const handler = cniHandler({ journal, rtnetlink, nodePrefixes, gatewayAddresses, podMtuBytes, attach, onPodsChanged, log })
//   const server = await serveCni({ socketPath, handler, log })
export { type AddressJournal, type AllocationWish, type JournalOptions, openAddressJournal } from './address-journal.ts'
export type { CniContext } from './cni-context.ts'
export { CNI_CODE, type CniCode, type CniError, cniError, isCniError } from './cni-error.ts'
export { cniHandler } from './cni-handler.ts'
export type { AddRequest, Attachment, CniRequest, DeleteRequest, VersionRequest } from './cni-request.ts'
export { type CniHandler, type CniServer, type CniServerOptions, serveCni } from './cni-server.ts'
export { CNI_VERSIONS, type CniVersion } from './cni-version.ts'
export type { JournalPod } from './journal-record.ts'
export type { Log } from './log.ts'
export { addressCapacity } from './next-address.ts'
export { type PodIdentity, podIdentity } from './pod-identity.ts'
