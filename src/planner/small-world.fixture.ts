// Small worlds for the planner's tests, and what a test wants to see of their plans.
import {
  entriesOf,
  keyOf,
  type Node,
  type NodeState,
  type PublicKey,
  parseAddress,
  parsePrefix,
  type Route,
  routeValue,
  type World,
} from '../model/index.ts'
import { preparePlan } from './index.ts'

const KEY = 'mK5bVZ1nU3sG0e0m4XW1yq0Jr0cWk1cP2C8n9o5rQ0U=' as PublicKey

export type Wish = Partial<Omit<Node, 'name'>> & { readonly name: string }

export function worldOf(
  nodes: readonly Wish[],
  network: Partial<World['network']> = {},
  sites: World['sites'] = new Map(),
): World {
  return {
    network: {
      name: 'default',
      podPrefixes: [parsePrefix('10.42.0.0/16'), parsePrefix('fd42:42::/48')],
      servicePrefixes: [],
      sites: { by: 'field' },
      fabric: { kind: 'direct', encapsulate: 'always', port: 8472 },
      tunnel: { kind: 'wireguard', port: 51820 },
      encryption: 'required',
      gatewaysPerSite: 1,
      masquerade: [4, 6],
      joinPrivateAddresses: false,
      mtu: 'auto',
      ...network,
    },
    sites,
    nodes: new Map(nodes.map((wish, index) => [wish.name, nodeOf(wish, index + 1)])),
    statuses: new Map(nodes.map(({ name }) => [name, { name, publicKey: KEY }])),
    grants: new Map(),
  }
}

const nodeOf = (wish: Wish, number: number): Node => ({
  labels: {},
  privateAddresses: [{ address: parseAddress(`172.31.0.${number}`), length: 20 }],
  podPrefixes: [parsePrefix(`10.42.${number}.0/24`), parsePrefix(`fd42:42:0:${number}::/64`)],
  offeredPrefixes: [],
  gateway: 'allow',
  ...wish,
})

export const endpoint = (host: string, more: Partial<NonNullable<Node['endpoint']>> = {}) => ({
  host: parseAddress(host),
  port: 51820,
  ...more,
})
export const gatewaysOf = (world: World) =>
  [...preparePlan(world).sites.values()].map(
    ({ name, gateways }) => `${name}: ${gateways.map(({ node }) => node.name).join(' ')}`,
  )
export const messages = (world: World) =>
  preparePlan(world).issues.map(({ severity, message }) => `${severity}: ${message}`)
export const routes = (state: NodeState, table: number) =>
  [...entriesOf(state)]
    .filter((entry): entry is Route => entry.kind === 'route' && entry.table === table)
    .map((entry) => `${keyOf(entry)} ${routeValue(entry)}`)
