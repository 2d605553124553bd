// A key of one machine where another one is meant.
import { containsAddress } from '../model/index.ts'
import type { MeantUse, Use } from './key-use.ts'
import { hasAddress, hostsOf, isAtEndpoint, meantMachine } from './meant-machine.ts'
import { type Device, type Mesh, peerFor } from './mesh.ts'

/**
 * A key of one machine where another one is meant: that other one has us as a peer, and we do not have it; the owner of the key
 * does not have us, or none of its addresses stand there.
 */
export function exchangedKey(mesh: Mesh, use: Use): readonly MeantUse[] {
  const { device, peer, key } = use
  const owners = mesh.devicesOf(key.value)
  const hosts = hostsOf(peer)
  const swapped = swappedMachine(mesh, use, owners)
  if (swapped !== undefined) return [{ ...use, meant: swapped }]
  if (owners.length === 0 || owners.includes(device)) return []
  if (hosts.some((host) => owners.some((owner) => hasAddress(owner, host)))) return []
  const isMutual = owners.some((owner) => peerFor(owner, device.publicKey) !== undefined)
  const meant = meantMachine(mesh, device, peer)
  if (meant === undefined || owners.includes(meant) || peerFor(meant, device.publicKey) === undefined) return []
  return isMutual && !hosts.some((host) => hasAddress(meant, host)) ? [] : [{ ...use, meant }]
}

/** Two peers have each other's key: the addresses here are all those of a machine whose own peer does not list them. */
function swappedMachine(mesh: Mesh, { device, peer }: Use, owners: readonly Device[]): Device | undefined {
  const hosts = hostsOf(peer)
  if (hosts.length === 0 || owners.length !== 1 || owners.includes(device)) return undefined
  const [meant, ...others] = mesh.devices.filter((one) => hosts.every((host) => hasAddress(one, host)))
  const own = meant && peerFor(device, meant.publicKey)
  if (meant === undefined || own === undefined || others.length > 0 || meant === device || owners.includes(meant))
    return undefined
  if (
    own.allowed.some(({ value }) =>
      meant.config.addresses.some((one) => containsAddress(value.prefix, one.value.address)),
    )
  )
    return undefined
  // With the endpoint of the key's owner, it is the addresses that are wrong.
  const isOwnersEndpoint = owners.some((owner) => isAtEndpoint(mesh, device, owner, peer))
  return isOwnersEndpoint && !isAtEndpoint(mesh, device, meant, peer) ? undefined : meant
}
