// Keys: those that nobody has, that somebody else has, that two have.
import { containsPrefix, type PublicKey } from '../model/index.ts'
import type { Peer } from './config.ts'
import type { Draft } from './finding.ts'
import { hasAddress, hostsOf, meantMachine } from './meant-machine.ts'
import { type Device, type Mesh, peerFor } from './mesh.ts'
import type { Placed } from './place.ts'
import { listed, shortKey } from './words.ts'

export type KeyFindings = {
  readonly drafts: readonly Draft[]
  /** The entry of a file that is meant for a machine whose key it does not have. */
  readonly meantFor: (device: Device, machine: Device) => Peer | undefined
}

type Use = { readonly device: Device; readonly peer: Peer; readonly key: Placed<PublicKey> }
type MeantUse = Use & { readonly meant: Device }

export function checkKeys(mesh: Mesh): KeyFindings {
  const uses = mesh.devices.flatMap((device) =>
    device.config.peers.flatMap((peer): Use[] =>
      peer.publicKey === undefined ? [] : [{ device, peer, key: peer.publicKey }],
    ),
  )
  const strange = uses.filter(({ key }) => mesh.devicesOf(key.value).length === 0)
  const meant = strange.flatMap((use): MeantUse[] => {
    const machine = meantMachine(mesh, use.device, use.peer)
    return machine === undefined ? [] : [{ ...use, meant: machine }]
  })
  const exchanged = uses.flatMap((use) => exchangedKey(mesh, use))
  const strangers = strange.filter((use) => !meant.some(({ peer }) => peer === use.peer))
  return {
    drafts: [
      ...sharedKeys(mesh),
      ...unreadableKeys(mesh),
      ...[...Map.groupBy(meant, (use) => use.meant)].flatMap(([machine, those]) => wrongKeys(mesh, machine, those)),
      ...exchanged.map((use) => keyOfAnother(mesh, use)),
      ...[...Map.groupBy(strangers, ({ key }) => key.value)].flatMap(([key, those]) => keyOfNobody(mesh, key, those)),
    ],
    meantFor: (device, machine) =>
      [...meant, ...exchanged].find((use) => use.device === device && use.meant === machine)?.peer,
  }
}

function sharedKeys({ devices, devicesOf }: Mesh): readonly Draft[] {
  return devices.flatMap((device): Draft[] => {
    const owners = devicesOf(device.publicKey)
    const [first] = owners
    if (owners.length < 2 || first === undefined || first === device) return []
    const names = listed(owners.map(({ machine }) => machine))
    return [
      {
        severity: 'error',
        code: 'shared-key',
        place: device.config.privateKey?.place ?? device.config.place,
        what: `${names} have one private key`,
        follows: 'to their peers they are one machine, and what is for it goes to whichever spoke last',
        write: `a key of its own for ${device.machine} (wg genkey), and a [Peer] with it in the others' files`,
        related: [{ place: first.config.privateKey?.place ?? first.config.place, what: `the key of ${first.machine}` }],
        subjects: owners,
      },
    ]
  })
}

const unreadableKeys = ({ devices }: Mesh): readonly Draft[] =>
  devices.flatMap(({ config, machine, publicKey, isKeyInferred }): Draft[] => {
    if (!isKeyInferred) return []
    const [how, rest]: [string, string] =
      publicKey === undefined
        ? ['', 'who reaches it cannot be told']
        : [`, and is taken for the owner of ${shortKey(publicKey)}`, 'no other file has that key']
    return [
      {
        severity: 'note',
        code: 'cannot-be-told',
        place: config.place,
        what: `${machine} has no PrivateKey in its file${how}`,
        follows: rest,
      },
    ]
  })

