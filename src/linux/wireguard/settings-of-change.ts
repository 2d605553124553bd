// What a change of a device or a peer means as a message to the device: only what differs.
import {
  type Change,
  equalAddresses,
  formatPrefix,
  type Prefix,
  type PublicKey,
  type WireguardDevice,
  type WireguardPeer,
} from '../../model/index.ts'
import { systemError } from '../system-error.ts'
import { type DeviceSettings, NO_KEY, type PeerSettings } from './device-settings.ts'

const ENOKEY = 126

/** Throws ENOKEY where the private half of the device's key is not at hand. */
export function settingsOf(change: Change, privateKeys: ReadonlyMap<PublicKey, string>): DeviceSettings {
  const { op, entry } = change
  const observed = change.op === 'update' ? change.observed : undefined
  if (entry.kind === 'wireguard-peer') {
    if (op === 'delete') return { peers: [{ publicKey: entry.publicKey, remove: true }] }
    return { peers: [observed?.kind === 'wireguard-peer' ? changedPeer(entry, observed) : newPeer(entry)] }
  }
  if (entry.kind !== 'wireguard-device') throw new Error(`a ${entry.kind} is no part of a WireGuard device`)
  if (op === 'delete') return { privateKey: NO_KEY, listenPort: 0, mark: 0, peers: [] }
  return changedDevice(entry, observed?.kind === 'wireguard-device' ? observed : undefined, privateKeys)
}

/** One message in place of several to the same device, in their order. */
export const mergeSettings = (all: readonly DeviceSettings[]): DeviceSettings =>
  Object.assign({}, ...all, { peers: leaveMovedAlone(all.flatMap(({ peers }) => peers)) })

// A prefix given to a peer is taken from the one that had it in the same instant; taken before that, it would be nobody's for a moment.
function leaveMovedAlone(peers: readonly PeerSettings[]): readonly PeerSettings[] {
  if (!peers.some(({ removedIps }) => removedIps)) return peers
  const given = new Set(peers.flatMap(({ allowedIps = [] }) => allowedIps.map(formatPrefix)))
  return peers.map((peer) => {
    if (!peer.removedIps) return peer
    const { removedIps, ...rest } = peer
    const left = removedIps.filter((prefix) => !given.has(formatPrefix(prefix)))
    return left.length > 0 ? { ...rest, removedIps: left } : rest
  })
}

function changedDevice(
  { publicKey, listenPort, mark, link }: WireguardDevice,
  observed: WireguardDevice | undefined,
  privateKeys: ReadonlyMap<PublicKey, string>,
): DeviceSettings {
  const privateKey = privateKeys.get(publicKey)
  const isNewKey = publicKey !== observed?.publicKey
  if (isNewKey && privateKey === undefined) {
    throw systemError(`${link} is to have the key ${publicKey}`, ENOKEY, 'its private half is not on this node')
  }
  return {
    ...(isNewKey && privateKey !== undefined && { privateKey }),
    ...(listenPort !== observed?.listenPort && { listenPort }),
    ...(mark !== observed?.mark && { mark }),
    peers: [],
  }
}

// A peer of that key may stand there already, made by somebody else: what it is allowed is replaced.
const newPeer = ({ publicKey, endpoint, keepaliveSeconds, allowedIps }: WireguardPeer): PeerSettings => ({
  publicKey,
  ...(endpoint && { endpoint }),
  keepaliveSeconds,
  replaceAllowedIps: true,
  allowedIps,
})

function changedPeer(wanted: WireguardPeer, observed: WireguardPeer): PeerSettings {
  const { publicKey, endpoint, keepaliveSeconds } = wanted
  return {
    publicKey,
    updateOnly: true,
    ...(endpoint && !isSameEndpoint(endpoint, observed.endpoint) && { endpoint }),
    ...(keepaliveSeconds !== observed.keepaliveSeconds && { keepaliveSeconds }),
    ...changedAllowedIps(wanted.allowedIps, observed.allowedIps),
  }
}

// One by one: while a list is replaced, packets of the prefixes that stay are dropped for a moment.
function changedAllowedIps(
  wanted: readonly Prefix[],
  observed: readonly Prefix[],
): { readonly allowedIps?: readonly Prefix[]; readonly removedIps?: readonly Prefix[] } {
  const [want, have] = [new Set(wanted.map(formatPrefix)), new Set(observed.map(formatPrefix))]
  const allowedIps = wanted.filter((prefix) => !have.has(formatPrefix(prefix)))
  const removedIps = observed.filter((prefix) => !want.has(formatPrefix(prefix)))
  return { ...(allowedIps.length > 0 && { allowedIps }), ...(removedIps.length > 0 && { removedIps }) }
}

const isSameEndpoint = (a: NonNullable<WireguardPeer['endpoint']>, b: WireguardPeer['endpoint']): boolean =>
  b !== undefined && a.port === b.port && equalAddresses(a.address, b.address)
