// WG_CMD_GET_DEVICE and WG_CMD_SET_DEVICE of the kernel's WireGuard. linux/wireguard.h
// Written from that header and checked by bytes: no kernel with WireGuard was at hand.
import {
  addressOfBytes,
  comparePrefixes,
  type Endpoint,
  type Prefix,
  type PublicKey,
  prefixOf,
} from '../../model/index.ts'
import { AF_INET6 } from '../libc.ts'
import { type AttributeType, address, bytes, string, u8, u16, u32, u64 } from '../netlink/attribute.ts'
import { attributesOf, type Message, message, type Received } from '../netlink/message.ts'
import { malformed } from '../netlink/reader.ts'
import { list, nested, table, type Values } from '../netlink/table.ts'
import { putBytes } from '../netlink/writer.ts'
import { domainOf, socketAddress } from '../socket-address.ts'
import type { DeviceSettings, DeviceState, PeerSettings, PeerState } from './device-settings.ts'
import { GENERIC_HEADER } from './genetlink.ts'
import { keyBytes } from './key-pair.ts'

const WG_CMD_GET_DEVICE = 0
const WG_CMD_SET_DEVICE = 1
const WG_GENL_VERSION = 1
const WGPEER_F_REMOVE_ME = 1
const WGPEER_F_REPLACE_ALLOWEDIPS = 2
const WGPEER_F_UPDATE_ONLY = 4
const WGALLOWEDIP_F_REMOVE_ME = 1

/** struct sockaddr_in or sockaddr_in6 */
const endpoint: AttributeType<Endpoint> = {
  put: (to, { address, port }) => putBytes(to, socketAddress(address, port)),
  get({ bytes, view }, at, length) {
    if (length < 16) throw malformed(`an endpoint of ${length} bytes`)
    const isV6 = view.getUint16(at, true) === AF_INET6
    if (isV6 && length < 28) throw malformed(`an IPv6 endpoint of ${length} bytes`)
    const from = at + (isV6 ? 8 : 4)
    return { address: addressOfBytes(bytes.slice(from, from + (isV6 ? 16 : 4))), port: view.getUint16(at + 2) }
  },
}

/** struct __kernel_timespec, of which the seconds count. */
const seconds: AttributeType<number> = {
  put: () => {}, // the kernel's alone to say
  get: (from, at, length) => Number(u64.get(from, at, length)),
}

const ALLOWED_IP = table({
  family: [1, u16], // WGALLOWEDIP_A_FAMILY
  address: [2, address], // WGALLOWEDIP_A_IPADDR
  length: [3, u8], // WGALLOWEDIP_A_CIDR_MASK
  flags: [4, u32], // WGALLOWEDIP_A_FLAGS, linux ≥ 6.16; EINVAL before
})
const PEER = table({
  publicKey: [1, bytes], // WGPEER_A_PUBLIC_KEY
  flags: [3, u32], // WGPEER_A_FLAGS
  endpoint: [4, endpoint], // WGPEER_A_ENDPOINT
  keepaliveSeconds: [5, u16], // WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL
  lastHandshake: [6, seconds], // WGPEER_A_LAST_HANDSHAKE_TIME
  receivedBytes: [7, u64], // WGPEER_A_RX_BYTES
  sentBytes: [8, u64], // WGPEER_A_TX_BYTES
  allowedIps: [9, list(nested(ALLOWED_IP), 0)], // WGPEER_A_ALLOWEDIPS
})
const DEVICE = {
  header: GENERIC_HEADER,
  attributes: table({
    link: [2, string], // WGDEVICE_A_IFNAME
    privateKey: [3, bytes], // WGDEVICE_A_PRIVATE_KEY
    publicKey: [4, bytes], // WGDEVICE_A_PUBLIC_KEY
    listenPort: [6, u16], // WGDEVICE_A_LISTEN_PORT
    mark: [7, u32], // WGDEVICE_A_FWMARK
    peers: [8, list(nested(PEER), 0)], // WGDEVICE_A_PEERS
  }),
}

/** For a dump: the answer may come in several messages. */
export const getDeviceMessage = (family: number, link: string): Message =>
  message(family, 0, DEVICE, { command: WG_CMD_GET_DEVICE, version: WG_GENL_VERSION }, { link })

type Part = Values<(typeof DEVICE.attributes)['fields']>
type PeerPart = NonNullable<Part['peers']>[number]

export const devicePart = (received: Received): Part => attributesOf(received, DEVICE)

/** A peer that did not fit into one message goes on in the next, under its public key alone. */
export function joinParts(parts: readonly Part[]): DeviceState {
  const peers = new Map<PublicKey, PeerState & { readonly allowedIps: Prefix[] }>()
  for (const part of parts.flatMap((one) => one.peers ?? [])) {
    const publicKey = Buffer.from(part.publicKey ?? []).toString('base64') as PublicKey
    const begun = peers.get(publicKey)
    if (begun === undefined) peers.set(publicKey, peerState(publicKey, part))
    else begun.allowedIps.push(...prefixesOf(part))
  }
  for (const { allowedIps } of peers.values()) allowedIps.sort(comparePrefixes)
  const [first] = parts
  const publicKey = first?.publicKey && (Buffer.from(first.publicKey).toString('base64') as PublicKey)
  return {
    ...(publicKey && { publicKey }),
    listenPort: first?.listenPort ?? 0,
    mark: first?.mark ?? 0,
    peers: [...peers.values()],
  }
}

