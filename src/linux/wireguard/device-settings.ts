// What a WireGuard device is told, and what it answers: the words common to the kernel's and the userspace one.
import type { Endpoint, Prefix, PublicKey } from '../../model/index.ts'

/** One message to a device. What is left out stays as it is; peers that are not named stay. */
export type DeviceSettings = {
  /** In base64; `NO_KEY` takes the key away. */
  readonly privateKey?: string
  readonly listenPort?: number
  readonly mark?: number
  readonly peers: readonly PeerSettings[]
}

export type PeerSettings =
  | { readonly publicKey: PublicKey; readonly remove: true; readonly allowedIps?: never; readonly removedIps?: never }
  | {
      readonly publicKey: PublicKey
      readonly remove?: never
      /** Does nothing where the peer is not there. */
      readonly updateOnly?: true
      readonly endpoint?: Endpoint
      readonly keepaliveSeconds?: number
      /** Takes away the allowed IPs that the peer has before those below are added. */
      readonly replaceAllowedIps?: true
      readonly allowedIps?: readonly Prefix[]
      /** Of those that the peer has, disjoint from those above: taken away after these were added. EINVAL where that cannot be said. */
      readonly removedIps?: readonly Prefix[]
    }

export type DeviceState = {
  /** Left out: the device has no key yet. */
  readonly publicKey?: PublicKey
  readonly listenPort: number
  readonly mark: number
  readonly peers: readonly PeerState[]
}

export type PeerState = {
  readonly publicKey: PublicKey
  readonly endpoint?: Endpoint
  /** Ascending. */
  readonly allowedIps: readonly Prefix[]
  readonly keepaliveSeconds: number
  /** Seconds since 1970, 0: never. */
  readonly lastHandshake: number
  readonly receivedBytes: number
  readonly sentBytes: number
}

/** The private key of a device that has none. */
export const NO_KEY = Buffer.alloc(32).toString('base64')

export type WireguardImplementation = 'kernel' | 'wireguard-go'

export type WireguardDriver = {
  /** Resolves when the device can be set. It is down, and in no group. */
  createLink(name: string, mtuBytes: number): Promise<void>
  /** Undefined: there is no such device. */
  read(link: string): Promise<DeviceState | undefined>
  /** Throws with `code`; ENODEV: there is no such device. What stood before the refused part may be made. */
  write(link: string, settings: DeviceSettings): Promise<void>
  close(): void
}
