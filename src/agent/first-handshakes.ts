// A far side that has not read our key yet throws our first handshake away, and WireGuard sends the next only after 5 s. Where
// we are behind NAT nobody but us can begin. A peer that never had a session loses nothing when it is made anew, and then
// WireGuard begins at once: so that is done a few times, and after that WireGuard goes on by itself.
import { type Change, keyOf, type NodeState, type WireguardPeer } from '../model/index.ts'
import type { PeerWatch } from './peer-activity.ts'
import { plannedPeers } from './planned-peers.ts'

/** From when a peer was made, and then from each time it was made anew; after the last, WireGuard's own REKEY_TIMEOUT of 5 s. */
const PAUSES_MS = [400, 800, 1600] as const

export type FirstHandshakes = {
  /** Takes what a round made: the peers that only we can begin with have their time from now on. */
  readonly watch: (applied: readonly Change[], now: number) => void
  /** Those whose time has come; who had a handshake or went away is forgotten. */
  readonly due: (state: NodeState, peers: Pick<PeerWatch, 'activityOf'>, now: number) => readonly WireguardPeer[]
  /** Milliseconds since 1970. */
  readonly nextAt: () => number | undefined
}

export function createFirstHandshakes(): FirstHandshakes {
  const waiting = new Map<string, { readonly attempts: number; readonly dueAt: number }>()

  function wait(key: string, attempts: number, now: number): void {
    const pause = PAUSES_MS[attempts]
    if (pause === undefined) waiting.delete(key)
    else waiting.set(key, { attempts, dueAt: now + pause })
  }

  return {
    watch(applied, now) {
      for (const { op, entry } of applied) {
        if (op !== 'create' || entry.kind !== 'wireguard-peer') continue
        if (entry.keepaliveSeconds > 0 && entry.endpoint !== undefined) wait(keyOf(entry), 0, now)
      }
    },
    due(state, { activityOf }, now) {
      if (waiting.size === 0) return []
      const planned = new Map(plannedPeers(state).map((peer) => [keyOf(peer), peer]))
      const due: WireguardPeer[] = []
      for (const [key, { attempts, dueAt }] of waiting) {
        const peer = planned.get(key)
        if (peer === undefined || (activityOf(peer)?.lastHandshake ?? 0) > 0) waiting.delete(key)
        else if (dueAt <= now) {
          due.push(peer)
          wait(key, attempts + 1, now)
        }
      }
      return due
    },
    nextAt() {
      const times = [...waiting.values()].map(({ dueAt }) => dueAt)
      return times.length === 0 ? undefined : Math.min(...times)
    },
  }
}
