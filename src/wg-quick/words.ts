// How findings name things.
import { type Address, formatPrefix, hostPrefix, type PublicKey } from '../model/index.ts'
import type { Peer } from './config.ts'
import type { Device, Mesh } from './mesh.ts'
import type { Place } from './place.ts'
import { isPlaceholder } from './value.ts'

/** The machine with the key of this peer; else the beginning of the key. */
export const peerName = (mesh: Mesh, peer: Peer): string =>
  mesh.devicesOf(peer.publicKey?.value)[0]?.machine ?? shortKey(peer.publicKey?.value)

/** `xTIBA5rb…` */
export const shortKey = (key: PublicKey | undefined): string =>
  key === undefined ? 'a peer' : isPlaceholder(key) ? key : `${key.slice(0, 8)}…`

/** Where one would change the AllowedIPs of a peer. */
export const allowedPlace = ({ allowed, place }: Peer): Place => allowed[0]?.place ?? place

export const hostText = (address: Address): string => formatPrefix(hostPrefix(address))

/** `[Peer] PublicKey = …, AllowedIPs = 10.0.0.4/32` */
export const peerText = ({ publicKey, config }: Device): string =>
  `a [Peer] with ${publicKey === undefined ? 'its PublicKey' : `PublicKey = ${publicKey}`}, AllowedIPs = ${addressesText(config.addresses.map(({ value }) => value.address))}`

export const addressesText = (addresses: readonly Address[]): string => {
  const texts = [...new Set(addresses.map(hostText))]
  return texts.length === 0 ? 'its addresses' : texts.join(', ')
}

/** `a, b and c` */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
