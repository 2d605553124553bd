// Small changes of a network, one after the other: what did not change stays the very same object, as with a store that is read again.
import fc from 'fast-check'
import {
  type Network,
  type Node,
  type NodeStatus,
  nthAddress,
  parseAddress,
  parsePrefix,
  type World,
} from '../../src/model/index.ts'
import {
  FABRICS,
  familiesOf,
  LANS,
  nodeName,
  podPrefix,
  privateAddress,
  privateV6,
  RANGES,
  siteName,
  statusOf,
  withNode,
} from './large-world.ts'

export type Change = {
  readonly kind: keyof typeof CHANGES
  /** Which of the nodes or sites. */
  readonly which: number
  readonly value: number
}

type Apply = (world: World, which: number, value: number) => World

const changed =
  (change: (node: Node, value: number, world: World) => Node): Apply =>
  (world, which, value) => {
    const node = [...world.nodes.values()][which % world.nodes.size]
    return node === undefined ? world : withNode(world, change(node, value, world))
  }

const OFFERS = [
  '192.0.2.0/24',
  '192.0.2.128/25',
  '192.0.3.0/24',
  '172.16.0.0/13',
  '10.0.0.0/7',
  '172.16.1.0/24',
  'fd99::/64',
]

const CHANGES = {
  // A neighbour of somebody's, somebody's, or one by itself.
  podPrefix: changed((node, value, { network }) => ({
    ...node,
    podPrefixes: familiesOf(network).map((family) => podPrefix(family, value % 400)),
  })),
  // The other half of a broader one, of which the first is the node's already.
  otherHalf: changed((node, value) => {
    const [first] = node.podPrefixes
    if (first === undefined || node.podPrefixes.length > 2)
      return { ...node, podPrefixes: node.podPrefixes.slice(0, 1) }
    const number = first.family === 4 ? (first.w0 >>> 8) & 0xffff : first.w2 * 2 ** 16 + first.w1
    return { ...node, podPrefixes: [...node.podPrefixes, podPrefix(first.family, (number ^ 1) % 2 ** 16, value % 2)] }
  }),
  length: changed((node, value, { network }) => ({
    ...node,
    podPrefixes: familiesOf(network).map((family) => podPrefix(family, (value >> 2) % 400, (value % 4) - 2)),
  })),
  // A clash, or what it was before.
  prefixesOf: changed((node, value, { nodes }) => ({
    ...node,
    podPrefixes: [...nodes.values()][value % nodes.size]?.podPrefixes ?? [],
  })),
  noPods: changed((node) => ({ ...node, podPrefixes: [] })),
  site: changed((node, value) => ({ ...node, site: siteName(value % 6) })),
  wish: changed((node, value) => ({ ...node, gateway: (['prefer', 'allow', 'never'] as const)[value % 3] ?? 'allow' })),
  endpoint: changed(({ endpoint, ...node }, value) => ({
    ...node,
    ...(endpoint === undefined && {
      endpoint: {
        host: [parseAddress('203.0.113.250'), parseAddress('2001:db8::5'), 'n7.example.net'][value % 3] ?? 'lost',
        port: 51820,
        ...(value % 5 === 0 && { ports: [40000, 41000] }),
      },
    }),
  })),
  // Of another site or its own, somebody's or nobody's.
  privateAddress: changed((node, value) => ({
    ...node,
    privateAddresses: [privateAddress(value % 5, value >> 3), ...(value % 3 === 0 ? [privateV6(value >> 3)] : [])],
  })),
  reversed: changed((node) => ({ ...node, podPrefixes: node.podPrefixes.toReversed() })),
  offers: changed((node, value) => ({
    ...node,
    offeredPrefixes: node.offeredPrefixes.length > 0 ? [] : [parsePrefix(OFFERS[value % OFFERS.length] ?? '')],
  })),
  lan: changed(({ lan, ...node }, value, { network }) => {
    if (network.lan === undefined || lan !== undefined) return node
    const own = value % 2 === 0 ? node.privateAddresses[0]?.address : undefined
    return { ...node, lan: own ?? nthAddress(network.lan, value % 400) }
  }),
  grantedInNode: changed((node, value) => ({ ...node, granted: { slot: 1 + (value % 4) } })),
  gone: (world, which) => {
    const node = [...world.nodes.values()][which % world.nodes.size]
    if (node === undefined || world.nodes.size < 3) return world
    return { ...world, nodes: new Map([...world.nodes].filter(([name]) => name !== node.name)) }
  },
  newcomer: (world, which, value) => {
    const node = [...world.nodes.values()][which % world.nodes.size]
    const number = 2 * (value % 200) + 1
    if (node === undefined || world.nodes.has(nodeName(number))) return world
    const podPrefixes = familiesOf(world.network).map((family) => podPrefix(family, (value >> 2) % 400))
    const grown = withNode(world, { ...node, name: nodeName(number), podPrefixes, offeredPrefixes: [] })
    return { ...grown, statuses: new Map(world.statuses).set(nodeName(number), statusOf(nodeName(number), number)) }
  },
  mtu: (world, which, value) => {
    const status = [...world.statuses.values()][which % world.statuses.size]
    const mtu = [1500, 1400, 1300, 9000][(value >> 1) % 4] ?? 1500
    if (status === undefined) return world
    return withStatus(world, {
      ...status,
      ...(value % 2 === 0 ? { underlayMtuBytes: mtu } : { underlayIpv6MtuBytes: mtu }),
    })
  },
  key: (world, which, value) => {
    const status = [...world.statuses.values()][which % world.statuses.size]
    if (status === undefined) return world
    const { publicKey, ...keyless } = status
    return withStatus(world, publicKey === undefined || value % 2 === 0 ? statusOf(status.name, value % 251) : keyless)
  },
  grant: (world, which, value) => {
    const name = [...world.nodes.keys()][which % world.nodes.size] ?? ''
    const grants = new Map(world.grants)
    if (!grants.delete(name))
      grants.set(name, { name, slot: 1 + (value % 4), ...(value % 3 === 0 && { site: siteName(value % 6) }) })
    return { ...world, grants }
  },
  siteRules: (world, which, value) => {
    const name = siteName(which % 6)
    const kind = FABRICS[value % FABRICS.length] ?? 'direct'
    const site = {
      name,
      ...(value % 2 === 0 && {
        fabric: { kind, encapsulate: value % 4 === 0 ? 'cross-subnet' : 'always', port: 8472 } as const,
      }),
      ...(value % 3 === 0 && { gatewaysPerSite: 1 + (value % 4) }),
      ...(value % 7 === 0 && { mtu: 1400 }),
    }
    const sites = new Map(world.sites)
    if (!sites.delete(name)) sites.set(name, site)
    return { ...world, sites }
  },
  network: (world, which, value) => ({
    ...world,
    network: { ...world.network, ...NETWORKS[which % NETWORKS.length]?.(value, world.network) },
  }),
  // All documents read again: equal, and none the same object.
  readAgain: (world) => ({
    ...world,
    nodes: new Map([...world.nodes].map(([name, node]) => [name, { ...node }])),
    statuses: new Map([...world.statuses].map(([name, status]) => [name, { ...status }])),
  }),
} as const satisfies Readonly<Record<string, Apply>>

