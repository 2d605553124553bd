// Topologies for the tests of this room.
import type { Topology, TopologyNode } from './topology.ts'

const node = (name: string, privateAddress: string, podPrefixes: string, rest: Partial<TopologyNode> = {}) => ({
  name,
  isGateway: false,
  privateAddresses: [privateAddress],
  podPrefixes: podPrefixes.split(' '),
  ...rest,
})
const gateway = (endpoint?: string): Partial<TopologyNode> => ({
  isGateway: true,
  ...(endpoint !== undefined && { endpoint: `${endpoint}:51820` }),
})
const everyPair = (names: readonly string[]) =>
  names.flatMap((from, index) => names.slice(index + 1).map((to) => ({ from, to })))

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
  tunnels: everyPair(['aliyun-1', 'aws-1', 'gcp-1', 'home-1']),
  notes: [],
}

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
    tunnels: everyPair(numbers.map((number) => `n${number}`)).filter(
      ({ from, to }) => !hidden.has(from) || !hidden.has(to),
    ),
    notes: hidden.size > 1 ? [`${[...hidden].join(' and ')} cannot meet`] : [],
  }
}
