// Which machine a peer with a wrong key is meant to be, as people see it: by its addresses, its endpoint, or as the only one left.
import { type Address, containsAddress, equalAddresses, FAMILY_BITS } from '../model/index.ts'
import type { Peer } from './config.ts'
import { type Device, type Mesh, peerFor } from './mesh.ts'

export function meantMachine(mesh: Mesh, device: Device, peer: Peer): Device | undefined {
  const others = mesh.devices.filter(
    (other) =>
      other.machine !== device.machine &&
      // One of several with a key may be known by the key that it had before.
      (peerFor(device, other.publicKey) === undefined || mesh.devicesOf(other.publicKey).length > 1),
  )
  const hosts = hostsOf(peer)
  const byAddress = others.filter((other) => hosts.some((host) => hasAddress(other, host)))
  if (byAddress.length === 1) return byAddress[0]
  const byEndpoint = others.filter((other) => isAtEndpoint(mesh, device, other, peer))
  if (byEndpoint.length === 1) return byEndpoint[0]
  // It has us as a peer, and we have nobody with its key.
  const mutual = others.filter((other) => peerFor(other, device.publicKey) !== undefined)
  const byNetwork = mutual.filter((other) =>
    peer.allowed.some(({ value }) =>
      other.config.addresses.some((one) => containsAddress(value.prefix, one.value.address)),
    ),
  )
  return byNetwork.length === 1 ? byNetwork[0] : mutual.length === 1 ? mutual[0] : undefined
}

/** Addresses that are listed alone: /32 and /128. */
export const hostsOf = ({ allowed }: Peer): readonly Address[] =>
  allowed.flatMap(({ value: { prefix } }) => (prefix.length === FAMILY_BITS[prefix.family] ? [prefix] : []))

export const hasAddress = ({ config }: Device, address: Address): boolean =>
  config.addresses.some(({ value }) => equalAddresses(value.address, address))

/** Another file has this endpoint for the machine. */
export const isAtEndpoint = (mesh: Mesh, device: Device, other: Device, { endpoint }: Peer): boolean =>
  endpoint !== undefined &&
  mesh
    .peersFor(other)
    .some(
      (use) =>
        use.device !== device &&
        use.peer.endpoint?.value.host === endpoint.value.host &&
        use.peer.endpoint.value.port === endpoint.value.port,
    )
