// Networks of a few sites in which slots were granted, some of them to nodes that cannot hold them.
import fc from 'fast-check'
import {
  type Granted,
  type Node,
  type NodeGrant,
  nthAddress,
  parseAddress,
  parsePrefix,
  type World,
} from '../model/index.ts'

export type NodeShape = {
  readonly site: number
  readonly gateway: Node['gateway']
  readonly hasEndpoint: boolean
  /** By a NodeGrant. */
  readonly slot: number | undefined
  /** By the Node itself. */
  readonly ownSlot: number | undefined
  /** The site that either was granted in; left out: none is named. */
  readonly slotSite?: number | undefined
  readonly ownSlotSite?: number | undefined
}
export type NetworkShape = { readonly gatewaysPerSite: number; readonly nodes: readonly NodeShape[] }

const grantedSite = fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined, freq: 2 })
const slot = fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined, freq: 2 })

export const nodeShapes: fc.Arbitrary<NodeShape> = fc.record({
  site: fc.integer({ min: 0, max: 2 }),
  gateway: fc.constantFrom('prefer', 'allow', 'allow', 'never'),
  hasEndpoint: fc.boolean(),
  slot,
  ownSlot: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined, freq: 8 }),
  slotSite: grantedSite,
  ownSlotSite: grantedSite,
})

export const networkShapes: fc.Arbitrary<NetworkShape> = fc.record({
  gatewaysPerSite: fc.integer({ min: 1, max: 4 }),
  nodes: fc.array(nodeShapes, { minLength: 1, maxLength: 14 }),
})

export function networkOf({ gatewaysPerSite, nodes }: NetworkShape): World {
  const named = nodes.map((shape, number) => ({ shape, node: nodeOf(shape, number) }))
  return {
    network: {
      name: 'default',
      podPrefixes: [parsePrefix('10.42.0.0/16')],
      servicePrefixes: [],
      joinPrivateAddresses: false,
      sites: { by: 'field' },
      fabric: { kind: 'vxlan', encapsulate: 'always', port: 8472 },
      tunnel: { kind: 'wireguard', port: 51820 },
      encryption: 'required',
      gatewaysPerSite,
      masquerade: [4],
      mtu: 'auto',
    },
    sites: new Map(),
    nodes: new Map(named.map(({ node }) => [node.name, node])),
    statuses: new Map(),
    grants: new Map(
      named.flatMap(({ shape, node: { name } }): [string, NodeGrant][] =>
        shape.slot === undefined ? [] : [[name, { name, ...grantedOf(shape.slot, shape.slotSite) }]],
      ),
    ),
  }
}

/** Names in another order than the one in which nodes came. */
const nodeOf = ({ site, gateway, hasEndpoint, ownSlot, ownSlotSite }: NodeShape, number: number): Node => ({
  name: `n${String((number * 7) % 15).padStart(2, '0')}`,
  labels: {},
  site: `s${site}`,
  privateAddresses: [{ address: nthAddress(parsePrefix('172.16.0.0/16'), number + 1), length: 16 }],
  ...(hasEndpoint && { endpoint: { host: parseAddress(`203.0.113.${number + 1}`), port: 51820 } }),
  podPrefixes: [parsePrefix(`10.42.${number}.0/24`)],
  offeredPrefixes: [],
  gateway,
  ...(ownSlot !== undefined && { granted: grantedOf(ownSlot, ownSlotSite) }),
})

const grantedOf = (slot: number, site: number | undefined): Granted => ({
  ...(site !== undefined && { site: `s${site}` }),
  slot,
})

/** As if the nodes came in another order. */
export const turned = (world: World, by: number): World => ({
  ...world,
  nodes: new Map(turn([...world.nodes], by)),
  grants: new Map(turn([...world.grants], by).reverse()),
})

const turn = <Item>(items: readonly Item[], by: number): Item[] => {
  const at = items.length === 0 ? 0 : by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
