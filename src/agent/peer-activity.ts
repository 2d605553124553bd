// What the WireGuard peers were last seen doing, and where each was last heard from.
import { type Change, type Endpoint, equalAddresses, type PeerActivity, type PublicKey } from '../model/index.ts'

export type PeerWatch = {
  /** Takes a reading. */
  readonly record: (activity: readonly PeerActivity[]) => void
  readonly activity: () => readonly PeerActivity[]
  readonly activityOf: (peer: { readonly link: string; readonly publicKey: PublicKey }) => PeerActivity | undefined
  readonly endpoints: () => ReadonlyMap<PublicKey, Endpoint>
  /** The change, and where a peer is made that has no endpoint of its own, the one at which it was last heard from. */
  readonly complete: (change: Change) => Change
}

/** Begins with where peers were in an earlier life; `onMoved` is called after a reading in which one is somewhere else. */
export function watchPeers(remembered: ReadonlyMap<PublicKey, Endpoint>, onMoved: () => void): PeerWatch {
  const endpoints = new Map(remembered)
  let latest: ReadonlyMap<string, PeerActivity> = new Map()
  return {
    record(activity) {
      latest = new Map(activity.map((peer) => [keyOf(peer), peer]))
      let hasMoved = false
      for (const { publicKey, endpoint, lastHandshake } of activity) {
        // Without a handshake it is only where somebody told us to look.
        if (endpoint === undefined || lastHandshake === 0) continue
        const before = endpoints.get(publicKey)
        if (before !== undefined && isSameEndpoint(before, endpoint)) continue
        endpoints.set(publicKey, endpoint)
        hasMoved = true
      }
      if (hasMoved) onMoved()
    },
    activity: () => [...latest.values()],
    activityOf: (peer) => latest.get(keyOf(peer)),
    endpoints: () => endpoints,
    complete(change) {
      const { op, entry } = change
      if (op !== 'create' || entry.kind !== 'wireguard-peer' || entry.endpoint !== undefined) return change
      const endpoint = endpoints.get(entry.publicKey)
      return endpoint === undefined ? change : { op, entry: { ...entry, endpoint } }
    },
  }
}

const keyOf = ({ link, publicKey }: { readonly link: string; readonly publicKey: PublicKey }): string =>
  `${link} ${publicKey}`

const isSameEndpoint = (a: Endpoint, b: Endpoint): boolean => a.port === b.port && equalAddresses(a.address, b.address)
