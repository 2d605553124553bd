import type { PublicKey } from '../public-key.ts'
import type { PrivateAddress } from './node.ts'

/** What a node's agent says of it. */
export type NodeStatus = {
  readonly name: string
  readonly publicKey?: PublicKey
  /** MTU of the link that holds its private address. */
  readonly underlayMtuBytes?: number
  /** The same for IPv6, where it is another (router advertisements can say so). */
  readonly underlayIpv6MtuBytes?: number
  /** Of the machine's own links, so that who knows an address finds its length. */
  readonly addresses?: readonly PrivateAddress[]
  /** What is wrong or worth knowing; nothing: all is well. */
  readonly conditions?: readonly Condition[]
}

export type Condition = {
  /** What it is about, for programs: `Clash`, `NoWireguard`. */
  readonly type: string
  /** A sentence for people. */
  readonly message: string
}
