// A lab's clouds as the picture of the underlay that the verifier reads: the very rules that the namespaces are built by.
import type { Address, Family } from '../model/index.ts'
import type { Firewall, Underlay, UnderlayHost, UnderlayNat, UnderlayNetwork, Uplink } from '../verifier/index.ts'
import type { CloudLayout } from './cloud-layout.ts'
import type { Layout, NodeLayout } from './layout.ts'

const INTERNET_MTU_BYTES = 1500
const FAMILIES = [4, 6] as const

/** A network of each cloud, by the names of the lab; nothing is assumed. */
export const underlayOf = ({ clouds, nodes }: Pick<Layout, 'clouds' | 'nodes'>): Underlay => ({
  hosts: new Map(nodes.map((node) => [node.name, hostOf(node)])),
  networks: new Map(clouds.map((cloud) => [cloud.name, networkOf(cloud)])),
  internet: {
    mtuBytes: INTERNET_MTU_BYTES,
    families: FAMILIES.filter((family) => clouds.some((cloud) => familiesOf(cloud).includes(family))),
  },
})

/** The cloud's end of a wire is as wide as the node's. */
const hostOf = (node: NodeLayout): UnderlayHost => ({
  node: node.name,
  network: node.cloud,
  segment: node.bridge,
  link: 'eth0',
  addresses: node.addresses,
  defaultRoutes: FAMILIES.filter(
    (family) =>
      node.gateways.some(({ subnet }) => subnet.family === family) || (family === 6 && node.takesAdvertisedRoute),
  ),
})

const networkOf = (cloud: CloudLayout): UnderlayNetwork => ({
  name: cloud.name,
  prefixes: cloud.segments.flatMap(({ gateways }) => gateways.map(({ subnet }) => subnet)),
  mtuBytes: cloud.mtuBytes,
  ...(cloud.ipv6MtuBytes !== undefined && { ipv6MtuBytes: cloud.ipv6MtuBytes }),
  dropsIpv6Fragments: cloud.ipv6MtuBytes !== undefined,
  routesBetweenSegments: true,
  sourceCheck: cloud.sourceCheck,
  uplink: uplinkOf(cloud),
})

const uplinkOf = (cloud: CloudLayout): Uplink => ({
  families: familiesOf(cloud),
  mtuBytes: cloud.wanMtuBytes,
  ...(cloud.ipv6MtuBytes !== undefined && { ipv6MtuBytes: Math.min(cloud.ipv6MtuBytes, cloud.wanMtuBytes) }),
  nat: natOf(cloud),
  fromInternet: letIn(cloud),
  hairpins: cloud.nat !== 'none',
})

const familiesOf = ({ transit }: CloudLayout): Family[] => transit.map(({ internet }) => internet.family)

function natOf({ nat, translations, forwards, natTimeoutSeconds, ...cloud }: CloudLayout): UnderlayNat {
  if (nat === 'none') return { kind: 'none' }
  if (nat === 'one-to-one') return { kind: 'one-to-one', translations }
  return {
    kind: 'masquerade',
    outside: FAMILIES.flatMap((family) => seenUnder(cloud, family) ?? []),
    forwards,
    isLetIn: true,
    ...(natTimeoutSeconds !== undefined && { timeoutSeconds: natTimeoutSeconds }),
  }
}

/** Where endpoints name no address of the router, its end of the line to the internet. */
const seenUnder = ({ ownAddresses, transit }: Pick<CloudLayout, 'ownAddresses' | 'transit'>, family: Family) =>
  [...ownAddresses, ...transit.map(({ cloud }) => cloud)].find((address: Address) => address.family === family)

const letIn = ({ name, allow }: CloudLayout): Firewall => ({
  rules: allow.map(({ protocol, port }) => ({ verdict: 'accept', protocol, port, name: `cloud ${name}` })),
  otherwise: 'drop',
})
