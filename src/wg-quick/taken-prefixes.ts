// Prefixes that two peers of one file claim.
import { containsAddress, equalPrefixes, formatPrefix, type Prefix } from '../model/index.ts'
import type { AllowedPrefix, Peer } from './config.ts'
import type { Draft } from './finding.ts'
import type { Device, Mesh } from './mesh.ts'
import type { Placed } from './place.ts'
import { addressesText, peerName } from './words.ts'

type Claim = { readonly peer: Peer; readonly entry: Placed<AllowedPrefix> }

/** Told at the claim of the peer that does not have the prefix; where nobody can say which that is, at the later. */
export function takenPrefixes(mesh: Mesh, { config }: Device): readonly Draft[] {
  const claims = new Map<string, Claim>()
  return config.peers.flatMap((peer) =>
    peer.allowed.flatMap((entry): Draft[] => {
      const text = formatPrefix(entry.value.prefix)
      const before = claims.get(text)
      claims.set(text, { peer, entry })
      if (before === undefined || before.peer === peer || samePeer(before.peer, peer) || entry.value.isRemoved)
        return []
      return [conflict(mesh, before, { peer, entry })]
    }),
  )
}

const samePeer = (a: Peer, b: Peer): boolean => a.publicKey?.value === b.publicKey?.value

function conflict(mesh: Mesh, before: Claim, later: Claim): Draft {
  const { prefix } = later.entry.value
  const names = [peerName(mesh, before.peer), peerName(mesh, later.peer)] as const
  const [hasBefore, hasLater] = [hasPrefix(mesh, before.peer, prefix), hasPrefix(mesh, later.peer, prefix)]
  const wrong = hasLater && !hasBefore ? before : later
  const right = wrong === later ? before : later
  const isCertain = hasBefore !== hasLater
  const lacked = isCertain ? lackedAddresses(mesh, wrong.peer) : undefined
  return {
    severity: 'error',
    code: 'taken-prefix',
    place: wrong.entry.place,
    what: `${formatPrefix(prefix)} is claimed by two peers: ${names[0]} and, later, ${names[1]}`,
    follows: `the kernel gives it to ${names[1]}, and takes it from ${names[0]}`,
    write: isCertain
      ? `it at ${peerName(mesh, right.peer)} alone, whose it is${lacked === undefined ? '' : `; and here ${lacked}, which ${peerName(mesh, wrong.peer)} has`}`
      : 'it at one of the two; a longer prefix may stand at another peer',
    related: [{ place: right.entry.place, what: `the ${right === before ? 'earlier' : 'later'} claim` }],
    subjects: lacked === undefined ? [before.peer] : [before.peer, wrong.peer],
    origins: [later.entry.place],
  }
}

/** True where an address of the peer's machine is in it. */
const hasPrefix = (mesh: Mesh, { publicKey }: Peer, prefix: Prefix): boolean =>
  mesh
    .devicesOf(publicKey?.value)
    .some(({ config }) =>
      config.addresses.some(
        ({ value }) => containsAddress(prefix, value.address) || equalPrefixes(prefix, value.network),
      ),
    )

/** The addresses of its machine, if the peer lists none of them. */
function lackedAddresses(mesh: Mesh, { publicKey, allowed }: Peer): string | undefined {
  const own = mesh
    .devicesOf(publicKey?.value)
    .flatMap(({ config }) => config.addresses.map(({ value }) => value.address))
  const isListed = own.some((address) => allowed.some(({ value }) => containsAddress(value.prefix, address)))
  return own.length === 0 || isListed ? undefined : addressesText(own)
}
