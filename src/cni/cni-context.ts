// What the agent hands to the plugin's verbs.
import type { Address, Family, LocalPod, Prefix } from '../model/index.ts'
import type { AddressJournal } from './address-journal.ts'
import type { Log } from './log.ts'
import type { PodLinks } from './pod-links.ts'

export type CniContext = {
  /** This node's own pod prefixes, as they are now; none while they are not known. */
  readonly nodePrefixes: () => readonly Prefix[]
  /** An ADD waits for it before it reads them. Left out: they can be relied on from the first moment. */
  readonly prefixesSettle?: () => Promise<void>
  /** By which pods reach the node, and the node its pods: NodeState's. */
  readonly gatewayAddresses: () => { readonly [family in Family]?: Address }
  readonly podMtuBytes: () => number
  readonly links: PodLinks
  readonly journal: AddressJournal
  /**
   * Resolves once the host's side of a new pod stands: its routes and neighbours. Throws where it cannot be made; the
   * pod is then undone. `journal.pods()` holds the pod already.
   */
  readonly attach: (pod: LocalPod) => Promise<void>
  /** `journal.pods()` lost one. Its link went before, and with it all that stood on it, so nobody waits for this. */
  readonly onPodsChanged: () => Promise<void>
  /** Why the host's side is not kept as planned at the moment; undefined: it is. */
  readonly illness?: () => string | undefined
  readonly log?: Log
}
