// What keeps a session between two machines from ever coming up.
import { containsAddress, FAMILY_BITS, formatPrefix, hostPrefix, isPublicAddress } from '../model/index.ts'
import { makesRoutes, type Peer } from './config.ts'
import type { Draft } from './finding.ts'
import { fromBothEnds, type Link, linksOf } from './links.ts'
import { type Device, type Mesh, ownsAddress, peerFor } from './mesh.ts'
import { peerName } from './words.ts'

export type LinkFindings = {
  readonly drafts: readonly Draft[]
  /** True where nothing crosses between the two. */
  readonly isBroken: (peer: Peer, back: Peer) => boolean
}

export function checkLinks(mesh: Mesh): LinkFindings {
  const links = linksOf(mesh)
  const drafts = [
    ...links.flatMap((link) => [...presharedKeys(link), ...withoutEndpoint(mesh, link)]),
    ...mesh.devices.flatMap((device) => device.config.peers.flatMap((peer) => endpointInside(mesh, device, peer))),
  ]
  const broken = new Set(drafts.flatMap(({ severity, subjects = [] }) => (severity === 'error' ? subjects : [])))
  return { drafts, isBroken: (peer, back) => broken.has(peer) || broken.has(back) }
}

function presharedKeys({ device, peer, far, back }: Link): readonly Draft[] {
  const [ours, theirs] = [peer.presharedKey, back.presharedKey]
  if (ours?.value === theirs?.value || peer.unread.has('presharedkey') || back.unread.has('presharedkey')) return []
  const lacking = ours === undefined || theirs === undefined
  // Where one has none, it is that one's file where something is to be written.
  const isFarFirst = theirs === undefined
  const [at, other] = isFarFirst ? [back, peer] : [peer, back]
  const [name, otherName] = isFarFirst ? [device.machine, far.machine] : [far.machine, device.machine]
  return [
    {
      severity: 'error',
      code: 'preshared-key',
      place: at.presharedKey?.place ?? at.place,
      what: lacking
        ? `there is no PresharedKey for ${name}, and ${name} has one for ${otherName}`
        : `the PresharedKey of ${device.machine} and ${far.machine} differs in their two files`,
      follows: 'no handshake between the two succeeds',
      write: 'the same PresharedKey in both files',
      related: [{ place: other.presharedKey?.place ?? other.place, what: `in the file of ${name}` }],
      subjects: [peer, back],
    },
  ]
}

function withoutEndpoint(mesh: Mesh, link: Link): readonly Draft[] {
  if ([link.peer, link.back].some(({ endpoint, unread }) => endpoint !== undefined || unread.has('endpoint'))) return []
  const ends = fromBothEnds(link)
  // Where another file has an endpoint for one of the two, this one forgot it.
  const known = ends.flatMap((end) => {
    const endpoint = mesh.peersFor(end.far).find(({ peer }) => peer.endpoint !== undefined)?.peer.endpoint
    return endpoint === undefined ? [] : [{ end, endpoint }]
  })
  const [{ end, endpoint } = { end: link, endpoint: undefined }] = known
  return [
    {
      severity: 'error',
      code: 'no-endpoint',
      place: end.peer.place,
      what: `neither ${end.device.machine} nor ${end.far.machine} has an Endpoint for the other`,
      follows: 'neither can begin, and no session ever comes up',
      write:
        endpoint === undefined
          ? `an Endpoint for one of the two; or leave the peer out, and give its AllowedIPs to a machine that both reach`
          : `Endpoint = ${endpointText(endpoint.value)}, as in ${endpoint.place.file}`,
      related: [{ place: end.back.place, what: `the other half, in the file of ${end.far.machine}` }],
      subjects: [link.peer, link.back],
    },
  ]
}

export const endpointText = ({ host, port }: { host: string; port: number }): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

/** Where wg-quick routes the endpoint into the tunnel, encrypted packets go into it again; the kernel drops them (ELOOP). */
function endpointInside(mesh: Mesh, device: Device, peer: Peer): readonly Draft[] {
  const { config, allowed } = device
  const { endpoint } = peer
  const address = endpoint?.value.address
  if (endpoint === undefined || address === undefined || !makesRoutes(config)) return []
  // Of length 0 there are rules and a mark, by which wg-quick keeps encrypted packets out of the tunnel.
  const entry = allowed.find(({ prefix }) => prefix.length > 0 && containsAddress(prefix, address))
  const connected = config.addresses.find(
    ({ value: { network } }) => network.length < FAMILY_BITS[network.family] && containsAddress(network, address),
  )
  const prefix = entry?.prefix ?? connected?.value.network
  if (prefix === undefined) return []
  // A local network has a route of its own, which may be longer; a hook may make one.
  // But what is routed into the tunnel by name, to the machine at its far end, is meant to go there.
  const [far] = mesh.devicesOf(peer.publicKey?.value)
  const back = far && peerFor(far, device.publicKey)
  const isOfTunnel = entry !== undefined && far !== undefined && ownsAddress(far, address)
  const hasOtherWay =
    config.hooks.some(({ value }) => value.includes(endpoint.value.host)) ||
    (!isOfTunnel && !isPublicAddress(address) && prefix.length < FAMILY_BITS[prefix.family])
  const of = entry === undefined ? 'the network of Address' : `the AllowedIPs of ${peerName(mesh, entry.peer)}`
  return [
    {
      severity: hasOtherWay ? 'warning' : 'error',
      code: 'endpoint-in-tunnel',
      place: endpoint.place,
      what: `the Endpoint ${endpointText(endpoint.value)} lies inside ${formatPrefix(prefix)}, ${of}`,
      follows: `wg-quick routes ${formatPrefix(prefix)} into the tunnel: its own packets too${hasOtherWay ? ', unless another route to the endpoint is more specific' : ', in a circle'}`,
      write:
        entry === undefined
          ? `Address with /${FAMILY_BITS[address.family]}`
          : isOfTunnel || prefix.length === FAMILY_BITS[prefix.family]
            ? (outerEndpoint(mesh, device, far) ?? `an Endpoint of ${peerName(mesh, peer)} outside of the tunnel`)
            : `AllowedIPs without it: damask cidr subtract ${formatPrefix(prefix)} ${formatPrefix(hostPrefix(address))}`,
      related: [{ place: entry?.place ?? connected?.place ?? config.place, what: `${formatPrefix(prefix)}` }],
      // A far end that can begin shows where it is with its first packet.
      ...(!hasOtherWay && back?.endpoint === undefined && { subjects: [peer], origins: [peer] }),
    },
  ]
}

/** What another file has for the machine, if that is not in the tunnel too. */
function outerEndpoint(mesh: Mesh, device: Device, far: Device | undefined): string | undefined {
  if (far === undefined) return undefined
  const outer = mesh
    .peersFor(far)
    .filter((use) => use.device !== device)
    .flatMap(({ peer }) => peer.endpoint ?? [])
    .find(({ value }) => value.address === undefined || !ownsAddress(far, value.address))
  return outer && `Endpoint = ${endpointText(outer.value)}, as in ${outer.place.file}`
}