/** Where all others agree on a key, the machine has the wrong one; else each of them is told. */
function wrongKeys(mesh: Mesh, machine: Device, uses: readonly MeantUse[]): readonly Draft[] {
  const { publicKey, config } = machine
  if (publicKey === undefined) return []
  const keys = new Set(uses.map(({ key }) => key.value))
  const [key] = keys
  const wrong = uses.map(({ peer }) => peer)
  if (uses.length > 1 && keys.size === 1 && mesh.peersFor(machine).length === 0 && config.privateKey !== undefined)
    return [
      {
        severity: 'error',
        code: 'unknown-key',
        place: config.privateKey.place,
        what: `the public key of this PrivateKey is ${publicKey}, and all others know ${machine.machine} by ${key}`,
        follows: 'no handshake with it succeeds',
        write: 'the private key that belongs to the key that the others have',
        related: uses.map(({ device, key: { place } }) => ({ place, what: `in the file of ${device.machine}` })),
        subjects: wrong,
        origins: wrong,
      },
    ]
  return uses.map(({ key: { place, value }, peer }) => ({
    severity: 'error',
    code: 'unknown-key',
    place,
    what: `nobody has the key ${value}; by its addresses this peer is ${machine.machine}`,
    follows: `no handshake with ${machine.machine} succeeds`,
    write: `PublicKey = ${publicKey}`,
    ...(config.privateKey && {
      related: [{ place: config.privateKey.place, what: `the PrivateKey of ${machine.machine}` }],
    }),
    subjects: [peer],
    origins: [peer],
  }))
}

/**
 * A key of one machine where another one is meant: that other one has us as a peer, and we do not have it; the owner of the key
 * does not have us, or none of its addresses stand there.
 */
function exchangedKey(mesh: Mesh, use: Use): readonly MeantUse[] {
  const { device, peer, key } = use
  const owners = mesh.devicesOf(key.value)
  const hosts = hostsOf(peer)
  if (owners.length === 0 || owners.includes(device)) return []
  if (hosts.some((host) => owners.some((owner) => hasAddress(owner, host)))) return []
  const isMutual = owners.some((owner) => peerFor(owner, device.publicKey) !== undefined)
  const meant = meantMachine(mesh, device, peer)
  if (meant === undefined || owners.includes(meant) || peerFor(meant, device.publicKey) === undefined) return []
  return isMutual && !hosts.some((host) => hasAddress(meant, host)) ? [] : [{ ...use, meant }]
}

function keyOfAnother(mesh: Mesh, { peer, key, meant }: MeantUse): Draft {
  const owner = mesh.devicesOf(key.value)[0]?.machine
  return {
    severity: 'error',
    code: 'key-of-another',
    place: key.place,
    what: `this is the key of ${owner}, and the AllowedIPs of this peer are those of ${meant.machine}`,
    follows: `what is for ${meant.machine} goes to ${owner}`,
    write: `PublicKey = ${meant.publicKey ?? `that of ${meant.machine}`}`,
    subjects: [peer],
    origins: [peer],
  }
}

/** The file of the machine may just not be here, as that of a phone. */
function keyOfNobody({ devices }: Mesh, key: PublicKey, uses: readonly Use[]): readonly Draft[] {
  const [first, ...rest] = uses
  if (first === undefined) return []
  const draft: Draft = {
    severity: 'warning',
    code: 'unknown-key',
    place: first.key.place,
    what: `nobody in this folder has the key ${key}`,
    follows: 'whether that peer is reached cannot be told',
    write: 'the key of a machine, or put its file into the folder',
    related: rest.map(({ device, key: { place } }) => ({ place, what: `in the file of ${device.machine}` })),
    subjects: uses.map(({ peer }) => peer),
    origins: uses.map(({ peer }) => peer),
  }
  const lacking = devices.filter((device) => !uses.some((use) => use.device === device) && !reaches(device, first.peer))
  if (uses.length < 2 || lacking.length > 1 || devices.length < 3) return [draft]
  const names = listed(uses.map(({ device }) => device.machine))
  return [
    draft,
    ...lacking.map(
      ({ config, machine }): Draft => ({
        severity: 'warning',
        code: 'forgotten',
        place: config.place,
        what: `${names} have the peer ${shortKey(key)}, and ${machine} does not`,
        follows: `that peer does not reach ${machine}`,
        write: `the same [Peer] as in ${first.key.place.file}, line ${first.peer.place.line}`,
      }),
    ),
  ]
}

const reaches = ({ allowed }: Device, { allowed: theirs }: Peer): boolean =>
  theirs.some(({ value }) => allowed.some(({ prefix }) => containsPrefix(prefix, value.prefix)))
