// Keys: those that nobody has, that somebody else has, that two have.

import { keyOfNobody, placeholder, unreadableKeys } from './absent-keys.ts'
import type { Peer } from './config.ts'
import { exchangedKey } from './exchanged-keys.ts'
import type { Draft } from './finding.ts'
import type { Meant, MeantUse, Use } from './key-use.ts'
import { meantMachine } from './meant-machine.ts'
import type { Device, Mesh } from './mesh.ts'
import { isPlaceholder } from './value.ts'
import { listed } from './words.ts'

export type KeyFindings = {
  readonly drafts: readonly Draft[]
  /** The entry of a file that is meant for a machine whose key it does not have. */
  readonly meantFor: (device: Device, machine: Device) => Peer | undefined
  /** Peers whose key is not that of the machine they are meant for: the rest of what they say is of that machine. */
  readonly wrong: ReadonlySet<Peer>
}

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
  // Of a key that cannot be read, or is one's own, something is said where it stands.
  const lacking = mesh.devices.flatMap((device) =>
    device.config.peers
      .filter(({ publicKey }) => publicKey === undefined || publicKey.value === device.publicKey)
      .flatMap((peer): Meant[] => {
        const machine = meantMachine(mesh, device, peer)
        return machine === undefined ? [] : [{ device, peer, meant: machine }]
      }),
  )
  const all: readonly Meant[] = [...meant, ...exchanged, ...lacking]
  const open = uses.filter(({ key, peer }) => isPlaceholder(key.value) && !meant.some((use) => use.peer === peer))
  const strangers = strange.filter((use) => !open.includes(use) && !meant.some(({ peer }) => peer === use.peer))
  return {
    drafts: [
      ...sharedKeys(mesh, meant),
      ...unreadableKeys(mesh),
      ...[...Map.groupBy(meant, (use) => use.meant)].flatMap(([machine, those]) => wrongKeys(mesh, machine, those)),
      ...exchanged.map((use) => keyOfAnother(mesh, use)),
      ...[...Map.groupBy(open, ({ key }) => key.value)].flatMap(([key, those]) => placeholder(key, those)),
      ...[...Map.groupBy(strangers, ({ key }) => key.value)].flatMap(([key, those]) => keyOfNobody(mesh, key, those)),
    ],
    meantFor: (device, machine) => all.find((use) => use.device === device && use.meant === machine)?.peer,
    wrong: new Set(all.map(({ peer }) => peer)),
  }
}

/** Told where it stands for the second time, as nobody can say who had it first. */
function sharedKeys({ devices, devicesOf, peersFor }: Mesh, meant: readonly Meant[]): readonly Draft[] {
  return devices.flatMap((device): Draft[] => {
    const owners = devicesOf(device.publicKey)
    const [first, second] = owners
    if (first === undefined || second !== device) return []
    const others = owners.slice(1)
    const known = meant.filter((use) => owners.includes(use.meant)).map(({ peer }) => peer)
    const keyPlace = ({ config }: Device) => config.privateKey?.place ?? config.place
    return [
      {
        severity: 'error',
        code: 'shared-key',
        place: keyPlace(device),
        what: `${listed(owners.map(({ machine }) => machine))} have one private key`,
        follows: 'to their peers they are one machine, and what is for it goes to whichever spoke last',
        write: `a key of its own for ${listed(others.map(({ machine }) => machine))} (wg genkey), and a [Peer] with it in the others' files`,
        related: owners
          .filter((owner) => owner !== device)
          .map((owner) => ({ place: keyPlace(owner), what: `the key of ${owner.machine}` })),
        // Others may know them by the keys that they had before.
        subjects: [...owners, ...known, ...owners.flatMap((owner) => peersFor(owner).map(({ peer }) => peer))],
        origins: known,
      },
    ]
  })
}

/** Where all others agree on a key, the machine has the wrong one; else each of them is told. */
function wrongKeys(mesh: Mesh, machine: Device, uses: readonly MeantUse[]): readonly Draft[] {
  const { publicKey, config } = machine
  if (publicKey === undefined || mesh.devicesOf(publicKey).length > 1) return []
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
