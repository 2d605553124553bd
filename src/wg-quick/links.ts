// Pairs of interfaces that know each other: both have a peer with the other's key.
import type { Peer } from './config.ts'
import { type Device, type Mesh, peerFor } from './mesh.ts'

export type Link = { readonly device: Device; readonly peer: Peer; readonly far: Device; readonly back: Peer }

/** Every link once, from the file that comes first. Shared keys make none: nobody can say between whom. */
export function linksOf({ devices, devicesOf }: Mesh): readonly Link[] {
  return devices.flatMap((device, index) =>
    device.config.peers.flatMap((peer): Link[] => {
      const [far, ...others] = devicesOf(peer.publicKey?.value)
      const back = far && peerFor(far, device.publicKey)
      if (far === undefined || back === undefined || others.length > 0 || devices.indexOf(far) <= index) return []
      return [{ device, peer, far, back }]
    }),
  )
}

export const fromBothEnds = (link: Link): readonly Link[] => [
  link,
  { device: link.far, peer: link.back, far: link.device, back: link.peer },
]