const withStatus = (world: World, status: NodeStatus): World => ({
  ...world,
  statuses: new Map(world.statuses).set(status.name, status),
})

const NETWORKS: readonly ((value: number, network: Network) => Partial<Network>)[] = [
  () => ({}),
  (value) => ({ joinPrivateAddresses: value % 2 === 0 }),
  (value) => ({ gatewaysPerSite: 1 + (value % 3) }),
  (value) => ({ tunnel: { kind: 'wireguard', port: 51820 + (value % 2) * 100 } }),
  (value) => ({ mtu: value % 2 === 0 ? 'auto' : 1380 }),
  (value) => ({ masquerade: value % 2 === 0 ? [4, 6] : [4] }),
  (value) => ({ lan: value % 2 === 0 ? LANS.apart : LANS.around }),
  (value) => ({ servicePrefixes: value % 2 === 0 ? [] : [parsePrefix('192.168.0.0/16')] }),
  (_, { podPrefixes: [first] }) => ({
    podPrefixes: first?.family === 4 ? [RANGES[4], RANGES[6]] : [RANGES[6], RANGES[4]],
  }),
]

const OF_PREFIXES = ['podPrefix', 'otherHalf', 'length', 'prefixesOf', 'reversed', 'gone', 'newcomer', 'site'] as const
const SELDOM: readonly Change['kind'][] = ['readAgain', 'noPods']
const OF_ALL: readonly Change['kind'][] = ['network', 'siteRules', 'mtu', 'key']
const OF_ONE = (Object.keys(CHANGES) as Change['kind'][]).filter((kind) => ![...SELDOM, ...OF_ALL].includes(kind))

const changesOf = (kind: fc.Arbitrary<Change['kind']>): fc.Arbitrary<Change> =>
  fc.record({
    kind,
    which: fc.oneof(FEW, fc.nat(1000)),
    value: fc.oneof({ arbitrary: FEW, weight: 1 }, { arbitrary: fc.nat(4000), weight: 3 }),
  })

/** Changes that meet each other. */
const FEW = fc.constantFrom(1, 2, 30, 31, 50)

export const prefixChanges = changesOf(fc.constantFrom(...OF_PREFIXES))

export const changes = changesOf(
  fc.oneof(
    { arbitrary: fc.constantFrom(...OF_ONE), weight: 8 },
    { arbitrary: fc.constantFrom(...OF_ALL), weight: 4 },
    { arbitrary: fc.constantFrom(...SELDOM), weight: 1 },
  ),
)

export const withChange = (world: World, { kind, which, value }: Change): World => CHANGES[kind](world, which, value)
