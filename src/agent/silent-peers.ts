// A far side that lost its sessions (its power, its device) throws away what keeps ours alive, and nobody has to answer that:
// WireGuard would notice after 2 minutes. What is sent through the tunnel is answered, by an empty packet after 10 s at the
// latest; where nothing comes, WireGuard begins a new session after 15 s. So who hears nothing sends something.
import { keyOf, type WireguardPeer } from '../model/index.ts'
import type { PeerWatch } from './peer-activity.ts'

/** Gives the peers that we keep alive, and of which nothing was heard for as long as we let pass between two packets. */
export type SilentPeers = (
  planned: readonly WireguardPeer[],
  peers: Pick<PeerWatch, 'activityOf'>,
  now: number,
) => readonly WireguardPeer[]

type Heard = { readonly receivedBytes: number; readonly at: number }

export function createSilentPeers(): SilentPeers {
  let heard: ReadonlyMap<string, Heard> = new Map()
  return (planned, { activityOf }, now) => {
    const next = new Map<string, Heard>()
    const silent: WireguardPeer[] = []
    for (const peer of planned) {
      const { lastHandshake = 0, receivedBytes = 0 } = activityOf(peer) ?? {}
      if (peer.keepaliveSeconds === 0 || lastHandshake === 0) continue
      const before = heard.get(keyOf(peer))
      const isSilent = before?.receivedBytes === receivedBytes
      const isDue = isSilent && now - before.at >= peer.keepaliveSeconds * 1000
      if (isDue) silent.push(peer)
      next.set(keyOf(peer), isSilent && !isDue ? before : { receivedBytes, at: now })
    }
    heard = next
    return silent
  }
}
