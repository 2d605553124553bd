// CNI: what a container runtime asks of the node, by the plugin's client (damask.c) and the agent's socket: give a pod its
// addresses and its link, and take them back. Never: decide what the host's side holds (planner), or start a process.
//
//   const journal = await openAddressJournal({ path, log })
//   const handler = cniHandler({ journal, links: podLinks(rtnetlink), nodePrefixes, gatewayAddresses, podMtuBytes, attach, onPodsChanged, log })
//   const server = await serveCni({ socketPath, handler, log })
export { type AddressJournal, openAddressJournal } from './address-journal.ts'
export type { CniContext } from './cni-context.ts'
export { CNI_CODE, cniError } from './cni-error.ts'
export { cniHandler } from './cni-handler.ts'
export { type CniHandler, type CniServer, serveCni } from './cni-server.ts'
export { forgetDeadPods } from './forget-dead-pods.ts'
export { type InstalledFiles, openInstalledFiles, type WantedFile } from './installed-files.ts'
export { readJournalPods } from './journal-pods.ts'
export { podsOfDamagedJournal } from './journal-state.ts'
export { type PodLinks, podLinks } from './pod-links.ts'
export {
  CNI_RECORD_FILE,
  clientFile,
  conflistFile,
  conflistPath,
  earlierConfigurations,
  isStockPluginThere,
  STOCK_PLUGINS,
  type StockPlugin,
} from './runtime-files.ts'
export { listenOnFile, type SocketFile } from './socket-file.ts'
