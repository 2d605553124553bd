// Addresses that two have, or to which nobody sends.
import { containsAddress, equalAddresses, FAMILY_BITS, formatAddress, formatPrefix } from '../model/index.ts'
import type { ConfigAddress } from './config.ts'
import type { Draft } from './finding.ts'
import { type Device, type Mesh, shareLocalNetwork } from './mesh.ts'
import type { Placed } from './place.ts'
import type { PairReach } from './reach.ts'
import { allowedFor } from './walk.ts'
import { hostText, listed } from './words.ts'

export const checkAddresses = (mesh: Mesh, reach: readonly PairReach[]): readonly Draft[] => [
  ...takenAddresses(mesh),
  ...mesh.devices.flatMap((device) =>
    device.config.addresses.flatMap((address) => [
      ...elsewhere(mesh, device, address),
      ...withoutPeer(mesh, device, address, reach),
    ]),
  ),
]

function takenAddresses(mesh: Mesh): readonly Draft[] {
  const all = mesh.devices.flatMap((device) => device.config.addresses.map((address) => ({ device, address })))
  const groups = Map.groupBy(all, ({ address }) => formatAddress(address.value.address))
  return [...groups].flatMap(([text, owners]) => {
    if (new Set(owners.map(({ device }) => device.machine)).size < 2) return []
    // Whom the others give it to has it by right.
    const claims = owners.map(({ device, address }) => entriesHolding(mesh, device, address))
    const right = owners[claims.indexOf(Math.max(...claims))]
    if (right === undefined) return []
    return owners
      .filter(({ device }) => device !== right.device)
      .map(
        ({ device, address }): Draft => ({
          severity: 'error',
          code: 'taken-address',
          place: address.place,
          what: `${device.machine} and ${right.device.machine} both have the address ${text}`,
          follows: 'what is for it goes to one of them',
          write: `an Address of its own for ${device.machine}`,
          related: [{ place: right.address.place, what: `the Address of ${right.device.machine}` }],
          subjects: [address, ...mesh.peersFor(device).map(({ peer }) => peer)],
        }),
      )
  })
}

const entriesHolding = (mesh: Mesh, device: Device, { value: { address } }: Placed<ConfigAddress>): number =>
  mesh.peersFor(device).filter(({ peer }) => peer.allowed.some(({ value }) => containsAddress(value.prefix, address)))
    .length

/** All who list this machine list other addresses of it; or the one that does lists an address that nobody has. */
function elsewhere(mesh: Mesh, device: Device, address: Placed<ConfigAddress>): readonly Draft[] {
  const uses = mesh.peersFor(device).filter((use) => !isBeside(mesh, device, use.device))
  if (mesh.devicesOf(device.publicKey).length > 1) return []
  if (uses.length === 0 || entriesHolding(mesh, device, address) > 0 || isTaken(mesh, device, address)) return []
  const { family } = address.value.address
  const strays = uses.flatMap(({ peer }) =>
    peer.allowed.filter(
      ({ value: { prefix } }) =>
        prefix.family === family &&
        prefix.length === FAMILY_BITS[family] &&
        !mesh.devices.some(({ config }) =>
          config.addresses.some(({ value }) => containsAddress(prefix, value.address)),
        ),
    ),
  )
  const stray = strays[0]
  // Of one file alone that lists nothing strange, it is that file that lacks an entry.
  if (stray === undefined && uses.length < 2) return []
  const others = [...new Set(uses.map((use) => use.device.machine))]
  return [
    {
      severity: 'error',
      code: 'address-elsewhere',
      place: address.place,
      what: `${formatAddress(address.value.address)} is in nobody's AllowedIPs for ${device.machine}`,
      follows: `nobody sends to it, and what comes from it is dropped`,
      write:
        stray === undefined
          ? `${hostText(address.value.address)} into the AllowedIPs for ${device.machine} of ${listed(others)}`
          : `Address = ${formatPrefix({ ...stray.value.prefix, length: address.value.network.length })}, which ${listed(others)} list for ${device.machine}`,
      related: uses.map((use) => ({
        place: use.peer.allowed[0]?.place ?? use.peer.place,
        what: `the AllowedIPs that ${use.device.machine} has for it`,
      })),
      subjects: uses.map(({ peer }) => peer),
    },
  ]
}

const isBeside = ({ machines }: Mesh, a: Device, b: Device): boolean => {
  const [one, other] = [a, b].map((device) => machines.find(({ devices }) => devices.includes(device)))
  return one !== undefined && other !== undefined && shareLocalNetwork(one, other)
}

const isTaken = (mesh: Mesh, device: Device, { value }: Placed<ConfigAddress>): boolean =>
  mesh.devices.some(
    (other) =>
      other.machine !== device.machine &&
      other.config.addresses.some((one) => equalAddresses(one.value.address, value.address)),
  )

/** The kernel makes a route to the network of an Address; without a peer for it, it answers "Required key not available". */
function withoutPeer(
  mesh: Mesh,
  device: Device,
  { value: { network }, place }: Placed<ConfigAddress>,
  reach: readonly PairReach[],
): readonly Draft[] {
  if (network.length === FAMILY_BITS[network.family]) return []
  const own = mesh.machines.find(({ devices }) => devices.includes(device))
  const isOwn = (other: ConfigAddress): boolean =>
    device.config.addresses.some(({ value }) => equalAddresses(value.address, other.address))
  const others = mesh.machines.filter(
    (machine) =>
      machine !== own &&
      machine.devices.some(({ config }) =>
        config.addresses.some(
          ({ value }) =>
            containsAddress(network, value.address) && !isOwn(value) && allowedFor(device, value.address) === undefined,
        ),
      ) &&
      reach.some(({ from, to, verdict }) => from === own && to === machine && verdict === 'outside'),
  )
  if (own === undefined || others.length === 0) return []
  const onLocalNetwork = mesh.machines.some((machine) => machine !== own && shareLocalNetwork(own, machine))
  return [
    {
      severity: onLocalNetwork ? 'warning' : 'note',
      code: 'address-without-peer',
      place,
      what: `this Address makes a route to ${formatPrefix(network)} into the tunnel, and no peer here has the addresses in it of ${listed(others.map(({ name }) => name))}`,
      follows: onLocalNetwork
        ? 'if that route wins over the one of the local network, its machines are not reached'
        : 'they are not reached by way of the tunnel',
      write: onLocalNetwork
        ? `Address with /${FAMILY_BITS[network.family]}`
        : 'them into the AllowedIPs of a peer that reaches them, if that is wanted',
    },
  ]
}
