// Opens a session with peers whose session is gone with a device or a key: until a packet leaves through the tunnel, the far
// side goes on with its dead session for 15 s (WireGuard has no other way to be told).
import { createSocket } from 'node:dgram'
import { type Address, type Change, formatAddress, type NodeState, type WireguardPeer } from '../model/index.ts'
import { plannedPeers } from './planned-peers.ts'

/** Sends one small datagram; what becomes of it is no matter, the handshake before it is. */
export type SendDatagram = (to: Address) => void

/** RFC 863: what is sent there is thrown away. */
const DISCARD_PORT = 9

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

export function openDatagramSender(onError: (to: string, cause: Error) => void): {
  readonly send: SendDatagram
  readonly close: () => void
} {
  const sockets = { 4: createSocket('udp4'), 6: createSocket({ type: 'udp6', ipv6Only: true }) }
  for (const socket of Object.values(sockets)) {
    socket.on('error', (cause) => onError('bind', cause)) // an unheard error would end the agent
    socket.unref()
  }
  return {
    send: (to) => {
      const text = formatAddress(to)
      sockets[to.family].send('damask', DISCARD_PORT, text, (cause) => {
        if (cause) onError(text, cause)
      })
    },
    close: () => {
      for (const socket of Object.values(sockets)) socket.close()
    },
  }
}
