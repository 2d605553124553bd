// Where everything of a lab stands: namespaces, ports, transit addresses, gateways, public addresses. World and Lab in,
// plain data out; nothing of the machine is touched.
import {
  equalAddresses,
  formatAddress,
  formatPrefix,
  hostPrefix,
  type Lab,
  type Node,
  type Prefix,
  type PrivateAddress,
  prefixOf,
  subtractPrefixes,
  type World,
} from '../model/index.ts'
import { type CloudLayout, type Gateway, layOutCloud, linkName, subnetOf } from './cloud-layout.ts'

export type Layout = {
  /** Six hexadecimal digits that tell this lab's namespaces from those of any other. */
  readonly id: string
  readonly name: string
  /** The namespace between the clouds. */
  readonly internet: string
  readonly clouds: readonly CloudLayout[]
  readonly nodes: readonly NodeLayout[]
  /** What must never be seen on the internet outside an encryption. */
  readonly hidden: readonly Prefix[]
  /** UDP ports under which vxlan might cross. */
  readonly vxlanPorts: readonly number[]
}

export type NodeLayout = {
  readonly name: string
  readonly cloud: string
  readonly namespace: string
  /** The cloud's end of the node's link, and the bridge that it stands on. */
  readonly port: string
  readonly bridge: string
  readonly addresses: readonly PrivateAddress[]
  /** One a family. */
  readonly gateways: readonly Gateway[]
  readonly mtuBytes: number
  readonly pods: readonly PodLayout[]
}

export type PodLayout = { readonly name: string; readonly node: string; readonly namespace: string }

/** linux: 8472; IANA: 4789. */
const KNOWN_VXLAN_PORTS = [8472, 4789]

/** What keeps the world from standing in the lab's clouds, each as a sentence. */
export const layoutIssues = (world: World, lab: Lab): string[] =>
  [...world.nodes.values()].flatMap((node) => nodeIssues(node, lab))

function nodeIssues(node: Node, lab: Lab): string[] {
  const cloud = lab.clouds.find(({ name }) => name === lab.placement.get(node.name))
  if (!cloud) return [`node ${node.name} stands in no cloud of lab ${lab.name}; name one under spec.nodes`]
  if (node.privateAddresses.length === 0)
    return [`node ${node.name} has no private address; a lab needs one, as in 10.0.0.11/24`]
  const host = node.endpoint?.host
  if (host === undefined) return []
  if (typeof host === 'string')
    return [`node ${node.name} has the endpoint "${host}"; a lab has no DNS, so write its address`]
  if (cloud.nat === 'masquerade')
    return [`node ${node.name} has an endpoint, but cloud ${cloud.name} lets nobody in (nat: masquerade)`]
  if (cloud.nat === 'none' && !node.privateAddresses.some(({ address }) => equalAddresses(address, host)))
    return [
      `node ${node.name} has the endpoint ${formatAddress(host)}, which is none of its own addresses, and cloud ${cloud.name} translates none (nat: none)`,
    ]
  if (!node.privateAddresses.some(({ address }) => address.family === host.family))
    return [`node ${node.name} has an IPv${host.family} endpoint and no IPv${host.family} private address behind it`]
  return []
}

/** Ask `layoutIssues` first: a world with issues has no layout. */
export function layOut(world: World, lab: Lab, id: string): Layout {
  const namespace = (thing: string): string => `dmk-${id}-${thing}`
  const nodes = [...world.nodes.values()]
  const families = ([4, 6] as const).filter((family) =>
    nodes.some(({ privateAddresses }) => privateAddresses.some(({ address }) => address.family === family)),
  )
  const clouds = lab.clouds.map((cloud, index) => {
    const members = nodes.filter(({ name }) => lab.placement.get(name) === cloud.name)
    return layOutCloud({ cloud, index, namespace: namespace(`c-${cloud.name}`), members, families })
  })
  const pods = (node: Node): PodLayout[] =>
    Array.from({ length: node.podPrefixes.length > 0 ? lab.podsPerNode : 0 }, (_, nth) => {
      const name = `${node.name}-${letters(nth)}`
      return { name, node: node.name, namespace: namespace(`p-${name}`) }
    })
  return {
    id,
    name: lab.name,
    internet: namespace('internet'),
    clouds,
    nodes: nodes.map((node, index) => ({
      ...standIn(clouds, node),
      namespace: namespace(`n-${node.name}`),
      port: linkName('n', index, node.name),
      pods: pods(node),
    })),
    hidden: hiddenPrefixes(world, clouds, nodes),
    vxlanPorts: vxlanPorts(world),
  }
}

function standIn(clouds: readonly CloudLayout[], node: Node): Omit<NodeLayout, 'namespace' | 'port' | 'pods'> {
  for (const cloud of clouds) {
    const segment = cloud.segments.find(({ members }) => members.includes(node.name))
    if (!segment) continue
    const subnets = new Set(node.privateAddresses.map(subnetOf))
    const reachable = segment.gateways.filter(({ subnet }) => subnets.has(formatPrefix(subnet)))
    return {
      name: node.name,
      cloud: cloud.name,
      bridge: segment.bridge,
      addresses: node.privateAddresses,
      gateways: ([4, 6] as const).flatMap((family) =>
        reachable.filter(({ subnet }) => subnet.family === family).slice(0, 1),
      ),
      mtuBytes: cloud.mtuBytes,
    }
  }
  throw new Error(`node ${node.name} stands in no cloud of the lab`)
}

/** a … z, aa, ab, … */
const letters = (nth: number): string =>
  (nth >= 26 ? letters(Math.floor(nth / 26) - 1) : '') + String.fromCharCode(97 + (nth % 26))

// Where hosts are the ends, their private addresses are joined, and no cloud that translates may let one of them out.
function hiddenPrefixes({ network }: World, clouds: readonly CloudLayout[], nodes: readonly Node[]): Prefix[] {
  const ranges = [...network.podPrefixes, ...(network.lan ? [network.lan] : [])]
  // A range may hold addresses of the underlay itself, which are no secret.
  if (ranges.length > 0) return subtractPrefixes(ranges, nodes.flatMap(underlayPrefixes))
  const translated = new Set(clouds.filter(({ nat }) => nat !== 'none').flatMap(({ members }) => members))
  return nodes
    .filter(({ name }) => translated.has(name))
    .flatMap(({ privateAddresses }) => privateAddresses.map(({ address }) => hostPrefix(address)))
}

const underlayPrefixes = ({ privateAddresses, endpoint }: Node): Prefix[] => [
  ...privateAddresses.map(({ address, length }) => prefixOf(address, length)),
  ...(endpoint === undefined || typeof endpoint.host === 'string' ? [] : [hostPrefix(endpoint.host)]),
]

const vxlanPorts = ({ network, sites }: World): number[] => {
  const fabrics = [network.fabric, ...[...sites.values()].flatMap(({ fabric }) => fabric ?? [])]
  const own = fabrics.filter(({ kind }) => kind === 'vxlan').map(({ port }) => port)
  return [...new Set([...KNOWN_VXLAN_PORTS, ...own])].sort((a, b) => a - b)
}
