import type { Address, Family, PublicKey } from '../model/index.ts'
import type { UnderlayProtocol } from './underlay.ts'

/** A packet as one machine sees it: the outermost header, and what is wrapped in it. */
export type Packet = {
  readonly family: Family
  readonly source: Address
  readonly destination: Address
  readonly protocol: UnderlayProtocol
  readonly sourcePort?: number
  readonly destinationPort?: number
  /** Of the whole IP packet. */
  readonly sizeBytes: number
  /** Of the machine that it is on: marks do not travel. */
  readonly mark: number
  /** It belongs to a flow that the other end opened, so that whoever keeps state lets it pass. */
  readonly answer?: Answer
  readonly payload?: Payload
}

export type Answer = {
  /** Where the flow began. NAT leads its answers back there, whatever address stands in them. */
  readonly node: string
  readonly address: Address
  readonly port?: number
  /** Whom it asked: over a public network answers come from there, whatever stands behind it. */
  readonly asked?: { readonly address: Address; readonly port?: number }
  /** Sources that nodes put in place of others, by which their connection tracking knows the answers. */
  readonly translations: readonly Translation[]
  /** Nodes that saw and tracked the flow: their NAT rules are not asked again. */
  readonly trackedBy: ReadonlySet<string>
}

export type Translation = { readonly node: string; readonly original: Address; readonly translated: Address }

/** What is wrapped. `handshake`: WireGuard opens a session, and nothing is inside. */
export type Payload =
  | { readonly kind: 'wireguard'; readonly inner: Packet; readonly key: PublicKey; readonly deviceMtuBytes: number }
  | { readonly kind: 'handshake'; readonly key: PublicKey }
  | {
      readonly kind: 'vxlan'
      readonly inner: Packet
      readonly networkIdentifier: number
      readonly hardwareAddress: string
    }
  | { readonly kind: 'ipip'; readonly inner: Packet }

export const isEncrypted = ({ payload }: Packet): boolean =>
  payload?.kind === 'wireguard' || payload?.kind === 'handshake'

/** The machine has not seen the flow before: NAT asks its rules. */
export const isNewFlow = (node: string, { answer }: Packet): boolean => answer?.trackedBy.has(node) !== true
