// Worlds of any size, the same for the same numbers: nodes that join one after the other, each to the next site in turn,
// so that hardly any neighbouring prefixes have one owner and little can be merged.
import {
  type FabricKind,
  type Network,
  type Node,
  type NodeStatus,
  nthAddress,
  type Prefix,
  type PrivateAddress,
  type PublicKey,
  parsePrefix,
  type World,
} from '../src/model/index.ts'

export type Scale = {
  readonly nodes: number
  /** As many as there are nodes: a full mesh. */
  readonly sites: number
  readonly families?: 'v4' | 'both'
  readonly fabric?: FabricKind
  /** The machines of a site are in two subnets by turns, and only what goes between them is encapsulated. */
  readonly isCrossSubnet?: boolean
  readonly gatewaysPerSite?: number
  /** What the network carries besides pods; each site is then in a subnet of its own, as with fabric `none`. */
  readonly addresses?: 'lan' | 'joined'
}

const RANGES = { 4: parsePrefix('10.0.0.0/8'), 6: parsePrefix('fd42:42::/32') } as const
const PRIVATE = parsePrefix('172.16.0.0/12')
const PUBLIC = parsePrefix('198.18.0.0/15')

export function scaledWorld(scale: Scale): World {
  const { families = 'both', fabric = 'direct', isCrossSubnet = false, gatewaysPerSite = 1, addresses } = scale
  const network: Network = {
    name: 'default',
    podPrefixes: families === 'v4' ? [RANGES[4]] : [RANGES[4], RANGES[6]],
    servicePrefixes: [parsePrefix('192.168.0.0/16')],
    sites: { by: 'field' },
    ...(addresses === 'lan' && { lan: PRIVATE }),
    fabric: { kind: fabric, encapsulate: isCrossSubnet ? 'cross-subnet' : 'always', port: 8472 },
    tunnel: { kind: 'wireguard', port: 51820 },
    encryption: 'required',
    gatewaysPerSite,
    masquerade: [4, 6],
    joinPrivateAddresses: addresses === 'joined',
    mtu: 'auto',
  }
  const names = Array.from({ length: scale.nodes }, (_, index) => nodeName(index))
  return {
    network,
    sites: new Map(),
    nodes: new Map(names.map((name, index) => [name, nodeOf(scale, name, index)])),
    statuses: new Map(names.map((name, index) => [name, statusOf(name, index)])),
    grants: new Map(),
  }
}

/** Ascending by number. */
export const nodeName = (index: number): string => `node-${String(index).padStart(6, '0')}`

/** The world with a second IPv4 prefix, number `change`, at this node. All other nodes are the very same objects. */
export function withChangedNode(world: World, name: string, change: number): World {
  const node = world.nodes.get(name)
  if (node === undefined) throw new Error(`the world has no node ${name}`)
  const [first, second] = node.podPrefixes
  const podPrefixes = [first, second?.family === 6 ? second : undefined, podPrefix(4, 40_000 + change)]
  const changed: Node = { ...node, podPrefixes: podPrefixes.filter((prefix) => prefix !== undefined) }
  return { ...world, nodes: new Map(world.nodes).set(name, changed) }
}

function nodeOf(scale: Scale, name: string, index: number): Node {
  const { sites, families = 'both' } = scale
  return {
    name,
    labels: {},
    site: `site-${String(index % sites).padStart(6, '0')}`,
    privateAddresses: [privateAddressOf(scale, index)],
    endpoint: { host: nthAddress(PUBLIC, index + 10), port: 51820 },
    podPrefixes: families === 'v4' ? [podPrefix(4, index)] : [podPrefix(4, index), podPrefix(6, index)],
    offeredPrefixes: [],
    gateway: 'allow',
  }
}

/** All in one subnet of the whole world, as in many clouds, unless the scale asks for more. */
function privateAddressOf({ nodes, sites, fabric, isCrossSubnet, addresses }: Scale, index: number): PrivateAddress {
  const [site, rank] = [index % sites, Math.floor(index / sites)]
  // By their private addresses machines speak where pods are another plugin's.
  if (addresses !== undefined || fabric === 'none') {
    const bits = Math.ceil(Math.log2(nodes / sites + 2))
    return { address: nthAddress(PRIVATE, site * 2 ** bits + rank + 1), length: 32 - bits }
  }
  if (isCrossSubnet) return { address: nthAddress(PRIVATE, (rank % 2) * 2 ** 19 + index + 10), length: 13 }
  return { address: nthAddress(PRIVATE, index + 10), length: 12 }
}

/** A /24 or a /64. */
function podPrefix(family: 4 | 6, index: number): Prefix {
  const length = family === 4 ? 24 : 64
  return { ...nthAddress(RANGES[family], BigInt(index) << BigInt(family === 4 ? 8 : 64)), length }
}

const statusOf = (name: string, index: number): NodeStatus => ({
  name,
  publicKey: numberedKey(index),
  underlayMtuBytes: 1500,
})

/** 32 bytes that end in the number. */
export function numberedKey(index: number): PublicKey {
  const bytes = Buffer.alloc(32, 7)
  bytes.writeUInt32BE(index, 28)
  return bytes.toString('base64') as PublicKey
}
