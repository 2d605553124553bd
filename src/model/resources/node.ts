import type { Address } from '../address.ts'
import type { Prefix } from '../prefix.ts'
import type { Granted } from './node-grant.ts'

export type PrivateAddress = { readonly address: Address; readonly length: number }

export type Node = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** `spec.site`; which site the node is really in is the Network's rule (planner). */
  readonly site?: string
  readonly privateAddresses: readonly PrivateAddress[]
  /** Where it is reached from other sites; left out: behind NAT. `ports[slot - 1]`, else `port + slot - 1`. */
  readonly endpoint?: { readonly host: Address | string; readonly port: number; readonly ports?: readonly number[] }
  /** `spec.podPrefixes`; where that is empty, what it was granted. */
  readonly podPrefixes: readonly Prefix[]
  /** Networks behind the node that it offers to all others: a LAN, a rack. A longer prefix inside one wins. */
  readonly offeredPrefixes: readonly Prefix[]
  /** Its own address in the Network's `lan`. */
  readonly lan?: Address
  readonly gateway: 'prefer' | 'allow' | 'never'
  /** As far as the same document holds it; a NodeGrant of its name counts more. */
  readonly granted?: Granted & { readonly podPrefixes?: readonly Prefix[] }
}
