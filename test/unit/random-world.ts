// Random worlds for laws, of every feature that a plan knows: sites over all fabrics, one to three gateways, slots granted well
// and badly, machines with and without endpoints, clashing private addresses, offered prefixes, a virtual LAN.
import fc from 'fast-check'
import {
  type Address,
  type Fabric,
  type Liveness,
  type Network,
  type Node,
  type NodeGrant,
  type NodeStatus,
  type PublicKey,
  parseAddress,
  parsePrefix,
  type Site,
  type World,
} from '../../src/model/index.ts'
import { nodeOf } from './random-node.ts'

export type Shape = {
  readonly families: 'v4' | 'v6' | 'both' | 'no pods'
  readonly sites: readonly SiteShape[]
  /** The pod range holds the private addresses and the endpoints too. */
  readonly isNested: boolean
  /** `around`: it holds private addresses of machines. */
  readonly lan: 'none' | 'apart' | 'around'
  readonly joinPrivateAddresses: boolean
}
export type SiteShape = {
  readonly fabric: Fabric['kind']
  readonly encapsulate: Fabric['encapsulate']
  readonly gatewaysPerSite: number
  readonly subnets: 1 | 2
  /** Its private addresses are those of every home: other sites of the kind have them too. */
  readonly isHome: boolean
  readonly nodes: readonly NodeShape[]
}
export type NodeShape = {
  readonly endpoint: 'none' | 'address' | 'name' | 'unknown name' | 'mapped'
  readonly gateway: Node['gateway']
  readonly hasSite: boolean
  readonly hasV6: boolean
  /** Some are beyond what the site has, and some are of two nodes. */
  readonly slot: number | undefined
  readonly grantedIn: 'record' | 'node'
  readonly hasLanAddress: boolean
  /** `broad`: around the private addresses of others; `same`: somebody else offers it too. */
  readonly offers: 'none' | 'rack' | 'nested' | 'broad' | 'same'
}

const often = <T>(usual: T, ...seldom: T[]): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: 5 }, { arbitrary: fc.constantFrom(...seldom), weight: 2 })

export const nodeShapes: fc.Arbitrary<NodeShape> = fc.record({
  endpoint: fc.constantFrom('none', 'none', 'address', 'address', 'address', 'name', 'unknown name', 'mapped'),
  gateway: fc.constantFrom('prefer', 'allow', 'allow', 'never'),
  hasSite: often(true, false),
  hasV6: fc.boolean(),
  slot: often<number | undefined>(undefined, 1, 2, 2, 3, 16),
  grantedIn: fc.constantFrom('record', 'node'),
  hasLanAddress: often(false, true),
  offers: often<NodeShape['offers']>('none', 'rack', 'nested', 'broad', 'same'),
})

const siteShape: fc.Arbitrary<SiteShape> = fc.record({
  fabric: fc.constantFrom('direct', 'direct', 'vxlan', 'vxlan', 'wireguard', 'wireguard', 'ipip', 'none'),
  encapsulate: often<Fabric['encapsulate']>('always', 'cross-subnet'),
  gatewaysPerSite: fc.integer({ min: 1, max: 3 }),
  subnets: often<1 | 2>(1, 2),
  isHome: often(false, true),
  nodes: fc.array(nodeShapes, { minLength: 1, maxLength: 5 }),
})

export const shapes: fc.Arbitrary<Shape> = fc.record({
  families: fc.constantFrom('v4', 'v6', 'both', 'both', 'no pods'),
  sites: fc.array(siteShape, { minLength: 1, maxLength: 4 }),
  isNested: often(false, true),
  lan: often<Shape['lan']>('none', 'apart', 'around'),
  joinPrivateAddresses: often(false, true),
})

/** What the nodes' resolvers know: `n7.example.net` is at addresses made of 7; `lost.…` is what none of them knows. */
export const resolvedHostsOf = ({ nodes }: World): Readonly<Record<string, readonly Address[]>> =>
  Object.fromEntries(
    [...nodes.values()].flatMap(({ endpoint }) => {
      const number = /^n(\d+)\./.exec(String(endpoint?.host))?.[1]
      if (typeof endpoint?.host !== 'string' || number === undefined) return []
      return [[endpoint.host, [parseAddress(`198.51.100.${number}`), parseAddress(`2001:db8:51::${number}`)]]]
    }),
  )

/** What `livenessOf` makes of it: mostly alive. */
export const deadSeeds = fc.array(often(false, true), { minLength: 1, maxLength: 40 })

/** Some nodes dead, and some legs. */
export const livenessOf = (world: World, seed: readonly boolean[]): Liveness => {
  const names = [...world.nodes.keys()]
  const pairs = names.flatMap((a, index) => names.slice(index + 1).map((b) => [a, b] as const))
  return {
    deadNodes: names.filter((_, index) => seed[index % seed.length] ?? false),
    deadLegs: pairs.filter((_, index) => seed[(index * 7 + 3) % seed.length] ?? false),
  }
}

/** A world of this shape. Nodes stand in the order given by `order`, which no plan may notice. */
export function worldOf(shape: Shape, order: (nodes: Node[]) => Node[] = (nodes) => nodes): World {
  const network = networkOf(shape)
  const sites = new Map<string, Site>()
  const nodes: Node[] = []
  const grants = new Map<string, NodeGrant>()
  for (const [s, { fabric: kind, encapsulate, gatewaysPerSite, nodes: members }] of shape.sites.entries()) {
    const name = `site-${s}`
    sites.set(name, { name, fabric: { kind, encapsulate, port: 8472 }, gatewaysPerSite })
    for (const [n, member] of members.entries()) {
      const node = nodeOf(shape, s, n)
      nodes.push(node)
      if (member.slot !== undefined && member.grantedIn === 'record')
        grants.set(node.name, { name: node.name, slot: member.slot })
    }
  }
  const statuses = new Map<string, NodeStatus>(
    nodes.map(({ name }, index) => [name, { name, publicKey: keyOfNumber(index) }]),
  )
  return { network, sites, nodes: new Map(order(nodes).map((node) => [node.name, node])), statuses, grants }
}

function networkOf({ families, isNested, lan, joinPrivateAddresses }: Shape): Network {
  const hasPods = families !== 'no pods'
  return {
    name: 'default',
    podPrefixes: [
      ...(hasPods && families !== 'v6' ? [parsePrefix(isNested ? '10.0.0.0/8' : '10.42.0.0/16')] : []),
      ...(hasPods && families !== 'v4' ? [parsePrefix('fd42:42::/48')] : []),
    ],
    servicePrefixes: isNested ? [] : [parsePrefix('10.43.0.0/16')],
    ...(lan !== 'none' && { lan: parsePrefix(lan === 'apart' ? '100.64.0.0/10' : '172.16.0.0/12') }),
    sites: { by: 'field' },
    fabric: { kind: 'direct', encapsulate: 'always', port: 8472 },
    tunnel: { kind: 'wireguard', port: 51820 },
    encryption: 'required',
    gatewaysPerSite: 1,
    masquerade: [4, 6],
    joinPrivateAddresses: joinPrivateAddresses || (!hasPods && lan === 'none'),
    mtu: 'auto',
  }
}

/** Keys that look like keys, told apart by number. */
export const keyOfNumber = (index: number): PublicKey =>
  Buffer.from([...Array(31).fill(7), index]).toString('base64') as PublicKey

/** A world with its nodes in ascending order of names, as the store makes it. */
export const sortedWorldOf = (shape: Shape): World =>
  worldOf(shape, (nodes) => nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
