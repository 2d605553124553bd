import type { PublicKey } from '../public-key.ts'

/** What a node's agent says of it. */
export type NodeStatus = {
  readonly name: string
  readonly publicKey?: PublicKey
  /** MTU of the link that holds its private address. */
  readonly underlayMtuBytes?: number
  /** The same for IPv6, where it is another (router advertisements can say so). */
  readonly underlayIpv6MtuBytes?: number
  /** What is wrong or worth knowing; nothing: all is well. */
  readonly conditions?: readonly Condition[]
}

export type Condition = {
  /** What it is about, for programs: `Clash`, `NoWireguard`. */
  readonly type: string
  /** A sentence for people. */
  readonly message: string
}
