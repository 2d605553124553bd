// One cloud of a lab as data: its LAN segments with their gateways, its way to the internet, what it translates.
import {
  type Address,
  type Cloud,
  equalAddresses,
  FAMILY_BITS,
  type Family,
  formatAddress,
  formatPrefix,
  hostPrefix,
  type Node,
  nthAddress,
  type Prefix,
  type PrivateAddress,
  parseAddress,
  parsePrefix,
  prefixOf,
  prefixSize,
} from '../model/index.ts'
import { type PortForward, type PortForwardInput, portForwards } from './port-forward.ts'
import { publicAddresses } from './public-address.ts'

export type CloudLayout = {
  readonly name: string
  readonly nat: Cloud['nat']
  readonly sourceCheck: boolean
  readonly allow: Cloud['allow']
  /** Of the LAN; towards the internet it is this or 1500, whichever is less. */
  readonly mtuBytes: number
  readonly wanMtuBytes: number
  /** Of the LAN and towards the internet, for IPv6 alone, where it is another. */
  readonly ipv6MtuBytes?: number
  readonly routerAdvertisements: boolean
  readonly natTimeoutSeconds?: number
  readonly namespace: string
  /** The internet's end of the cloud's link. */
  readonly port: string
  /** One a family. Behind `masquerade` the cloud's end is the public address of all, unless their endpoints name another. */
  readonly transit: readonly Transit[]
  readonly segments: readonly Segment[]
  /** Names of the nodes that stand here. */
  readonly members: readonly string[]
  readonly translations: readonly Translation[]
  /** Addresses of the router itself under which its nodes are seen (`masquerade`); of each family the first for what goes out. */
  readonly ownAddresses: readonly Address[]
  readonly forwards: readonly PortForward[]
  /** What the internet routes here. */
  readonly publicPrefixes: readonly Prefix[]
}

export type Transit = { readonly internet: Address; readonly cloud: Address; readonly length: number }

/** Nodes that share a subnet of either family share a wire. */
export type Segment = {
  readonly bridge: string
  readonly gateways: readonly Gateway[]
  readonly members: readonly string[]
}

export type Gateway = {
  readonly address: Address
  readonly subnet: Prefix
  /** The subnet has no room for it, so both sides reach each other without one in common. */
  readonly onlink: boolean
}

/** The public address is the node's own, both ways. Of several, the first is the one for what goes out. */
export type Translation = { readonly node: string; readonly outside: Address; readonly inside: Address }

/** Benchmarking ranges (RFC 2544, RFC 5180): no network that a world describes should use them. */
const TRANSIT = { 4: parsePrefix('198.18.0.0/15'), 6: parsePrefix('2001:2::/48') } as const
/** The gateway of a node whose subnet has room for itself only, as some providers do it. */
const LINK_LOCAL_GATEWAY = { 4: parseAddress('169.254.1.1'), 6: parseAddress('fe80::1') } as const
const INTERNET_MTU_BYTES = 1500

export function layOutCloud(input: {
  readonly cloud: Cloud
  readonly index: number
  readonly namespace: string
  readonly members: readonly Node[]
  readonly families: readonly Family[]
  readonly around: PortForwardInput
}): CloudLayout {
  const { cloud, index, namespace, members, families, around } = input
  const addressesOf = (node: Node): readonly Address[] => publicAddresses(node, around.lab)
  const translations = cloud.nat === 'one-to-one' ? members.flatMap((node) => translate(node, addressesOf(node))) : []
  const ownAddresses = cloud.nat === 'masquerade' ? distinct(members.flatMap(addressesOf)) : []
  return {
    ...cloud,
    wanMtuBytes: Math.min(cloud.mtuBytes, INTERNET_MTU_BYTES),
    namespace,
    port: linkName('c', index, cloud.name),
    transit: families.map((family) => transitOf(family, index)),
    segments: wires(members).map((wire, nth) => layOutSegment(wire, `lan${nth}`)),
    members: members.map(({ name }) => name),
    translations,
    ownAddresses,
    forwards: cloud.nat === 'masquerade' ? members.flatMap((node) => portForwards(node, around)) : [],
    publicPrefixes:
      cloud.nat === 'none'
        ? members.flatMap(({ privateAddresses }) => privateAddresses.map(({ address }) => hostPrefix(address)))
        : [...ownAddresses, ...translations.map(({ outside }) => outside)].map(hostPrefix),
  }
}

/** Fifteen bytes are what the kernel allows (IFNAMSIZ). */
export const linkName = (letter: string, index: number, name: string): string =>
  `${letter}${index}-${name}`.slice(0, 15).replace(/-+$/, '')

export const subnetOf = ({ address, length }: PrivateAddress): string => formatPrefix(prefixOf(address, length))

function transitOf(family: Family, index: number): Transit {
  const length = family === 4 ? 30 : 64
  const start = BigInt(index) << BigInt(FAMILY_BITS[family] - length)
  const at = (n: bigint): Address => nthAddress(TRANSIT[family], start + n)
  return { internet: at(1n), cloud: at(2n), length }
}

function translate({ name, privateAddresses }: Node, addresses: readonly Address[]): Translation[] {
  return addresses.flatMap((outside) => {
    const inside = privateAddresses.find(({ address }) => address.family === outside.family)
    return inside ? [{ node: name, outside, inside: inside.address }] : []
  })
}

const distinct = (addresses: readonly Address[]): Address[] => [
  ...new Map(addresses.map((address) => [formatAddress(address), address])).values(),
]

function wires(members: readonly Node[]): Node[][] {
  let found: Node[][] = []
  for (const node of members) {
    const subnets = new Set(node.privateAddresses.map(subnetOf))
    const touches = (wire: readonly Node[]): boolean =>
      wire.some(({ privateAddresses }) => privateAddresses.some((own) => subnets.has(subnetOf(own))))
    found = [...found.filter((wire) => !touches(wire)), [...found.filter(touches).flat(), node]]
  }
  return found
}

function layOutSegment(wire: readonly Node[], bridge: string): Segment {
  const taken = wire.flatMap(({ privateAddresses }) => privateAddresses)
  const subnets = new Map(taken.map((own) => [subnetOf(own), prefixOf(own.address, own.length)]))
  return {
    bridge,
    gateways: [...subnets.values()].map((subnet) => {
      const address = firstFree(subnet, taken)
      return { address: address ?? LINK_LOCAL_GATEWAY[subnet.family], subnet, onlink: !address }
    }),
    members: wire.map(({ name }) => name),
  }
}

/** Neither the first address of the subnet nor, with IPv4, its last; undefined where none is left. */
function firstFree(subnet: Prefix, taken: readonly PrivateAddress[]): Address | undefined {
  const end = prefixSize(subnet) - (subnet.family === 4 ? 1n : 0n)
  for (let n = 1n; n < end; n++) {
    const address = nthAddress(subnet, n)
    if (!taken.some((own) => equalAddresses(own.address, address))) return address
  }
  return undefined
}
