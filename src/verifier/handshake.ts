// The packets by which two WireGuard devices begin to speak.
import type { Address, Endpoint } from '../model/index.ts'
import { wrappedBytes } from './overhead.ts'
import type { Answer, Packet } from './packet.ts'
import type { SessionEnd } from './session-end.ts'

export const handshake = ({ compiled }: SessionEnd, { address, port }: Endpoint): Omit<Packet, 'source'> => {
  const payload = { kind: 'handshake' as const, key: compiled.device.publicKey }
  return {
    family: address.family,
    destination: address,
    protocol: 'udp',
    sourcePort: compiled.device.listenPort,
    destinationPort: port,
    sizeBytes: wrappedBytes(payload, address.family),
    mark: compiled.device.mark,
    payload,
  }
}

/** What `sender` says to who began. */
export const answerTo = (
  { node, compiled }: SessionEnd,
  address: Address,
  sender: SessionEnd,
  asked: Endpoint | undefined,
): Answer => ({
  node: node.name,
  address,
  port: compiled.device.listenPort,
  ...(asked && { asked }),
  translations: [],
  trackedBy: new Set([sender.node.name]),
})
