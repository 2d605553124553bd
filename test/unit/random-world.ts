// Random worlds for laws: a few sites over both fabrics, machines with and without endpoints, one or both families of pods.
import fc from 'fast-check'
import {
  type Network,
  type Node,
  type NodeStatus,
  nthAddress,
  type PublicKey,
  parsePrefix,
  type Site,
  type World,
} from '../../src/model/index.ts'

export type Shape = {
  readonly families: 'v4' | 'v6' | 'both'
  readonly sites: readonly { readonly fabric: 'direct' | 'vxlan'; readonly nodes: readonly NodeShape[] }[]
  /** The pod range holds the private addresses and the endpoints too. */
  readonly isNested: boolean
}
export type NodeShape = {
  readonly hasEndpoint: boolean
  readonly gateway: Node['gateway']
  readonly hasSite: boolean
  readonly hasV6: boolean
}

const nodeShape: fc.Arbitrary<NodeShape> = fc.record({
  hasEndpoint: fc.boolean(),
  gateway: fc.constantFrom('prefer', 'allow', 'allow', 'never'),
  hasSite: fc.oneof({ arbitrary: fc.constant(true), weight: 5 }, { arbitrary: fc.constant(false), weight: 1 }),
  hasV6: fc.boolean(),
})

export const shapes: fc.Arbitrary<Shape> = fc.record({
  families: fc.constantFrom('v4', 'v6', 'both', 'both'),
  sites: fc.array(
    fc.record({
      fabric: fc.constantFrom('direct', 'vxlan'),
      nodes: fc.array(nodeShape, { minLength: 1, maxLength: 5 }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  isNested: fc.boolean(),
})

/** A world of this shape. Nodes stand in the order given by `order`, which no plan may notice. */
export function worldOf(shape: Shape, order: (nodes: Node[]) => Node[] = (nodes) => nodes): World {
  const network: Network = {
    name: 'default',
    podPrefixes: [
      ...(shape.families === 'v6' ? [] : [parsePrefix(shape.isNested ? '10.0.0.0/8' : '10.42.0.0/16')]),
      ...(shape.families === 'v4' ? [] : [parsePrefix('fd42:42::/48')]),
    ],
    servicePrefixes: [parsePrefix('10.43.0.0/16')],
    sites: { by: 'field' },
    fabric: { kind: 'direct', encapsulate: 'always', port: 8472 },
    tunnel: { kind: 'wireguard', port: 51820 },
    encryption: 'required',
    gatewaysPerSite: 1,
    masquerade: [4, 6],
    joinPrivateAddresses: false,
    mtu: 'auto',
  }
  const sites = new Map<string, Site>()
  const nodes: Node[] = []
  for (const [s, { fabric, nodes: members }] of shape.sites.entries()) {
    sites.set(`site-${s}`, { name: `site-${s}`, fabric: { ...network.fabric, kind: fabric } })
    for (const [n, member] of members.entries()) nodes.push(nodeOf(shape, s, n, member))
  }
  const statuses = new Map<string, NodeStatus>(
    nodes.map(({ name }, index) => [name, { name, publicKey: keyOfNumber(index) }]),
  )
  const ordered = order(nodes)
  return { network, sites, nodes: new Map(ordered.map((node) => [node.name, node])), statuses, grants: new Map() }
}

function nodeOf(shape: Shape, s: number, n: number, member: NodeShape): Node {
  const number = s * 16 + n
  const privateV4 = nthAddress(parsePrefix(shape.isNested ? `10.200.${s}.0/24` : `172.16.${s}.0/24`), 10 + n)
  const endpoint = nthAddress(
    parsePrefix(shape.isNested && n % 2 === 0 ? '10.201.0.0/24' : '203.0.113.0/24'),
    1 + number,
  )
  return {
    name: `n${s}-${n}`,
    labels: {},
    ...(member.hasSite && { site: `site-${s}` }),
    privateAddresses: [
      { address: privateV4, length: 24 },
      ...(member.hasV6 ? [{ address: nthAddress(parsePrefix(`fd00:${s}::/64`), 10 + n), length: 64 }] : []),
    ],
    ...(member.hasEndpoint && { endpoint: { host: endpoint, port: 51820 } }),
    podPrefixes: [
      ...(shape.families === 'v6' ? [] : [parsePrefix(`10.42.${number}.0/24`)]),
      ...(shape.families === 'v4' ? [] : [parsePrefix(`fd42:42:0:${(number + 1).toString(16)}::/64`)]),
    ],
    offeredPrefixes: [],
    gateway: member.gateway,
  }
}

/** Keys that look like keys, told apart by number. */
export const keyOfNumber = (index: number): PublicKey =>
  Buffer.from([...Array(31).fill(7), index]).toString('base64') as PublicKey

/** A world with its nodes in ascending order of names, as the store makes it. */
export const sortedWorldOf = (shape: Shape): World =>
  worldOf(shape, (nodes) => nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
