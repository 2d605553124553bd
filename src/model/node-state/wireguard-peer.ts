import type { Endpoint } from '../endpoint.ts'
import type { Prefix } from '../prefix.ts'
import type { PublicKey } from '../public-key.ts'
import type { Because } from './because.ts'

/** A peer of a WireGuard device. Its endpoint may roam: what the kernel learned is not drift. */
export type WireguardPeer = {
  readonly kind: 'wireguard-peer'
  readonly link: string
  readonly publicKey: PublicKey
  /** Where it is configured to be, or was last seen; none: it has to speak first. */
  readonly endpoint?: Endpoint
  /** Prefixes accepted from it and sent to it, ascending, without overlap on one device. */
  readonly allowedIps: readonly Prefix[]
  /** 0: off. */
  readonly keepaliveSeconds: number
  readonly because: readonly Because[]
}

export const wireguardPeer = (fields: Omit<WireguardPeer, 'kind'>): WireguardPeer => ({
  kind: 'wireguard-peer',
  ...fields,
})
export const wireguardPeerKey = (entry: WireguardPeer): string => `wireguard-peer ${entry.link} ${entry.publicKey}`
