import type { PublicKey } from '../public-key.ts'
import type { Because } from './because.ts'

/** What a WireGuard link is set to. The private key never stands in a NodeState: it is named by its public half. */
export type WireguardDevice = {
  readonly kind: 'wireguard-device'
  readonly link: string
  readonly publicKey: PublicKey
  readonly listenPort: number
  /** Mark on the device's own encrypted packets (SO_MARK). */
  readonly mark: number
  readonly because: readonly Because[]
}

export const wireguardDevice = (fields: Omit<WireguardDevice, 'kind'>): WireguardDevice => ({
  kind: 'wireguard-device',
  ...fields,
})
export const wireguardDeviceKey = (entry: WireguardDevice): string => `wireguard-device ${entry.link}`
