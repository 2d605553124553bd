// Where everything of a lab stands: namespaces, ports, transit addresses, gateways, public addresses. World and Lab in,
// plain data out; nothing of the machine is touched.
import {
  type Address,
  formatPrefix,
  type Lab,
  type Node,
  type Prefix,
  type PrivateAddress,
  type World,
} from '../model/index.ts'
import { type CloudLayout, type Gateway, layOutCloud, linkName, subnetOf } from './cloud-layout.ts'
import { hiddenPrefixes } from './hidden-prefixes.ts'

export type Layout = {
  /** Six hexadecimal digits that tell this lab's namespaces from those of any other. */
  readonly id: string
  readonly name: string
  /** The namespace between the clouds. */
  readonly internet: string
  readonly clouds: readonly CloudLayout[]
  readonly nodes: readonly NodeLayout[]
  /** What the nodes' resolvers know, beside the machine's own names. */
  readonly hosts: readonly HostName[]
  /** What must never be seen on the internet outside an encryption. */
  readonly hidden: readonly Prefix[]
  /** UDP ports under which vxlan might cross. */
  readonly vxlanPorts: readonly number[]
}

export type HostName = { readonly name: string; readonly addresses: readonly Address[] }

export type NodeLayout = {
  readonly name: string
  readonly cloud: string
  readonly namespace: string
  /** The cloud's end of the node's link, and the bridge that it stands on. */
  readonly port: string
  readonly bridge: string
  readonly addresses: readonly PrivateAddress[]
  /** One a family, but for that of IPv6 where the router advertises itself. */
  readonly gateways: readonly Gateway[]
  /** Its IPv6 default route comes by router advertisements and in no other way. */
  readonly takesAdvertisedRoute: boolean
  readonly mtuBytes: number
  /** Where it is another. */
  readonly ipv6MtuBytes?: number
  readonly pods: readonly PodLayout[]
}

export type PodLayout = { readonly name: string; readonly node: string; readonly namespace: string }

/** linux: 8472; IANA: 4789. */
const KNOWN_VXLAN_PORTS = [8472, 4789]

/** Ask `layoutIssues` first: a world with issues has no layout. */
export function layOut(world: World, lab: Lab, id: string): Layout {
  const namespace = (thing: string): string => `dmk-${id}-${thing}`
  const nodes = [...world.nodes.values()]
  const families = ([4, 6] as const).filter((family) =>
    nodes.some(({ privateAddresses }) => privateAddresses.some(({ address }) => address.family === family)),
  )
  const clouds = lab.clouds.map((cloud, index) => {
    const members = nodes.filter(({ name }) => lab.placement.get(name) === cloud.name)
    return layOutCloud({
      cloud,
      index,
      namespace: namespace(`c-${cloud.name}`),
      members,
      families,
      around: { world, lab },
    })
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
    hosts: [...lab.hosts].map(([host, addresses]) => ({ name: host, addresses })),
    hidden: hiddenPrefixes(world, lab, clouds),
    vxlanPorts: vxlanPorts(world),
  }
}

function standIn(clouds: readonly CloudLayout[], node: Node): Omit<NodeLayout, 'namespace' | 'port' | 'pods'> {
  for (const cloud of clouds) {
    const segment = cloud.segments.find(({ members }) => members.includes(node.name))
    if (!segment) continue
    const subnets = new Set(node.privateAddresses.map(subnetOf))
    const reachable = segment.gateways.filter(({ subnet }) => subnets.has(formatPrefix(subnet)))
    const { mtuBytes, ipv6MtuBytes, routerAdvertisements } = cloud
    const hasIpv6 = reachable.some(({ subnet }) => subnet.family === 6)
    return {
      name: node.name,
      cloud: cloud.name,
      bridge: segment.bridge,
      addresses: node.privateAddresses,
      gateways: (routerAdvertisements ? ([4] as const) : ([4, 6] as const)).flatMap((family) =>
        reachable.filter(({ subnet }) => subnet.family === family).slice(0, 1),
      ),
      takesAdvertisedRoute: routerAdvertisements && hasIpv6,
      mtuBytes,
      ...(ipv6MtuBytes !== undefined && hasIpv6 && { ipv6MtuBytes }),
    }
  }
  throw new Error(`node ${node.name} stands in no cloud of the lab`)
}

/** a … z, aa, ab, … */
const letters = (nth: number): string =>
  (nth >= 26 ? letters(Math.floor(nth / 26) - 1) : '') + String.fromCharCode(97 + (nth % 26))

const vxlanPorts = ({ network, sites }: World): number[] => {
  const fabrics = [network.fabric, ...[...sites.values()].flatMap(({ fabric }) => fabric ?? [])]
  const own = fabrics.filter(({ kind }) => kind === 'vxlan').map(({ port }) => port)
  return [...new Set([...KNOWN_VXLAN_PORTS, ...own])].sort((a, b) => a - b)
}
