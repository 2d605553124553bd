/** What an agent tells people of its node. No plan is made of it, so nobody else needs to hear when it changes. */
export type NodeReport = {
  readonly site?: string
  readonly role?: 'gateway' | 'member'
  /** Of a gateway. */
  readonly slot?: number
  /** Where others reach it, as `host:port`; left out: behind NAT. */
  readonly endpoint?: string
  readonly isReady: boolean
  /** A sentence; where it is not ready. */
  readonly reason?: string
  /** The latest with any peer, in milliseconds since 1970. */
  readonly lastHandshakeAt?: number
  readonly pods: number
  /** Of the agent. */
  readonly version: string
}
