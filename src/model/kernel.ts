// The kernel as the agent sees it: read what is ours, change it, be told when somebody else does.
// Implemented by the real kernel and by one in memory; both pass the same conformance suite (src/linux/kernel.conformance.ts).
import type { Address } from './address.ts'
import type { Endpoint } from './endpoint.ts'
import type { Entry } from './node-state/node-state.ts'
import type { PublicKey } from './public-key.ts'

/**
 * One step from what stands to what should stand. An update carries both, so that only what differs is written:
 * a peer's keepalive without its endpoint, a set's elements without its table.
 */
export type Change =
  | { readonly op: 'create'; readonly entry: Entry }
  | { readonly op: 'update'; readonly entry: Entry; readonly observed: Entry }
  | { readonly op: 'delete'; readonly entry: Entry }

/** A change that the kernel refused; the others of its batch were still made. */
export type Failure = {
  readonly change: Change
  /** What was tried, what the kernel said (its extended error where it gave one), what to do. */
  readonly message: string
  /** `EEXIST`, `ENODEV`, … */
  readonly code: string
}

/** What a WireGuard peer has been doing. Not part of a NodeState: it changes by itself. */
export type PeerActivity = {
  readonly link: string
  readonly publicKey: PublicKey
  /** Where its last authenticated packet came from. */
  readonly endpoint?: Endpoint
  /** Seconds since 1970, 0: never. */
  readonly lastHandshake: number
  readonly receivedBytes: number
  readonly sentBytes: number
}

/** A link of the host, ours or not. */
export type HostLink = {
  readonly name: string
  readonly mtuBytes: number
  readonly isUp: boolean
  readonly hardwareAddress: string
  readonly addresses: readonly { readonly address: Address; readonly length: number }[]
}

export type Observed = {
  /** Everything of ours; `because` is empty on each. */
  readonly entries: readonly Entry[]
  readonly activity: readonly PeerActivity[]
  readonly hostLinks: readonly HostLink[]
}

export type Kernel = {
  /** Reads what is ours, and the sysctls named by key (those that do not exist are left out). Writes nothing. */
  observe(sysctlKeys: readonly string[]): Promise<Observed>
  /** Makes the changes in the order given; what fails is returned, and the rest is still made. */
  apply(changes: readonly Change[]): Promise<readonly Failure[]>
  /**
   * Calls back after somebody (ourselves included) touched a thing of ours, or any link or address; returns how to stop. With an
   * error where the kernel's news could not be read: then anything may have changed.
   */
  watch(onChange: (what: string, error?: Error) => void): () => void
  close(): void
}