const peerState = (publicKey: PublicKey, part: PeerPart): PeerState & { readonly allowedIps: Prefix[] } => ({
  publicKey,
  ...(part.endpoint && { endpoint: part.endpoint }),
  allowedIps: prefixesOf(part),
  keepaliveSeconds: part.keepaliveSeconds ?? 0,
  lastHandshake: part.lastHandshake ?? 0,
  receivedBytes: Number(part.receivedBytes ?? 0n),
  sentBytes: Number(part.sentBytes ?? 0n),
})

const prefixesOf = ({ allowedIps = [] }: PeerPart): Prefix[] =>
  allowedIps.map(({ address, length }) => {
    if (address === undefined || length === undefined) throw malformed('an allowed IP without its address or length')
    return prefixOf(address, length)
  })

/** The settings as messages that each stay below the bounds of netlink. */
export function setDeviceMessages(family: number, link: string, settings: DeviceSettings): Message[] {
  const { privateKey, listenPort, mark, peers } = settings
  const header = { command: WG_CMD_SET_DEVICE, version: WG_GENL_VERSION }
  const device = { ...(privateKey !== undefined && { privateKey: keyBytes(privateKey) }), listenPort, mark }
  return chunksOf(peers.flatMap(piecesOf)).map((pieces, index) =>
    message(family, 0, DEVICE, header, {
      link,
      ...(index === 0 && device),
      ...(pieces.length > 0 && { peers: pieces.map(peerAttributes) }),
    }),
  )
}

// The kernel takes nests of up to 64 KiB (nla_len has 16 bits); a peer is about 100 bytes, an allowed IP at most 48.
const CHUNK_BYTES = 32 * 1024
const ALLOWED_IPS_A_PIECE = 500
const sizeOf = ({ allowedIps = [], removedIps = [] }: PeerSettings): number =>
  100 + 48 * (allowedIps.length + removedIps.length)

/** A peer of very many allowed IPs as several, of which only the first says more than its key. */
function piecesOf(peer: PeerSettings): PeerSettings[] {
  const { allowedIps = [], removedIps = [] } = peer
  if (peer.remove || allowedIps.length + removedIps.length <= ALLOWED_IPS_A_PIECE) return [peer]
  const { publicKey, updateOnly, removedIps: _, ...rest } = peer
  const next = { publicKey, ...(updateOnly && { updateOnly }) }
  const [first = [], ...others] = slicesOf(allowedIps)
  return [
    { ...rest, ...next, allowedIps: first },
    ...others.map((slice) => ({ ...next, allowedIps: slice })),
    ...slicesOf(removedIps).map((slice) => ({ ...next, removedIps: slice })),
  ]
}

function slicesOf(prefixes: readonly Prefix[]): Prefix[][] {
  const count = Math.ceil(prefixes.length / ALLOWED_IPS_A_PIECE)
  return Array.from({ length: count }, (_, index) =>
    prefixes.slice(index * ALLOWED_IPS_A_PIECE, (index + 1) * ALLOWED_IPS_A_PIECE),
  )
}

function chunksOf(pieces: readonly PeerSettings[]): PeerSettings[][] {
  const chunks: PeerSettings[][] = [[]]
  let size = 0
  for (const piece of pieces) {
    if (size + sizeOf(piece) > CHUNK_BYTES) {
      chunks.push([])
      size = 0
    }
    chunks.at(-1)?.push(piece)
    size += sizeOf(piece)
  }
  return chunks
}

function peerAttributes(peer: PeerSettings): PeerPart {
  const publicKey = keyBytes(peer.publicKey)
  if (peer.remove) return { publicKey, flags: WGPEER_F_REMOVE_ME }
  const flags =
    (peer.replaceAllowedIps ? WGPEER_F_REPLACE_ALLOWEDIPS : 0) | (peer.updateOnly ? WGPEER_F_UPDATE_ONLY : 0)
  return {
    publicKey,
    flags: flags === 0 ? undefined : flags,
    endpoint: peer.endpoint,
    keepaliveSeconds: peer.keepaliveSeconds,
    allowedIps: allowedIpsOf(peer),
  }
}

function allowedIpsOf({ allowedIps, removedIps = [] }: PeerSettings): PeerPart['allowedIps'] {
  if (removedIps.length === 0) return allowedIps?.map(allowedIp)
  const removed = removedIps.map((prefix) => ({ ...allowedIp(prefix), flags: WGALLOWEDIP_F_REMOVE_ME }))
  return [...(allowedIps ?? []).map(allowedIp), ...removed]
}

const allowedIp = (prefix: Prefix) => ({
  family: domainOf(prefix.family),
  address: prefix,
  length: prefix.length,
})
