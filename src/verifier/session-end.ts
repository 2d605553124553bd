// One side of a WireGuard session: a device, and what it is told of the peer on the other side.
import type { WireguardPeer } from '../model/index.ts'
import type { CompiledNetwork } from './compiled-network.ts'
import type { CompiledDevice, CompiledNode } from './compiled-node.ts'

export type SessionEnd = {
  readonly node: CompiledNode
  readonly compiled: CompiledDevice
  readonly peer: WireguardPeer
}

export const isSameDevice = (a: SessionEnd, b: SessionEnd): boolean =>
  a.node.name === b.node.name && a.compiled.device.link === b.compiled.device.link

/** Devices with the peer's key that have this one's key as a peer. */
export function farEnds(network: CompiledNetwork, { compiled, peer }: SessionEnd): SessionEnd[] {
  return network.devicesOf(peer.publicKey).flatMap(({ node: name, link }) => {
    const node = network.nodeNamed(name)
    const far = node?.devices.get(link)
    const own = far?.peers.get(compiled.device.publicKey)
    return node && far && own ? [{ node, compiled: far, peer: own }] : []
  })
}
