// Small worlds for the tests of the lab: nodes with one private address each, and clouds.
import { type Cloud, type Lab, type Node, parseAddress, parsePrefix, type World } from '../src/model/index.ts'

/** `privateAddress` as `10.0.0.11/24`; an endpoint listens on 51820. */
export function labNode(name: string, privateAddress: string, endpoint?: string, pods: readonly string[] = []): Node {
  const [address = '', length] = privateAddress.split('/')
  return {
    name,
    labels: {},
    privateAddresses: [{ address: parseAddress(address), length: Number(length) }],
    ...(endpoint ? { endpoint: { host: parseAddress(endpoint), port: 51820 } } : {}),
    podPrefixes: pods.map(parsePrefix),
    offeredPrefixes: [],
    gateway: 'allow',
  }
}

/** Lets WireGuard in. */
export const labCloud = (name: string, nat: Cloud['nat'], sourceCheck = false, mtuBytes = 1500): Cloud => ({
  name,
  nat,
  sourceCheck,
  allow: [{ protocol: 'udp', port: 51820 }],
  mtuBytes,
  routerAdvertisements: false,
})

export const labWorld = (nodes: readonly Node[], podPrefixes = ['10.42.0.0/16'], vxlanPort = 8472): World => ({
  network: {
    name: 'default',
    podPrefixes: podPrefixes.map(parsePrefix),
    servicePrefixes: [],
    sites: { by: 'field' },
    fabric: { kind: 'vxlan', encapsulate: 'always', port: vxlanPort },
    tunnel: { kind: 'wireguard', port: 51820 },
    encryption: 'required',
    gatewaysPerSite: 1,
    masquerade: [],
    joinPrivateAddresses: false,
    mtu: 'auto',
  },
  sites: new Map(),
  nodes: new Map(nodes.map((one) => [one.name, one])),
  statuses: new Map(),
  grants: new Map(),
})

/** `placement`: the cloud of each node. */
export const labOf = (clouds: readonly Cloud[], placement: Readonly<Record<string, string>>, podsPerNode = 2): Lab => ({
  name: 'try',
  clouds,
  placement: new Map(Object.entries(placement)),
  podsPerNode,
  hosts: new Map(),
  stores: 'shared',
})
