// Networks of some sixty to a hundred machines in few sites, so that one that changes is few of many.
import fc from 'fast-check'
import {
  type Fabric,
  type Family,
  type Network,
  type Node,
  type NodeStatus,
  nthAddress,
  type Prefix,
  type PrivateAddress,
  parsePrefix,
  type World,
} from '../../src/model/index.ts'
import { keyOfNumber } from './random-world.ts'

export type LargeShape = {
  readonly nodes: number
  readonly sites: number
  readonly families: 'v4' | 'v6' | 'both'
  /** `blocks`: neighbouring prefixes are of one site; `in turn`: of the next one; `apart`: there are no neighbours. */
  readonly order: 'blocks' | 'in turn' | 'apart'
  readonly fabric: Fabric['kind']
  readonly encapsulate: Fabric['encapsulate']
  readonly gatewaysPerSite: number
  /** Every second site is behind NAT, so that two of them need a relay. */
  readonly isHalfBehindNat: boolean
  readonly lan: 'none' | 'apart' | 'around'
  readonly joinPrivateAddresses: boolean
}

export const FABRICS = ['direct', 'vxlan', 'wireguard', 'ipip', 'none'] as const

/** Networks of pods and nothing else. */
export const plainShapes: fc.Arbitrary<LargeShape> = fc.record({
  nodes: fc.integer({ min: 64, max: 100 }),
  sites: fc.integer({ min: 2, max: 5 }),
  families: fc.constantFrom('v4', 'v4', 'v6', 'both'),
  order: fc.constantFrom('blocks', 'in turn', 'apart'),
  fabric: fc.constantFrom('direct', 'vxlan', 'wireguard'),
  encapsulate: fc.constantFrom('always', 'cross-subnet'),
  gatewaysPerSite: fc.constantFrom(1, 1, 2),
  isHalfBehindNat: fc.constantFrom(false, false, true),
  lan: fc.constant('none'),
  joinPrivateAddresses: fc.constant(false),
})

/** Of every feature. */
export const largeShapes: fc.Arbitrary<LargeShape> = fc.record({
  nodes: fc.integer({ min: 64, max: 100 }),
  sites: fc.integer({ min: 2, max: 5 }),
  families: fc.constantFrom('v4', 'v4', 'v6', 'both'),
  order: fc.constantFrom('blocks', 'in turn', 'apart'),
  fabric: fc.constantFrom(...FABRICS),
  encapsulate: fc.constantFrom('always', 'cross-subnet'),
  gatewaysPerSite: fc.integer({ min: 1, max: 3 }),
  isHalfBehindNat: fc.constantFrom(false, false, true),
  lan: fc.constantFrom('none', 'none', 'apart', 'around'),
  joinPrivateAddresses: fc.constantFrom(false, false, true),
})

export const RANGES = { 4: parsePrefix('10.0.0.0/8'), 6: parsePrefix('fd42:42::/32') } as const
export const LANS = { apart: parsePrefix('100.64.0.0/10'), around: parsePrefix('172.16.0.0/12') } as const
const LENGTHS = { 4: 24, 6: 64 } as const
const BITS = { 4: 32, 6: 128 } as const

/** Number `number` of the /24 or /64 that nodes get, `more` bits longer or shorter. */
export const podPrefix = (family: Family, number: number, more = 0): Prefix => {
  const length = LENGTHS[family] + more
  const aligned = more < 0 ? number - (number % 2 ** -more) : number
  return { ...nthAddress(RANGES[family], BigInt(aligned) << BigInt(BITS[family] - LENGTHS[family])), length }
}

export const familiesOf = ({ podPrefixes }: Network): readonly Family[] => podPrefixes.map(({ family }) => family)
export const nodeName = (index: number): string => `n${String(index).padStart(4, '0')}`
export const siteName = (index: number): string => `site-${index}`

export function largeWorldOf(shape: LargeShape): World {
  const { families, lan, fabric: kind, encapsulate, gatewaysPerSite, joinPrivateAddresses } = shape
  const network: Network = {
    name: 'default',
    podPrefixes: [...(families === 'v6' ? [] : [RANGES[4]]), ...(families === 'v4' ? [] : [RANGES[6]])],
    servicePrefixes: [parsePrefix('192.168.0.0/16')],
    ...(lan !== 'none' && { lan: LANS[lan] }),
    sites: { by: 'field' },
    fabric: { kind, encapsulate, port: 8472 },
    tunnel: { kind: 'wireguard', port: 51820 },
    encryption: 'required',
    gatewaysPerSite,
    masquerade: [4, 6],
    joinPrivateAddresses,
    mtu: 'auto',
  }
  const nodes = Array.from({ length: shape.nodes }, (_, index) => nodeOf(network, shape, index))
  return inOrder({
    network,
    sites: new Map(),
    nodes: new Map(nodes.map((node) => [node.name, node])),
    statuses: new Map(nodes.map(({ name }, index) => [name, statusOf(name, index)])),
    grants: new Map(),
  })
}

export const statusOf = (name: string, index: number): NodeStatus => ({ name, publicKey: keyOfNumber(index % 251) })

function nodeOf(network: Network, { nodes, sites, order, isHalfBehindNat }: LargeShape, index: number): Node {
  const site = order === 'blocks' ? Math.floor((index * sites) / nodes) : index % sites
  const number = order === 'apart' ? index * 2 : index
  return {
    name: nodeName(index * 2), // there is room for newcomers in between
    labels: {},
    site: siteName(site),
    privateAddresses: [
      privateAddress(site, order === 'blocks' ? index : Math.floor(index / sites)),
      ...(index % 4 === 0 ? [privateV6(index)] : []),
    ],
    ...(index % 3 > 0 &&
      !(isHalfBehindNat && site % 2 === 1) && {
        endpoint: { host: nthAddress(parsePrefix('203.0.112.0/22'), index + 1), port: 51820 },
      }),
    podPrefixes: familiesOf(network).map((family) => podPrefix(family, number)),
    offeredPrefixes: [],
    gateway: 'allow',
  }
}

/** In the subnet of its site, or in the second one. */
export const privateAddress = (site: number, rank: number): PrivateAddress => {
  const subnet = parsePrefix(`172.${16 + (rank % 2)}.${site}.0/24`)
  return { address: nthAddress(subnet, 10 + (rank % 240)), length: 24 }
}

export const privateV6 = (index: number): PrivateAddress => ({
  address: nthAddress(parsePrefix('fd00::/64'), 10 + index),
  length: 64,
})

/** The world with this node, names in order. */
export const withNode = (world: World, node: Node): World =>
  inOrder({ ...world, nodes: new Map(world.nodes).set(node.name, node) })

const inOrder = (world: World): World => ({
  ...world,
  nodes: new Map([...world.nodes].sort(([a], [b]) => (a < b ? -1 : 1))),
})
