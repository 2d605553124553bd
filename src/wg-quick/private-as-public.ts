// A private key that stands as PublicKey of a peer. It must not be said, so the peer is taken for one without a key that can be read.
import type { PublicKey } from '../model/index.ts'
import type { Config, Peer } from './config.ts'
import type { Draft } from './finding.ts'
import type { Place } from './place.ts'

type Seen = { readonly configs: readonly Config[]; readonly drafts: readonly Draft[] }

/** The files without such keys, and what is wrong with each. */
export function withoutPrivateKeys(configs: readonly Config[], publicKeyOf: (privateKey: string) => PublicKey): Seen {
  const uses = configs.flatMap((config) => config.peers.flatMap((peer) => useOf(configs, config, peer)))
  const hidden = new Map(uses.map(({ peer, replaced }) => [peer, replaced]))
  const byOwner = [...Map.groupBy(uses, ({ owner }) => owner)]
  return {
    configs: configs.map((config) =>
      config.peers.some((peer) => hidden.has(peer))
        ? { ...config, peers: config.peers.map((peer) => hidden.get(peer) ?? peer) }
        : config,
    ),
    drafts: byOwner.flatMap(([owner, those]) => {
      if (owner?.privateKey === undefined) return those.map(presharedAsPublic)
      const publicKey = publicKeyOf(owner.privateKey.value)
      const isKnown = configs.some(({ peers }) => peers.some((peer) => peer.publicKey?.value === publicKey))
      return those.length > 1 && !isKnown
        ? [publicAsPrivate(owner, those)]
        : those.map((use) => privateAsPublic(owner, use, publicKey))
    }),
  }
}

type Use = {
  readonly config: Config
  readonly peer: Peer
  readonly replaced: Peer
  readonly place: Place
  /** Whose private key it is; none: a preshared key. */
  readonly owner: Config | undefined
}

function useOf(configs: readonly Config[], config: Config, peer: Peer): readonly Use[] {
  const key = peer.publicKey
  if (key === undefined) return []
  const owner = configs.find(({ privateKey }) => privateKey?.value === key.value)
  const isPreshared = configs.some(({ peers }) => peers.some(({ presharedKey }) => presharedKey?.value === key.value))
  if (owner === undefined && !isPreshared) return []
  const replaced = { ...peer, publicKey: undefined, unread: new Set([...peer.unread, 'publickey']) }
  return [{ config, peer, replaced, place: key.place, owner }]
}

const base = (peers: readonly Peer[]) =>
  ({ severity: 'error', code: 'private-key', subjects: peers, origins: peers }) as const

const presharedAsPublic = ({ place, replaced }: Use): Draft => ({
  ...base([replaced]),
  place,
  what: 'this PublicKey is the PresharedKey of a peer',
  follows: 'no handshake with that peer succeeds',
  write: 'the PublicKey of the other machine',
})

const privateAsPublic = (owner: Config, { config, place, replaced }: Use, publicKey: PublicKey): Draft => ({
  ...base([replaced]),
  place,
  what: `this PublicKey is the PrivateKey of ${owner === config ? 'this very machine' : owner.file.machine}`,
  follows: 'no handshake with that peer succeeds, and who has this file can be that machine',
  write:
    owner === config
      ? 'the PublicKey of the other machine'
      : `PublicKey = ${publicKey}; better a new key, as others have read this one`,
  related: owner.privateKey && [{ place: owner.privateKey.place, what: `the PrivateKey of ${owner.file.machine}` }],
})

/** All others agree on it: it is the public half that stands in the wrong place. */
const publicAsPrivate = (owner: Config, uses: readonly Use[]): Draft => ({
  ...base(uses.map(({ replaced }) => replaced)),
  place: owner.privateKey?.place ?? owner.place,
  what: `this PrivateKey of ${owner.file.machine} is what the others have as its PublicKey`,
  follows: 'no handshake with it succeeds',
  write: 'the private key that belongs to it',
  related: uses.map(({ config, place }) => ({ place, what: `in the file of ${config.file.machine}` })),
})
