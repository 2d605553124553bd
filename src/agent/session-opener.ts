// Opens a session with peers whose session is gone with a device or a key: until a packet leaves through the tunnel, the far
// side goes on with its dead session for 15 s (WireGuard has no other way to be told).
import { codeOf, type DatagramSocket, openDatagramSocket } from '../linux/index.ts'
import {
  type Address,
  type Change,
  containsAddress,
  FAMILY_BITS,
  formatAddress,
  type NodeState,
  nthAddress,
  type Prefix,
  type WireguardPeer,
} from '../model/index.ts'
import { plannedPeers } from './planned-peers.ts'

/** An address of ours, and one that WireGuard sends to the peer. Of one family. */
export type Way = { readonly from: Address; readonly to: Address }

/**
 * Sends one small datagram through the peer's own device, as routes may lead over several to one address. What becomes of it
 * is no matter, the handshake before it is.
 */
export type SendDatagram = (link: string, to: Address, from: Address) => void

/** RFC 863: what is sent there is thrown away. */
const DISCARD_PORT = 9
const DATA = new TextEncoder().encode('damask')

/** The peers without a session: those of a device made anew or with a new key, and those that are new themselves. */
export function peersWithoutSession(applied: readonly Change[], state: NodeState): readonly WireguardPeer[] {
  const links = new Set<string>()
  const peers = new Set<string>()
  for (const { op, entry } of applied) {
    if (op === 'delete') continue
    if (entry.kind === 'wireguard-device') links.add(entry.link)
    if (entry.kind === 'link' && entry.type.kind === 'wireguard' && op === 'create') links.add(entry.name)
    if (entry.kind === 'wireguard-peer' && op === 'create') peers.add(`${entry.link} ${entry.publicKey}`)
  }
  if (links.size === 0 && peers.size === 0) return []
  return plannedPeers(state).filter(({ link, publicKey }) => links.has(link) || peers.has(`${link} ${publicKey}`))
}

/**
 * To the far node's own address where the peer stands for it, else to one in the narrowest of its prefixes: a broad one may be
 * somebody's whole office, and its first address a router that nobody wants to bother.
 */
export function wayTo(
  { allowedIps }: WireguardPeer,
  farAddress: Address | undefined,
  gatewayAddresses: NodeState['gatewayAddresses'],
): Way | undefined {
  const prefixes = allowedIps.filter(({ family }) => gatewayAddresses[family] !== undefined)
  const holdsFar = farAddress !== undefined && prefixes.some((prefix) => containsAddress(prefix, farAddress))
  const to = holdsFar ? farAddress : addressIn(prefixes)
  const from = to && gatewayAddresses[to.family]
  return to && from && { from, to }
}

function addressIn([first, ...others]: readonly Prefix[]): Address | undefined {
  if (first === undefined) return undefined
  const narrowest = others.reduce((best, prefix) => (hostBits(prefix) < hostBits(best) ? prefix : best), first)
  return nthAddress(narrowest, hostBits(narrowest) === 0 ? 0 : 1)
}

const hostBits = ({ family, length }: Prefix): number => FAMILY_BITS[family] - length

/** From where the process is. `onRefused` hears of what did not leave: the device may be gone by now. */
export function openDatagramSender(
  onRefused: (refused: { readonly link: string; readonly to: string; readonly code: string }) => void,
): { readonly send: SendDatagram; readonly close: () => void } {
  let socket: DatagramSocket | undefined
  return {
    send(link, to, from) {
      try {
        socket ??= openDatagramSocket()
        const code = socket.send(link, { from, to, port: DISCARD_PORT, data: DATA })
        if (code !== undefined) onRefused({ link, to: formatAddress(to), code })
      } catch (error) {
        onRefused({ link, to: formatAddress(to), code: codeOf(error) ?? String(error) })
      }
    },
    close: () => socket?.close(),
  }
}
