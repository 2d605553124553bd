// A WireGuard session that the far end alone began, and how long what stands between remembers it.
import type { CompiledNetwork } from './compiled-network.ts'
import { answerTo } from './handshake.ts'
import type { Session } from './session.ts'
import { type Opened, type Sender, tryToOpen } from './session-attempt.ts'
import { forgotten } from './session-causes.ts'
import { isSameDevice, type SessionEnd } from './session-end.ts'

/** The far end began: this one answers to where it was heard from, as long as that leads there. */
export function heardFrom(
  network: CompiledNetwork,
  end: SessionEnd,
  far: SessionEnd,
  back: Opened,
  send: Sender,
): Session {
  const up = {
    kind: 'up' as const,
    endpoint: back.seen,
    to: { node: far.node.name, link: far.compiled.device.link },
    isOpenedByPeer: true,
  }
  // It roams: who was heard from once is found there again, unless something on the way forgets.
  const again = tryToOpen(network, end, back.seen, send)
  if (again.kind === 'opened' && isSameDevice(again.far, far)) return up
  const answering = { ...up, answer: answerTo(far, back.own, end, far.peer.endpoint) }
  const lapse = whyItLapses(network, end, far)
  if (lapse === undefined) return answering
  // Who has an endpoint tries it too, and meets the other's packets on their way.
  return end.peer.endpoint === undefined
    ? { kind: 'none', reason: lapse, entry: far.peer, causes: [forgotten(far.node.name)] }
    : { ...answering, warning: lapse }
}

/** The far end alone can begin: it has to keep the session alive, and often enough. */
function whyItLapses(network: CompiledNetwork, end: SessionEnd, far: SessionEnd): string | undefined {
  const { keepaliveSeconds } = far.peer
  const only = `only ${far.node.name} can begin the session with ${end.node.name}`
  if (keepaliveSeconds === 0) return `${only}, and it keeps none alive (PersistentKeepalive is off)`
  const nat = natOf(network, far.node.name)
  const patience = (nat?.kind === 'masquerade' ? nat.timeoutSeconds : undefined) ?? Number.POSITIVE_INFINITY
  return keepaliveSeconds > patience
    ? `${only}; its NAT forgets after ${patience} s, and it keeps the session alive every ${keepaliveSeconds} s`
    : undefined
}

function natOf({ index: { underlay } }: CompiledNetwork, node: string) {
  const host = underlay.hosts.get(node)
  return host && underlay.networks.get(host.network)?.uplink?.nat
}
