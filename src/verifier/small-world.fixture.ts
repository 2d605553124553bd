// Two sites of two machines and a lone one behind NAT, to be broken in one place at a time.
import {
  type Entry,
  type Fabric,
  type Node,
  type NodeState,
  parseAddress,
  parsePrefix,
  type WireguardPeer,
  type World,
} from '../model/index.ts'
import { type ExamplePlan, planOf } from './example-plan.fixture.ts'
import type { Probe, Trace, Underlay } from './index.ts'
import { traceProbe } from './index.ts'

export type SmallWorld = {
  readonly fabric?: Fabric['kind']
  readonly gatewaysPerSite?: number
  readonly network?: Partial<World['network']>
}

export function smallWorld({ fabric = 'vxlan', gatewaysPerSite = 1, network = {} }: SmallWorld = {}): World {
  const nodes = [
    machine('a1', 'a', '172.31.0.11/24', 1, '203.0.113.1'),
    machine('a2', 'a', '172.31.0.12/24', 2, '203.0.113.2'),
    machine('a3', 'a', '172.31.0.13/24', 3),
    machine('b1', 'b', '10.128.0.11/24', 4, '203.0.113.4'),
    machine('b2', 'b', '10.128.0.12/24', 5),
    machine('h', 'home', '192.168.1.5/24', 6),
  ]
  return {
    network: {
      name: 'default',
      podPrefixes: [parsePrefix('10.42.0.0/16'), parsePrefix('fd42:42::/48')],
      servicePrefixes: [],
      sites: { by: 'field' },
      fabric: { kind: fabric, encapsulate: 'always', port: 8472 },
      tunnel: { kind: 'wireguard', port: 51820 },
      encryption: 'required',
      gatewaysPerSite,
      masquerade: [4],
      joinPrivateAddresses: false,
      mtu: 'auto',
      ...network,
    },
    sites: new Map(),
    nodes: new Map(nodes.map((node) => [node.name, node])),
    statuses: new Map(),
    grants: new Map(),
  }
}

function machine(name: string, site: string, address: string, number: number, endpoint?: string): Node {
  const [text = '', length] = address.split('/')
  return {
    name,
    site,
    labels: {},
    privateAddresses: [{ address: parseAddress(text), length: Number(length) }],
    podPrefixes: [parsePrefix(`10.42.${number}.0/24`), parsePrefix(`fd42:42:0:${number}::/64`)],
    offeredPrefixes: [],
    gateway: 'allow',
    ...(endpoint && { endpoint: { host: parseAddress(endpoint), port: 51820 } }),
  }
}

export type Fault = {
  /** Undefined takes the entry away. */
  readonly entry?: (entry: Entry, node: string) => Entry | undefined
  readonly add?: Readonly<Record<string, readonly Entry[]>>
  readonly underlay?: (underlay: Underlay) => Underlay
}

export const broken = (world: World, { entry, add = {}, underlay }: Fault): ExamplePlan =>
  planOf(world, {
    states: (states) =>
      states.map((state): NodeState => {
        const parts = entry
          ? state.parts.map((part) => part.flatMap((one) => entry(one, state.node) ?? []))
          : state.parts
        return { ...state, parts: [...parts, add[state.node] ?? []] }
      }),
    ...(underlay && { underlay }),
  })

/** A fault of the underlay: the network lets nothing in. */
export const closed =
  (name: string) =>
  (underlay: Underlay): Underlay => {
    const network = underlay.networks.get(name)
    if (network?.uplink === undefined) return underlay
    const uplink = { ...network.uplink, fromInternet: { rules: [], otherwise: 'drop' as const } }
    return { ...underlay, networks: new Map(underlay.networks).set(name, { ...network, uplink }) }
  }

/** As plans name the keys of machines. */
export const isPeer = (entry: Entry, name: string): entry is WireguardPeer =>
  entry.kind === 'wireguard-peer' && entry.publicKey === `?${name}`

/** `a2` is a pod there; `host a2` the machine; addresses are those of the small world. */
export function traceIn(
  { network, world }: ExamplePlan,
  from: string,
  to: string,
  more: Partial<Probe> & { readonly family?: 4 | 6 } = {},
): Trace {
  const { family = 4, ...probe } = more
  const podOf = (name: string) => {
    const number = [...world.nodes.keys()].indexOf(name) + 1
    return {
      kind: 'pod' as const,
      node: name,
      address: parseAddress(family === 4 ? `10.42.${number}.9` : `fd42:42:0:${number}::9`),
    }
  }
  return traceProbe(network, { from: podOf(from), to: podOf(to), protocol: 'icmp', ...probe })
}

/** `delivered`, or what became of it where: `dropped at b1: …`. */
export function outcome({ verdict, direction }: Trace): string {
  if (verdict.kind === 'delivered') return 'delivered'
  const reason = 'reason' in verdict ? `: ${verdict.reason}` : ` above ${verdict.mtuBytes}`
  return `${direction === 'back' ? 'answer ' : ''}${verdict.kind} at ${verdict.node}${reason}`
}

export const becauseOf = ({ verdict }: Trace): readonly string[] =>
  'entry' in verdict && verdict.entry !== undefined ? verdict.entry.because.map(({ resource }) => resource) : []
