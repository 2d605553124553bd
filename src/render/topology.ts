/** The network as a picture shows it: sites, their nodes, and the tunnels between gateways. Made by the planner, all text. */
export type Topology = {
  readonly network: string
  /** Ascending by name. */
  readonly sites: readonly TopologySite[]
  /** Each once, between gateways of two sites. */
  readonly tunnels: readonly TopologyTunnel[]
  /** Pairs of sites that cannot open a tunnel to each other and go through a third. */
  readonly relays: readonly TopologyRelay[]
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
  /** Of a gateway: which of its site's slots it holds, from 1. */
  readonly slot?: number
  /** `203.0.113.11:51820`; left out: behind NAT. */
  readonly endpoint?: string
  readonly privateAddresses: readonly string[]
  readonly podPrefixes: readonly string[]
  /** Its address in the virtual LAN. */
  readonly lan?: string
}

/** Names of nodes. */
export type TopologyTunnel = { readonly from: string; readonly to: string }

/** Names of sites. */
export type TopologyRelay = { readonly sites: readonly [string, string]; readonly through: string }

/** Names of sites to which nobody can open a session, because no gateway has an endpoint. A site alone needs none. */
export const sitesBehindNat = ({ sites }: Topology): ReadonlySet<string> =>
  new Set(sites.length < 2 ? [] : sites.filter(hasNoEndpoint).map(({ name }) => name))

function hasNoEndpoint({ nodes }: TopologySite): boolean {
  const gateways = nodes.filter(({ isGateway }) => isGateway)
  return (gateways.length === 0 ? nodes : gateways).every(({ endpoint }) => endpoint === undefined)
}

/** A machine that is a site of its own: to say its name twice would tell nothing. */
export function loneNode({ name, nodes }: TopologySite): TopologyNode | undefined {
  const [first, ...rest] = nodes
  return first !== undefined && rest.length === 0 && first.name === name ? first : undefined
}

/** For each site, by name, the names of the sites to which a tunnel of its own leads, in the order of the topology. */
export function joinedSites(topology: Topology): ReadonlyMap<string, readonly string[]> {
  const { sites, tunnels } = topology
  const siteOf = siteNames(topology)
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

/** The site of each node, by names. */
export const siteNames = ({ sites }: Topology): ReadonlyMap<string, string> =>
  new Map(sites.flatMap((site) => site.nodes.map((node) => [node.name, site.name] as const)))

/** `1 site`, `4 sites`, `1,225 tunnels` */
export const countOf = (count: number, noun: string): string =>
  `${String(count).replace(/\B(?=(\d{3})+$)/g, ',')} ${noun}${count === 1 ? '' : 's'}`

/** `a`, `a and b`, `a, b and c`, `a, b, c and 9 others` */
export function listOf(names: readonly string[], most = 4): string {
  const named = names.length <= most + 1 ? names : names.slice(0, most)
  const rest = names.length - named.length
  const words = rest === 0 ? named : [...named, countOf(rest, 'other')]
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
