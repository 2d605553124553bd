/** The network as a picture shows it: sites, their nodes, and the tunnels between gateways. Made by the planner, all text. */
export type Topology = {
  readonly network: string
  /** Ascending by name. */
  readonly sites: readonly TopologySite[]
  /** Each once, between nodes of two sites. */
  readonly tunnels: readonly TopologyTunnel[]
  /** What an operator should know besides: sites that cannot meet. */
  readonly notes: readonly string[]
}

export type TopologySite = {
  readonly name: string
  /** `direct`, `vxlan`, … */
  readonly fabric: string
  readonly nodes: readonly TopologyNode[]
}

export type TopologyNode = {
  readonly name: string
  readonly isGateway: boolean
  /** `203.0.113.11:51820`; left out: behind NAT. */
  readonly endpoint?: string
  readonly privateAddresses: readonly string[]
  readonly podPrefixes: readonly string[]
}

/** Names of nodes. */
export type TopologyTunnel = { readonly from: string; readonly to: string }

/** Nobody can open a session to a site whose gateways have no endpoint: it has to speak first. */
export function isBehindNat({ nodes }: TopologySite): boolean {
  const gateways = nodes.filter(({ isGateway }) => isGateway)
  return (gateways.length === 0 ? nodes : gateways).every(({ endpoint }) => endpoint === undefined)
}

/** For each site, by name, the names of the sites to which a tunnel of its own leads, in the order of the topology. */
export function joinedSites({ sites, tunnels }: Topology): ReadonlyMap<string, readonly string[]> {
  const siteOf = new Map(sites.flatMap((site) => site.nodes.map((node) => [node.name, site.name] as const)))
  const joined = new Map(sites.map(({ name }) => [name, new Set<string>()]))
  for (const { from, to } of tunnels) {
    const [one, other] = [siteOf.get(from), siteOf.get(to)]
    if (one === undefined || other === undefined) continue
    joined.get(one)?.add(other)
    joined.get(other)?.add(one)
  }
  return new Map(
    [...joined].map(([name, others]) => [name, sites.map((site) => site.name).filter((site) => others.has(site))]),
  )
}

/** `1 site`, `4 sites` */
export const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
