// What the WireGuard peers were last seen doing, and where each was last heard from.
import { type Change, type Endpoint, equalAddresses, type PeerActivity, type PublicKey } from '../model/index.ts'

/**
 * Where peers were last heard from, by `LINK KEY`: a node that moved to another site is a peer on another link, and
 * neither the address nor the port at which its old site had it leads to it there.
 */
export type PeerEndpoints = ReadonlyMap<string, Endpoint>

type PeerOnLink = { readonly link: string; readonly publicKey: PublicKey }

export type PeerWatch = {
  /** Takes a reading. */
  readonly record: (activity: readonly PeerActivity[]) => void
  readonly activity: () => readonly PeerActivity[]
  readonly activityOf: (peer: PeerOnLink) => PeerActivity | undefined
  readonly endpointOf: (peer: PeerOnLink) => Endpoint | undefined
  readonly endpoints: () => PeerEndpoints
  /** The change, and where a peer is made that has no endpoint of its own, the one at which it was last heard from. */
  readonly complete: (change: Change) => Change
}

/** Begins with where peers were in an earlier life; `onMoved` is called after a reading in which one is somewhere else. */
export function watchPeers(remembered: PeerEndpoints, onMoved: () => void): PeerWatch {
  const endpoints = new Map(remembered)
  let latest: ReadonlyMap<string, PeerActivity> = new Map()
  return {
    record(activity) {
      latest = new Map(activity.map((peer) => [keyOf(peer), peer]))
      let hasMoved = false
      for (const { endpoint, lastHandshake, ...peer } of activity) {
        // Without a handshake it is only where somebody told us to look.
        if (endpoint === undefined || lastHandshake === 0) continue
        const key = keyOf(peer)
        const before = endpoints.get(key)
        if (before !== undefined && isSameEndpoint(before, endpoint)) continue
        endpoints.set(key, endpoint)
        hasMoved = true
      }
      if (hasMoved) onMoved()
    },
    activity: () => [...latest.values()],
    activityOf: (peer) => latest.get(keyOf(peer)),
    endpointOf: (peer) => endpoints.get(keyOf(peer)),
    endpoints: () => endpoints,
    complete(change) {
      const { op, entry } = change
      if (op !== 'create' || entry.kind !== 'wireguard-peer' || entry.endpoint !== undefined) return change
      const endpoint = endpoints.get(keyOf(entry))
      return endpoint === undefined ? change : { op, entry: { ...entry, endpoint } }
    },
  }
}

const keyOf = ({ link, publicKey }: PeerOnLink): string => `${link} ${publicKey}`

const isSameEndpoint = (a: Endpoint, b: Endpoint): boolean => a.port === b.port && equalAddresses(a.address, b.address)
