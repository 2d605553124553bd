// What the others have and one does not: a pair that is left out of a full mesh, a network behind a machine.
import { comparePrefixes, containsAddress, containsPrefix, equalPrefixes, formatPrefix } from '../model/index.ts'
import type { Draft } from './finding.ts'
import { type Device, type Mesh, peerFor } from './mesh.ts'
import type { PairReach } from './reach.ts'
import { peerText } from './words.ts'

export const checkForgotten = (mesh: Mesh, reach: readonly PairReach[]): readonly Draft[] => [
  ...forgottenPairs(mesh, reach),
  ...mesh.devices.flatMap((device) => forgottenNetworks(mesh, device)),
]

const FEWEST_OF_A_MESH = 4

/** Each of the two has all other machines as peers, and not the other. */
function forgottenPairs(mesh: Mesh, reach: readonly PairReach[]): readonly Draft[] {
  const { machines } = mesh
  if (machines.length < FEWEST_OF_A_MESH) return []
  const devices = machines.flatMap((machine) => (machine.devices.length === 1 ? machine.devices : []))
  const lacksOnly = (device: Device, other: Device): boolean =>
    devices.every((one) => one === device || (peerFor(device, one.publicKey) === undefined) === (one === other))
  return reach.flatMap(({ from, to, verdict }) => {
    const [a, b] = [from.devices[0], to.devices[0]]
    if (verdict !== 'outside' || a === undefined || b === undefined || from.name > to.name) return []
    if ([a, b].some(({ publicKey }) => mesh.devicesOf(publicKey).length > 1)) return []
    if (!lacksOnly(a, b) || !lacksOnly(b, a)) return []
    if (!hasEndpoint(mesh, a) && !hasEndpoint(mesh, b)) return []
    return [
      {
        severity: 'warning',
        code: 'forgotten',
        place: a.config.place,
        what: `${from.name} and ${to.name} are the only two of this mesh that do not have each other as a peer`,
        follows: 'they do not reach each other',
        write: `${peerText(b)}; and the same of ${from.name} in the file of ${to.name}`,
        related: [{ place: b.config.place, what: `the file of ${to.name}` }],
      },
    ]
  })
}

/** Two machines that nobody can begin with do not have each other on purpose. */
const hasEndpoint = (mesh: Mesh, device: Device): boolean =>
  mesh.peersFor(device).some(({ peer }) => peer.endpoint !== undefined)

/** A prefix without machines of ours, behind a peer: two others or more send it there, and this one nowhere. */
function forgottenNetworks(mesh: Mesh, device: Device): readonly Draft[] {
  return device.config.peers.flatMap((peer) => {
    const [far] = mesh.devicesOf(peer.publicKey?.value)
    if (far === undefined) return []
    // Machines beside this one; not those that reach it through the peer, as they list for that what is at this one.
    const others = mesh.peersFor(far).filter((use) => peerFor(use.device, device.publicKey) !== undefined)
    const prefixes = others
      .flatMap((use) => use.peer.allowed.map(({ value }) => value.prefix))
      .sort(comparePrefixes)
      .filter((prefix, index, all) => index > 0 && equalPrefixes(prefix, all[index - 1] ?? prefix) && prefix.length > 0)
      .filter((prefix, index, all) => index === 0 || !equalPrefixes(prefix, all[index - 1] ?? prefix))
    return prefixes
      .filter(
        (prefix) =>
          !device.allowed.some((entry) => containsPrefix(entry.prefix, prefix)) &&
          !mesh.devices.some(({ config }) =>
            config.addresses.some(({ value }) => containsAddress(prefix, value.address)),
          ),
      )
      .map(
        (prefix): Draft => ({
          severity: 'warning',
          code: 'forgotten',
          place: peer.allowed[0]?.place ?? peer.place,
          what: `the AllowedIPs of ${far.machine} do not hold ${formatPrefix(prefix)}, and those of the others do`,
          follows: `${device.machine} does not reach ${formatPrefix(prefix)}, and drops what comes from there`,
          write: `${formatPrefix(prefix)} into the AllowedIPs of ${far.machine}`,
          related: others
            .flatMap((use) => use.peer.allowed.map(({ value, place }) => ({ use, value, place })))
            .filter(({ value }) => equalPrefixes(value.prefix, prefix))
            .map(({ use, place }) => ({ place, what: `in the file of ${use.device.machine}` })),
        }),
      )
  })
}
