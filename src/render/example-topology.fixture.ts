// Topologies for the tests of this room.
import type { Topology, TopologyNode, TopologySite } from './topology.ts'

const node = (name: string, privateAddress: string, podPrefixes: string, rest: Partial<TopologyNode> = {}) => ({
  name,
  isGateway: false,
  privateAddresses: [privateAddress],
  podPrefixes: podPrefixes.split(' '),
  ...rest,
})
const gateway = (endpoint?: string): Partial<TopologyNode> => ({
  isGateway: true,
  slot: 1,
  ...(endpoint !== undefined && { endpoint: `${endpoint}:51820` }),
})
const everyPair = <T>(items: readonly T[]): (readonly [T, T])[] =>
  items.flatMap((one, index) => items.slice(index + 1).map((other) => [one, other] as const))

export const fourClouds: Topology = {
  network: 'default',
  sites: [
    {
      name: 'aliyun',
      fabric: 'direct',
      nodes: [node('aliyun-1', '172.16.8.11', '10.42.6.0/24 fd42:42:0:6::/64', gateway('192.0.2.11'))],
    },
    {
      name: 'aws',
      fabric: 'vxlan',
      nodes: [
        node('aws-1', '172.31.0.11', '10.42.1.0/24 fd42:42:0:1::/64', gateway('203.0.113.11')),
        node('aws-2', '172.31.0.12', '10.42.2.0/24 fd42:42:0:2::/64', { endpoint: '203.0.113.12:51820' }),
        node('aws-3', '172.31.0.13', '10.42.3.0/24 fd42:42:0:3::/64'),
      ],
    },
    {
      name: 'gcp',
      fabric: 'direct',
      nodes: [
        node('gcp-1', '10.128.0.11', '10.42.4.0/24 fd42:42:0:4::/64', gateway('198.51.100.11')),
        node('gcp-2', '10.128.0.12', '10.42.5.0/24 fd42:42:0:5::/64'),
      ],
    },
    {
      name: 'home',
      fabric: 'direct',
      nodes: [node('home-1', '192.168.1.11', '10.42.7.0/24 fd42:42:0:7::/64', gateway())],
    },
  ],
  tunnels: everyPair(['aliyun-1', 'aws-1', 'gcp-1', 'home-1']).map(([from, to]) => ({ from, to })),
  relays: [],
  notes: [],
}

export type ExampleSites = {
  /** Nodes of each site: `s1` with `s1-1`, `s1-2` …; a site of one node has its name. */
  readonly sizes: readonly number[]
  readonly gateways?: number
  /** Numbers of sites, from 1; they meet through the first that can be called. */
  readonly behindNat?: readonly number[]
}

/** Sites of vxlan, each joined to every other but those of which neither can be called. */
export function sitesOf({ sizes, gateways = 1, behindNat = [] }: ExampleSites): Topology {
  const sites = sizes.map((size, index) => exampleSite(index + 1, size, gateways, behindNat.includes(index + 1)))
  const hidden = new Set(behindNat.map((number) => `s${number}`))
  const through = sites.find(({ name }) => !hidden.has(name))?.name
  const apart = ([one, other]: readonly [TopologySite, TopologySite]) => hidden.has(one.name) && hidden.has(other.name)
  const pairs = everyPair(sites)
  return {
    network: 'default',
    sites,
    tunnels: pairs.filter((pair) => !apart(pair)).flatMap(([one, other]) => tunnelsOf(one, other)),
    relays:
      through === undefined
        ? []
        : pairs.filter(apart).map(([one, other]) => ({ sites: [one.name, other.name] as const, through })),
    notes: [],
  }
}

function exampleSite(number: number, size: number, gateways: number, isBehindNat: boolean): TopologySite {
  const name = `s${number}`
  const [high, low] = [number >> 8, number & 255]
  return {
    name,
    fabric: 'vxlan',
    nodes: Array.from({ length: size }, (_, index) => {
      const slot = index + 1
      const isGateway = index < gateways
      return node(size === 1 ? name : `${name}-${slot}`, `10.${low}.${high}.${slot}`, `fd42:${number}:${slot}::/64`, {
        isGateway,
        ...(isGateway && { slot }),
        ...(!isBehindNat && { endpoint: `203.${high}.${low}.${slot}:51820` }),
      })
    }),
  }
}

const gatewaysOf = ({ nodes }: TopologySite) => nodes.filter(({ isGateway }) => isGateway)

const tunnelsOf = (one: TopologySite, other: TopologySite) =>
  gatewaysOf(one).flatMap(({ name: from }) => gatewaysOf(other).map(({ name: to }) => ({ from, to })))

/** Every node a site of its own, `n1` to `n<count>`; those behind NAT, by number, cannot meet each other. */
export function meshOf(count: number, behindNat: readonly number[]): Topology {
  const numbers = Array.from({ length: count }, (_, index) => index + 1)
  const hidden = new Set(behindNat.map((number) => `n${number}`))
  return {
    network: 'mesh',
    sites: numbers.map((number) => ({
      name: `n${number}`,
      fabric: 'direct',
      nodes: [
        node(
          `n${number}`,
          `10.0.0.${number}`,
          `10.42.${number}.0/24`,
          gateway(behindNat.includes(number) ? undefined : `203.0.113.${number}`),
        ),
      ],
    })),
    tunnels: everyPair(numbers.map((number) => `n${number}`))
      .map(([from, to]) => ({ from, to }))
      .filter(({ from, to }) => !hidden.has(from) || !hidden.has(to)),
    relays: [],
    notes: hidden.size > 1 ? [`${[...hidden].join(' and ')} cannot meet`] : [],
  }
}
