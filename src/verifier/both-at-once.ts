// A WireGuard session through two firewalls that keep state: each lets in what answers to what went out.
import { type Endpoint, equalAddresses } from '../model/index.ts'
import { answerTo } from './handshake.ts'
import type { Packet } from './packet.ts'
import type { Session } from './session.ts'
import type { Failure } from './session-attempt.ts'
import type { SessionEnd } from './session-end.ts'

/** Firewalls that keep state: where each side sends to where the other is seen, both let the other in. */
export function bothAtOnce(end: SessionEnd, far: SessionEnd, there: Failure, back: Failure): Session | undefined {
  const { endpoint } = end.peer
  const own = stoppedAsSeen(there, far.peer.endpoint, far)
  if (endpoint === undefined || own === undefined || stoppedAsSeen(back, endpoint, end) === undefined) return undefined
  const to = { node: far.node.name, link: far.compiled.device.link }
  const { keepaliveSeconds } = end.peer
  const isKept = keepaliveSeconds > 0 || far.peer.keepaliveSeconds > 0
  const warning = `neither ${end.node.name} nor ${far.node.name} lets the other begin: their session lasts while both speak`
  const answer = answerTo(far, own.destination, end, far.peer.endpoint)
  return { kind: 'up', endpoint, to, answer, isOpenedByPeer: false, ...(!isKept && { warning }) }
}

/** The packet that was stopped in front of this end, where it came from the endpoint to which that sends. */
function stoppedAsSeen({ stopped }: Failure, endpoint: Endpoint | undefined, at: SessionEnd): Packet | undefined {
  const isSeen =
    stopped !== undefined &&
    endpoint !== undefined &&
    stopped.node === at.node.name &&
    stopped.packet.destinationPort === at.compiled.device.listenPort &&
    stopped.packet.sourcePort === endpoint.port &&
    equalAddresses(stopped.packet.source, endpoint.address)
  return isSeen ? stopped.packet : undefined
}
