// A packet's way through the tunnels, machine by machine: the routes that wg-quick makes, the allowed IPs on the way out, and
// the allowed IPs on the way in.
import { type Address, containsAddress, equalAddresses, FAMILY_BITS } from '../model/index.ts'
import { makesRoutes, type Peer } from './config.ts'
import {
  type AllowedEntry,
  type Device,
  type Machine,
  type Mesh,
  ownsAddress,
  peerFor,
  shareLocalNetwork,
} from './mesh.ts'

/** Why a packet is lost, and where. */
export type Loss =
  /** The key of this peer is in no file. */
  | { readonly kind: 'unknown-key'; readonly peer: Peer }
  /** Several machines have the key of this peer; one of them is there at a time. */
  | { readonly kind: 'shared-key'; readonly device: Device }
  /** The receiver has no peer with the sender's key. */
  | { readonly kind: 'no-peer'; readonly at: Device; readonly missing: Device }
  /** A link between two machines that is broken by itself. */
  | { readonly kind: 'no-link'; readonly peers: readonly Peer[] }
  /** The receiver does not take this source from this peer; perhaps it gives the source to another one. */
  | {
      readonly kind: 'not-accepted'
      readonly at: Device
      readonly peer: Peer
      readonly source: Address
      readonly taker?: AllowedEntry | undefined
    }
  /** A machine on the way does not know where to send it. */
  | {
      readonly kind: 'no-way-on'
      readonly at: Device
      readonly destination: Address
      readonly owner?: Device | undefined
      readonly peer?: Peer | undefined
    }
  /** Another machine has the destination too, and it arrived there. */
  | { readonly kind: 'taken-address'; readonly addresses: readonly object[] }
  /** It came to a machine again. */
  | { readonly kind: 'circle'; readonly peer: Peer; readonly destination: Address }

export type Way =
  | { readonly kind: 'delivered'; readonly through: readonly string[] }
  /** The sender puts it into no tunnel. */
  | { readonly kind: 'not-sent' }
  /** A route that wg-quick does not make, or a key that no file says, decides. */
  | { readonly kind: 'cannot-be-told' }
  | { readonly kind: 'lost'; readonly loss: Loss; readonly first: AllowedEntry }

export type Walk = {
  readonly mesh: Mesh
  /** Whether packets cross between the two, as far as endpoints and preshared keys go. */
  readonly isBroken: (peer: Peer, back: Peer) => boolean
}

export function walkTo(walk: Walk, from: Machine, destination: Address, to: Machine): Way {
  const start = hopTo(from, destination)
  if (start === undefined) return { kind: 'not-sent' }
  const source = sourceAddress(start.device, destination)
  if (source === undefined) return { kind: 'cannot-be-told' }
  const visited = new Set<Machine>([from])
  const through: string[] = []
  let hop = start
  const lost = (loss: Loss): Way =>
    hop === start && !makesRoutes(start.device.config)
      ? { kind: 'cannot-be-told' }
      : { kind: 'lost', loss, first: start.entry }
  for (;;) {
    const crossing = cross(walk, hop, source, to)
    if (crossing === undefined) return { kind: 'cannot-be-told' }
    if ('kind' in crossing) return lost(crossing)
    const { arrived } = crossing
    if (owned(arrived, destination).length > 0)
      return arrived === to
        ? { kind: 'delivered', through }
        : lost({ kind: 'taken-address', addresses: [arrived, to].flatMap((one) => owned(one, destination)) })
    if (visited.has(arrived)) return lost({ kind: 'circle', peer: hop.entry.peer, destination })
    visited.add(arrived)
    const next = hopTo(arrived, destination)
    if (next === undefined && shareLocalNetwork(arrived, to)) return { kind: 'delivered', through }
    if (next === undefined) return lost(noWayOn(arrived, crossing.device, destination, to))
    through.push(arrived.name)
    hop = next
  }
}

/** Where its files have this address. */
const owned = ({ devices }: Machine, address: Address): readonly object[] =>
  devices.flatMap(({ config }) => config.addresses.filter(({ value }) => equalAddresses(value.address, address)))

type Hop = { readonly device: Device; readonly entry: AllowedEntry }

/** The peer that a machine sends to; the interface with the longest fitting prefix wins, as its route does. */
export function hopTo(machine: Machine, destination: Address): Hop | undefined {
  let best: Hop | undefined
  for (const device of machine.devices) {
    const entry = allowedFor(device, destination)
    if (entry !== undefined && (best === undefined || entry.prefix.length > best.entry.prefix.length))
      best = { device, entry }
  }
  return best
}

export const allowedFor = ({ allowed }: Device, address: Address): AllowedEntry | undefined =>
  allowed.find(({ prefix }) => containsAddress(prefix, address))

/** Where the packet comes out, or why nowhere; undefined where no file tells. */
function cross(
  { mesh, isBroken }: Walk,
  { device, entry: { peer } }: Hop,
  source: Address,
  to: Machine,
): { readonly arrived: Machine; readonly device: Device } | Loss | undefined {
  const owners = mesh.devicesOf(peer.publicKey?.value)
  const [far] = owners
  if (far === undefined)
    return mesh.devices.some(({ publicKey }) => publicKey === undefined) ? undefined : { kind: 'unknown-key', peer }
  if (owners.length > 1) return { kind: 'shared-key', device: owners.find((one) => to.devices.includes(one)) ?? far }
  if (device.publicKey === undefined) return undefined
  const back = peerFor(far, device.publicKey)
  if (back === undefined) return { kind: 'no-peer', at: far, missing: device }
  if (isBroken(peer, back)) return { kind: 'no-link', peers: [peer, back] }
  const accepted = allowedFor(far, source)
  if (accepted?.peer.publicKey?.value !== device.publicKey)
    return { kind: 'not-accepted', at: far, peer: back, source, taker: accepted }
  const arrived = mesh.machines.find(({ devices }) => devices.includes(far))
  return arrived && { arrived, device: far }
}

function noWayOn(arrived: Machine, device: Device, destination: Address, to: Machine): Loss {
  for (const owner of to.devices)
    for (const at of arrived.devices) {
      const peer = peerFor(at, owner.publicKey)
      if (peer !== undefined) return { kind: 'no-way-on', at, destination, owner, peer }
    }
  const owner = to.devices.find((one) => ownsAddress(one, destination))
  return { kind: 'no-way-on', at: device, destination, owner }
}

/** The kernel takes the address in whose network the destination lies, else the first of the family. */
export function sourceAddress({ config: { addresses } }: Device, destination: Address): Address | undefined {
  const fits = addresses.filter(({ value }) => value.address.family === destination.family)
  const near = fits.find(
    ({ value: { network } }) => network.length < FAMILY_BITS[network.family] && containsAddress(network, destination),
  )
  return (near ?? fits[0])?.value.address
}
