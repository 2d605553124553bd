// What is wrong where packets are lost, in words, and what to write.
import { type Address, containsAddress, FAMILY_BITS, formatAddress, formatPrefix, type Prefix } from '../model/index.ts'
import type { Peer } from './config.ts'
import type { Draft } from './finding.ts'
import { type AllowedEntry, type Device, type Mesh, ownsAddress, peerFor } from './mesh.ts'
import type { Loss } from './walk.ts'
import { addressesText, allowedPlace, listed, peerName, peerText } from './words.ts'

/** One thing that is wrong, with all that is lost by it. */
export type Cause = {
  readonly draft: (addresses: readonly Address[]) => Draft /** What is wrong: losses of one subject are one finding. */
  readonly subject: object | string
}

export function missingPeer(at: Device, missing: Device): Cause {
  const draft: Draft = {
    severity: 'error',
    code: 'no-peer',
    place: at.config.place,
    what: `${at.machine} has no [Peer] for ${missing.machine}, which has one for ${at.machine}`,
    follows: 'no handshake between the two succeeds',
    write: peerText(missing),
    related: relatedPeer(missing, at),
  }
  return { subject: `${at.config.file.path}\n${missing.config.file.path}`, draft: () => draft }
}

const relatedPeer = (device: Device, far: Device): Draft['related'] => {
  const peer = peerFor(device, far.publicKey)
  return peer && [{ place: peer.place, what: `the peer in the file of ${device.machine}` }]
}

export function causeOf(mesh: Mesh, loss: Loss): Cause | undefined {
  switch (loss.kind) {
    case 'no-peer':
      return missingPeer(loss.at, loss.missing)
    case 'not-accepted':
      return (
        diversion(mesh, loss) ??
        missingPrefixes(mesh, loss.at, loss.peer, loss.taker && { peer: loss.taker.peer, place: loss.taker.place })
      )
    case 'no-way-on':
      return loss.peer === undefined ? noWayOn(loss.at, loss.owner) : missingPrefixes(mesh, loss.at, loss.peer)
    case 'circle':
      return circle(mesh, loss.peer)
    case 'unknown-key':
    case 'shared-key':
    case 'no-link':
    case 'taken-address':
      // Found before any packet was sent.
      return undefined
  }
}

type Diversion = { readonly held: Prefix | undefined; readonly taker: AllowedEntry }

/** Another peer takes the source: by a longer prefix than the one here, or as if the address were its own. */
export function diversionOf(mesh: Mesh, loss: Loss): Diversion | undefined {
  if (loss.kind !== 'not-accepted' || loss.taker === undefined) return undefined
  const { peer, source, taker } = loss
  if (mesh.devicesOf(peer.publicKey?.value).length > 1) return undefined
  const held = peer.allowed.find(({ value }) => !value.isRemoved && containsAddress(value.prefix, source))?.value.prefix
  const isOwn = (one: Peer): boolean =>
    mesh.devicesOf(one.publicKey?.value).some((device) => ownsAddress(device, source))
  const isTaken =
    held === undefined
      ? taker.prefix.length === FAMILY_BITS[source.family] && isOwn(peer) && !isOwn(taker.peer)
      : held.length < taker.prefix.length
  return isTaken ? { held, taker } : undefined
}

function diversion(mesh: Mesh, loss: Loss & { kind: 'not-accepted' }): Cause | undefined {
  const found = diversionOf(mesh, loss)
  if (found === undefined) return undefined
  const { held, taker } = found
  const text = formatPrefix(taker.prefix)
  const [name, other] = [peerName(mesh, loss.peer), peerName(mesh, taker.peer)]
  return {
    subject: taker.place,
    draft: (addresses) => ({
      severity: 'error',
      code: 'taken-prefix',
      place: taker.place,
      what:
        held === undefined
          ? `${text} stands at ${other}, and is an address of ${name}`
          : `${text} of ${other} is longer than ${formatPrefix(held)} of ${name}, and takes ${listed([...new Set(addresses.map((address) => nameAddress(mesh, address)))])} from it`,
      follows: `${loss.at.machine} sends that to ${other}, and drops what comes with it from ${name}`,
      write: `${text} at ${name}${held === undefined ? ', and not here' : ', or nowhere'}`,
      related: [{ place: allowedPlace(loss.peer), what: `the AllowedIPs of ${name}` }],
    }),
  }
}

function missingPrefixes(
  mesh: Mesh,
  at: Device,
  peer: Peer,
  taker?: { readonly peer: Peer; readonly place: Draft['place'] },
): Cause {
  const name = peerName(mesh, peer)
  return {
    subject: peer,
    draft: (addresses) => {
      const texts = [...new Set(addresses.map((address) => nameAddress(mesh, address)))]
      return {
        severity: 'error',
        code: 'not-accepted',
        place: allowedPlace(peer),
        what: `the AllowedIPs of ${name} do not hold ${listed(texts)}`,
        follows:
          taker === undefined
            ? `${at.machine} does not send it there, and drops what comes from it by way of ${name}`
            : `${at.machine} gives it to ${peerName(mesh, taker.peer)}, and drops what comes from it by way of ${name}`,
        write: `${addressesText(addresses)} into the AllowedIPs of ${name}`,
        ...(taker && { related: [{ place: taker.place, what: `the AllowedIPs of ${peerName(mesh, taker.peer)}` }] }),
      }
    },
  }
}

/** `10.0.0.3 (laptop)` */
function nameAddress({ devices }: Mesh, address: Address): string {
  const text = formatAddress(address)
  const owner = devices.find(({ config }) =>
    config.addresses.some(({ value }) => formatAddress(value.address) === text),
  )
  return owner === undefined ? text : `${text} (${owner.machine})`
}

function noWayOn(at: Device, owner: Device | undefined): Cause {
  const name = owner?.machine ?? 'the machine'
  return {
    subject: owner ?? at,
    draft: (addresses) => ({
      severity: 'error',
      code: 'no-way-on',
      place: at.config.place,
      what: `others send to ${addressesText(addresses)} (${name}) by way of ${at.machine}, which has no peer for it`,
      follows: `${at.machine} drops it, or sends it out of the tunnel`,
      write: owner === undefined ? 'a [Peer] for it' : peerText(owner),
    }),
  }
}

const circle = (mesh: Mesh, peer: Peer): Cause => ({
  subject: peer,
  draft: (addresses) => ({
    severity: 'error',
    code: 'circle',
    place: allowedPlace(peer),
    what: `what is for ${addressesText(addresses)} goes to ${peerName(mesh, peer)}, and comes back from there`,
    follows: 'its packets go around until their time to live is over',
    write: 'it at the peer whose address it is',
  }),
})
