// Sizes of packets.
import { IPV6_MINIMUM_MTU } from '../model/index.ts'
import type { Draft } from './finding.ts'
import { linksOf } from './links.ts'
import type { Device, Mesh } from './mesh.ts'
import { listed } from './words.ts'

const ETHERNET_MTU = 1500
/** IPv4 or IPv6, UDP, and 32 bytes of WireGuard. */
const OVERHEAD_BYTES = { 4: 60, 6: 80 } as const

export const checkMtu = (mesh: Mesh): readonly Draft[] => [
  ...mesh.devices.flatMap((device) => [...tooSmall(device), ...tooLarge(device)]),
  ...differing(mesh),
]

function tooSmall({ config: { mtuBytes, addresses, peers } }: Device): readonly Draft[] {
  const hasIpv6 =
    addresses.some(({ value }) => value.address.family === 6) ||
    peers.some(({ allowed }) => allowed.some(({ value }) => value.prefix.family === 6))
  if (mtuBytes === undefined || mtuBytes.value >= IPV6_MINIMUM_MTU || !hasIpv6) return []
  return [
    {
      severity: 'error',
      code: 'mtu',
      place: mtuBytes.place,
      what: `an MTU of ${mtuBytes.value} is too small for IPv6`,
      follows: `the kernel takes IPv6 off a link below ${IPV6_MINIMUM_MTU} bytes, and wg-quick fails at its routes`,
      write: `MTU = ${IPV6_MINIMUM_MTU}, or more`,
    },
  ]
}

function tooLarge({ config: { mtuBytes, peers } }: Device): readonly Draft[] {
  const families = peers.flatMap(({ endpoint }) => endpoint?.value.address?.family ?? [])
  const overhead = OVERHEAD_BYTES[families.includes(6) ? 6 : 4]
  if (mtuBytes === undefined || mtuBytes.value <= ETHERNET_MTU - overhead) return []
  return [
    {
      severity: 'warning',
      code: 'mtu',
      place: mtuBytes.place,
      what: `an MTU of ${mtuBytes.value} leaves no room for ${overhead} bytes of WireGuard in packets of ${ETHERNET_MTU}`,
      follows: 'full packets are cut in pieces on the way or lost, unless the whole way carries larger ones',
      write: `MTU = ${ETHERNET_MTU - OVERHEAD_BYTES[6]}, or none: wg-quick then looks at the route`,
    },
  ]
}

/** The one that fewer have is named. */
function differing(mesh: Mesh): readonly Draft[] {
  const counts = Map.groupBy(
    mesh.devices.flatMap(({ config }) => config.mtuBytes ?? []),
    ({ value }) => value,
  )
  const countOf = (bytes: number): number => counts.get(bytes)?.length ?? 0
  const pairs = linksOf(mesh).flatMap(({ device, far }) => {
    const [a, b] = [device.config.mtuBytes, far.config.mtuBytes]
    if (a === undefined || b === undefined || a.value === b.value) return []
    const isFirst = countOf(a.value) < countOf(b.value) || (countOf(a.value) === countOf(b.value) && a.value > b.value)
    return [isFirst ? { at: device, mtu: a, other: far, than: b } : { at: far, mtu: b, other: device, than: a }]
  })
  return [...Map.groupBy(pairs, ({ at }) => at).values()].flatMap((those): Draft[] => {
    const [first] = those
    if (first === undefined) return []
    const { mtu, than } = first
    return [
      {
        severity: 'warning',
        code: 'mtu',
        place: mtu.place,
        what: `the MTU is ${mtu.value} here, and another one at ${listed(those.map(({ other }) => other.machine))}`,
        follows: 'packets that one end sends are larger than the other end takes to be the size of the way',
        write: `MTU = ${than.value}`,
        related: those.map(({ other, than: { place, value } }) => ({
          place,
          what: `MTU = ${value} of ${other.machine}`,
        })),
      },
    ]
  })
}
