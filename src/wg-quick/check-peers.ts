// Mistakes that one file makes by itself, or with what is known of the others' addresses.
import {
  containsAddress,
  containsPrefix,
  equalPrefixes,
  FAMILY_BITS,
  formatPrefix,
  hostPrefix,
  overlaps,
  type Prefix,
} from '../model/index.ts'
import type { Peer } from './config.ts'
import type { Draft } from './finding.ts'
import { type Device, type Mesh, peerFor } from './mesh.ts'
import { takenPrefixes } from './taken-prefixes.ts'
import { peerName } from './words.ts'

export const checkPeers = (mesh: Mesh): readonly Draft[] =>
  mesh.devices.flatMap((device) => [
    ...ownKeys(mesh, device),
    ...peersTwice(mesh, device),
    ...takenPrefixes(mesh, device),
    ...emptyPeers(mesh, device),
    ...ownNetworks(mesh, device),
  ])

const ownKeys = (mesh: Mesh, { config, publicKey }: Device): readonly Draft[] =>
  config.peers.flatMap((peer): Draft[] =>
    // Of a key that others have too, that is said.
    publicKey === undefined || peer.publicKey?.value !== publicKey || mesh.devicesOf(publicKey).length > 1
      ? []
      : [
          {
            severity: 'error',
            code: 'own-key',
            place: peer.publicKey.place,
            what: "this peer has the machine's own public key",
            follows: 'the kernel ignores such a peer without a word',
            write: 'the PublicKey of the other machine',
            subjects: [peer],
          },
        ],
  )

function peersTwice(mesh: Mesh, { config, publicKey: own }: Device): readonly Draft[] {
  return config.peers.flatMap((peer, index): Draft[] => {
    const { publicKey } = peer
    const before = config.peers.slice(0, index).findLast((one) => one.publicKey?.value === publicKey?.value)
    if (publicKey === undefined || publicKey.value === own || before?.publicKey === undefined) return []
    return [
      {
        severity: 'error',
        code: 'peer-twice',
        place: publicKey.place,
        what: `the peer ${peerName(mesh, peer)} stands twice in this file`,
        follows: 'the AllowedIPs of the later replace those of the earlier',
        write: 'one [Peer] with all its AllowedIPs; or another PublicKey, if another machine is meant',
        related: [{ place: before.publicKey.place, what: 'the first time' }],
        subjects: [peer, before],
      },
    ]
  })
}

const emptyPeers = (mesh: Mesh, { config }: Device): readonly Draft[] =>
  config.peers.flatMap((peer): Draft[] =>
    peer.allowed.length > 0 || peer.publicKey === undefined || peer.unread.has('allowedips')
      ? []
      : [
          {
            severity: 'warning',
            code: 'empty-peer',
            place: peer.place,
            what: `the peer ${peerName(mesh, peer)} has no AllowedIPs`,
            follows: 'nothing is sent to it, and nothing taken from it',
            write: 'AllowedIPs with its addresses',
            subjects: [peer],
          },
        ],
  )

/** A prefix with one's own addresses in it, and nobody else's: what is for others stands elsewhere. */
function ownNetworks(mesh: Mesh, device: Device): readonly Draft[] {
  return device.config.peers.flatMap((peer) =>
    peer.allowed.flatMap(({ value: { prefix }, place }): Draft[] => {
      if (prefix.length === 0 || othersIn(mesh, device, prefix)) return []
      const own = device.config.addresses.find(({ value }) => containsAddress(prefix, value.address))
      if (own === undefined) return [...circles(mesh, device, peer, prefix, place)]
      const name = peerName(mesh, peer)
      return [
        {
          severity: 'error',
          code: 'own-network',
          place,
          what: `the peer ${name} lists ${formatPrefix(prefix)}, which is the network of ${device.machine} itself`,
          follows: ownNetworkFollows(device, peer, prefix, name),
          write: `AllowedIPs = ${networksOf(mesh, device, peer)}`,
          subjects: [peer],
          related: [{ place: own.place, what: `the Address of ${device.machine}` }],
        },
      ]
    }),
  )
}

function ownNetworkFollows({ machine }: Device, { allowed }: Peer, own: Prefix, name: string): string {
  const isAll = allowed.every(({ value }) => containsPrefix(own, value.prefix))
  if (isAll) return `${machine} sends nothing to ${name}, and drops all that comes from it`
  return own.length === FAMILY_BITS[own.family]
    ? `${machine} itself has that address, and never sends what is for it`
    : `what is for the other machines in it goes to ${name}`
}

const othersIn = (mesh: Mesh, device: Device, prefix: Prefix): boolean =>
  mesh.devices.some(
    ({ machine, config }) =>
      machine !== device.machine && config.addresses.some(({ value }) => containsAddress(prefix, value.address)),
  )

/** What the peer itself lists for others is what comes from it, save for what stands at another peer; its own networks first. */
function networksOf(mesh: Mesh, device: Device, peer: Peer): string {
  const [far] = mesh.devicesOf(peer.publicKey?.value)
  if (far === undefined) return 'the addresses of that peer'
  const isOwn = (prefix: Prefix): boolean =>
    device.config.addresses.some(({ value }) => containsAddress(prefix, value.address))
  const networks = far.config.addresses.map(({ value: { network, address } }) =>
    isOwn(network) ? hostPrefix(address) : network,
  )
  const behind = far.config.peers
    .filter(({ publicKey }) => publicKey?.value !== device.publicKey)
    .flatMap(({ allowed }) => allowed.map(({ value }) => value.prefix))
    .filter(
      (prefix) =>
        prefix.length > 0 && !device.allowed.some((entry) => entry.peer !== peer && overlaps(entry.prefix, prefix)),
    )
  const all = [...networks, ...behind].filter(
    (prefix, index, list) =>
      !isOwn(prefix) &&
      !list.some(
        (other, at) => at !== index && containsPrefix(other, prefix) && (at < index || !equalPrefixes(other, prefix)),
      ),
  )
  return all.length === 0 ? 'the addresses of that peer' : all.map(formatPrefix).join(', ')
}

/** Each of two machines sends the prefix to the other, and it is nobody's. */
function circles(mesh: Mesh, device: Device, peer: Peer, prefix: Prefix, place: Draft['place']): readonly Draft[] {
  const far = mesh.devicesOf(peer.publicKey?.value)[0]
  const back = far && peerFor(far, device.publicKey)
  const theirs = back?.allowed.find(({ value }) => containsPrefix(value.prefix, prefix) && value.prefix.length > 0)
  if (far === undefined || far === device || theirs === undefined || comesFirst(device, far)) return []
  return [
    {
      severity: 'error',
      code: 'prefixes-in-circles',
      place,
      what: `${formatPrefix(prefix)} goes to ${far.machine}, and ${far.machine} sends it to ${device.machine}`,
      follows: 'its packets go to and fro between the two until their time to live is over',
      write: 'it only in the file of the machine that does not have it',
      related: [{ place: theirs.place, what: `the other half, in the file of ${far.machine}` }],
      subjects: [peer],
    },
  ]
}

/** It is said once, in the later file. */
const comesFirst = (a: Device, b: Device): boolean => a.config.file.path < b.config.file.path
