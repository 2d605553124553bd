// To take single prefixes away from a peer where WireGuard has no word for it (before linux 6.16, and before wireguard-go
// 0.0.20250522): a prefix that is given to another peer leaves the first, and no other prefix is touched. So a peer of a key that
// nobody has gets them, and is removed. What is within such a prefix and within a wider one that stays is dropped for that instant.
import { randomBytes } from 'node:crypto'
import type { PublicKey } from '../../model/index.ts'
import { codeOf } from '../system-error.ts'
import type { DeviceSettings, PeerSettings, WireguardDriver } from './device-settings.ts'

type Write = WireguardDriver['write']

/**
 * Tells a device the prefixes to take away as such, and where it refuses that (EINVAL, by which it may have taken the part of the
 * message that stands before) tells it all of the message again with a throw-away peer, from then on at once.
 *
 * Both implementations hold a lock for the time of a message, so no reader sees that peer. Who dies between two messages of
 * one long change leaves it behind; the next round removes it, as it does every peer that is not in the plan.
 */
export function removeAnyway(write: Write): Write {
  const lacking = new Set<string>()
  return async (link, settings) => {
    if (!settings.peers.some(({ removedIps }) => removedIps)) return write(link, settings)
    if (!lacking.has(link)) {
      try {
        return await write(link, settings)
      } catch (error) {
        if (codeOf(error) !== 'EINVAL') throw error
      }
    }
    await write(link, withThrowAwayPeer(settings))
    lacking.add(link)
  }
}

/** The peer stands last: what is added is there before anything is taken away. */
function withThrowAwayPeer({ peers, ...device }: DeviceSettings): DeviceSettings {
  const publicKey = randomBytes(32).toString('base64') as PublicKey
  const allowedIps = peers.flatMap(({ removedIps = [] }) => removedIps)
  return { ...device, peers: [...peers.map(withoutRemoval), { publicKey, allowedIps }, { publicKey, remove: true }] }
}

function withoutRemoval(peer: PeerSettings): PeerSettings {
  if (!peer.removedIps) return peer
  const { removedIps: _, ...rest } = peer
  return rest
}
