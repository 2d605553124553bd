// The World and the Lab of a shape.
import {
  type Address,
  type Lab,
  type Network,
  type Node,
  type NodeStatus,
  nthAddress,
  type PrivateAddress,
  type PublicKey,
  parseAddress,
  parsePrefix,
  type Site,
  type World,
} from '../../src/model/index.ts'
import type { CloudShape, LabShape, NodeShape } from './lab-shape.ts'

const TUNNEL_PORT = 51820
/** One a slot that a node may hold. */
const LET_IN = [TUNNEL_PORT, TUNNEL_PORT + 1]

/** `keys`: the public key of each node, by its name. */
export function shapedLab(shape: LabShape, keyOf: (node: string) => PublicKey): { world: World; lab: Lab } {
  const members = shape.clouds.flatMap((cloud, c) => cloud.nodes.map((node, n) => ({ cloud, c, node, n })))
  const nodes = members.map(({ cloud, c, node, n }) => nodeOf(shape, { cloud, c, node, n }))
  const cloudName = (c: number): string => `cloud-${letter(c)}`
  const lab: Lab = {
    name: 'verdicts',
    clouds: shape.clouds.map((cloud, c) => ({
      name: cloudName(c),
      nat: cloud.nat,
      sourceCheck: cloud.sourceCheck,
      allow: cloud.isOpen ? LET_IN.map((port) => ({ protocol: 'udp' as const, port })) : [],
      mtuBytes: cloud.mtuBytes,
      ...(cloud.hasNarrowIpv6 && shape.underlay === 'both' && { ipv6MtuBytes: 1380 }),
      routerAdvertisements: false,
    })),
    placement: new Map(members.map(({ c, n }) => [nodeName(c, n), cloudName(c)])),
    podsPerNode: 1,
    hosts: new Map(),
    stores: 'shared',
  }
  const statuses = new Map(nodes.map(({ name }): [string, NodeStatus] => [name, { name, publicKey: keyOf(name) }]))
  const sites = new Map(
    shape.sitesBy === 'node'
      ? []
      : shape.clouds.map(({ fabric: kind, gatewaysPerSite }, c): [string, Site] => [
          siteName(c),
          { name: siteName(c), fabric: { kind, encapsulate: 'always', port: 8472 }, gatewaysPerSite },
        ]),
  )
  const byName = new Map(nodes.map((node) => [node.name, node]))
  return { world: { network: networkOf(shape), sites, nodes: byName, statuses, grants: new Map() }, lab }
}

const letter = (c: number): string => String.fromCharCode(97 + c)
const siteName = (c: number): string => `site-${letter(c)}`
const nodeName = (c: number, n: number): string => `${letter(c)}${n + 1}`

type Member = { readonly cloud: CloudShape; readonly c: number; readonly node: NodeShape; readonly n: number }

function nodeOf(shape: LabShape, member: Member): Node {
  const { c, n } = member
  const number = 1 + c * 8 + n
  return {
    name: nodeName(c, n),
    labels: {},
    ...(shape.sitesBy === 'cloud' && { site: siteName(c) }),
    privateAddresses: privateAddresses(shape, member),
    ...endpointOf(shape, member),
    podPrefixes: [
      ...(shape.pods === 'v6' ? [] : [parsePrefix(`10.42.${number}.0/24`)]),
      ...(shape.pods === 'v4' ? [] : [parsePrefix(`fd42:42:0:${number.toString(16)}::/64`)]),
    ],
    offeredPrefixes: [],
    gateway: 'allow',
  }
}

/** Those of clouds that translate nothing are public. */
function privateAddresses(shape: LabShape, { cloud, c, n }: Member): PrivateAddress[] {
  const isPublic = cloud.nat === 'none'
  const v4 = isPublic ? `203.0.113.${c * 16}/28` : `10.${c + 1}.0.0/24`
  const v6 = isPublic ? `2001:db8:${c}::/64` : `fd00:${c + 1}::/64`
  return [v4, ...(shape.underlay === 'both' ? [v6] : [])].map((text) => {
    const subnet = parsePrefix(text)
    return { address: nthAddress(subnet, 5 + n), length: subnet.length }
  })
}

function endpointOf(shape: LabShape, { cloud, c, node, n }: Member): Pick<Node, 'endpoint'> {
  if (!node.hasEndpoint) return {}
  const family = shape.underlay === 'both' ? shape.endpointFamily : 4
  switch (cloud.nat) {
    case 'none': {
      const own = privateAddresses(shape, { cloud, c, node, n }).find(({ address }) => address.family === family)
      return own ? { endpoint: { host: own.address, port: TUNNEL_PORT } } : {}
    }
    case 'one-to-one':
      return { endpoint: { host: publicAddress(family, c * 8 + n + 1), port: TUNNEL_PORT } }
    case 'masquerade': {
      const port = 40_000 + 16 * n
      return { endpoint: { host: publicAddress(family, 200 + c), port, ports: [port, port + 1] } }
    }
  }
}

const publicAddress = (family: 4 | 6, number: number): Address =>
  parseAddress(family === 4 ? `198.51.100.${number}` : `2001:db8:ffff::${number}`)

const networkOf = ({ pods, encryption, mtu, masquerades, sitesBy }: LabShape): Network => ({
  name: 'default',
  podPrefixes: [
    ...(pods === 'v6' ? [] : [parsePrefix('10.42.0.0/16')]),
    ...(pods === 'v4' ? [] : [parsePrefix('fd42:42::/48')]),
  ],
  servicePrefixes: [],
  sites: { by: sitesBy === 'node' ? 'node' : 'field' },
  fabric: { kind: 'vxlan', encapsulate: 'always', port: 8472 },
  tunnel: { kind: 'wireguard', port: TUNNEL_PORT },
  encryption,
  gatewaysPerSite: 1,
  masquerade: masquerades ? [4, 6] : [],
  joinPrivateAddresses: false,
  mtu,
})
