// The devices, peers and routes of a plan as an agent tells of them.
import {
  type Address,
  entriesOf,
  formatAddress,
  formatEndpoint,
  formatPrefix,
  type Link,
  type NodeState,
  type PublicKey,
  routeValue,
  type WireguardDevice,
  type WireguardPeer,
} from '../model/index.ts'
import type { PeerWatch } from './peer-activity.ts'

export type DeviceStatus = {
  readonly name: string
  readonly kind: Link['type']['kind']
  readonly mtuBytes: number
  readonly addresses: readonly string[]
  readonly listenPort?: number
  /** Of a WireGuard device: its peers, and how many of them are taken for alive. */
  readonly legs?: { readonly total: number; readonly alive: number }
}

export type PeerStatus = {
  /** `?`: no node of the world has this key. */
  readonly node: string
  readonly publicKey: string
  readonly link: string
  /** Where it is now; left out: nobody knows. */
  readonly endpoint?: string
  /** Left out: never. */
  readonly secondsSinceHandshake?: number
  readonly receivedBytes: number
  readonly sentBytes: number
  readonly allowedIps: readonly string[]
}

export type RouteStatus = { readonly table: number; readonly to: string; readonly target: string }

export type DeviceStatuses = {
  readonly devices: readonly DeviceStatus[]
  readonly peers: readonly PeerStatus[]
  readonly routes: readonly RouteStatus[]
}

export type DeviceStatusInput = {
  readonly state: NodeState | undefined
  readonly activityOf: PeerWatch['activityOf']
  readonly nameOf: (key: PublicKey) => string | undefined
  /** Whether the leg to the node of this name is taken for alive. */
  readonly isAlive: (node: string) => boolean
  readonly now: number
}

/** Pods' links are left out. */
export function describeDevices(input: DeviceStatusInput): DeviceStatuses {
  const links: Link[] = []
  const wireguard = new Map<string, WireguardDevice>()
  const addresses = new Map<string, Address[]>()
  const peers: PeerStatus[] = []
  const routes: RouteStatus[] = []
  for (const entry of input.state === undefined ? [] : entriesOf(input.state)) {
    if (entry.kind === 'link' && entry.type.kind !== 'veth') links.push(entry)
    if (entry.kind === 'wireguard-device') wireguard.set(entry.link, entry)
    if (entry.kind === 'address') addresses.set(entry.link, [...(addresses.get(entry.link) ?? []), entry.address])
    if (entry.kind === 'wireguard-peer') peers.push(describePeer(entry, input))
    if (entry.kind === 'route')
      routes.push({ table: entry.table, to: formatPrefix(entry.to), target: routeValue(entry) })
  }
  const devices = links.map(({ name, type, mtuBytes }): DeviceStatus => {
    const device = wireguard.get(name)
    const legs = peers.filter(({ link }) => link === name)
    return {
      name,
      kind: type.kind,
      mtuBytes,
      addresses: (addresses.get(name) ?? []).map(formatAddress),
      ...(device && {
        listenPort: device.listenPort,
        legs: { total: legs.length, alive: legs.filter(({ node }) => input.isAlive(node)).length },
      }),
    }
  })
  return { devices, peers, routes }
}

function describePeer(peer: WireguardPeer, { activityOf, nameOf, now }: DeviceStatusInput): PeerStatus {
  const { link, publicKey, endpoint, allowedIps } = peer
  const activity = activityOf(peer)
  const at = activity?.endpoint ?? endpoint
  return {
    node: nameOf(publicKey) ?? '?',
    publicKey,
    link,
    ...(at && { endpoint: formatEndpoint(at) }),
    ...(activity &&
      activity.lastHandshake > 0 && {
        secondsSinceHandshake: Math.max(0, Math.round(now / 1000 - activity.lastHandshake)),
      }),
    receivedBytes: activity?.receivedBytes ?? 0,
    sentBytes: activity?.sentBytes ?? 0,
    allowedIps: allowedIps.map(formatPrefix),
  }
}
