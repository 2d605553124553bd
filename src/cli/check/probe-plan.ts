// What each pod is to ask, as it is handed to all of them in one document.

export type ProbePlan = {
  /** Where probes are answered, in pods. */
  readonly port: number
  readonly pods: readonly { readonly node: string; readonly addresses: readonly string[] }[]
  readonly service: { readonly addresses: readonly string[]; readonly port: number }
  readonly api: {
    /** `kubernetes.default.svc` */
    readonly name: string
    readonly address: string
    readonly port: number
    /** False: there is no DNS in the cluster, and none is asked. */
    readonly hasDns: boolean
  }
  /** By the node that asks: ports of other nodes, or its own where it has no fellow. */
  readonly nodePorts: Readonly<Record<string, readonly NodePort[]>>
}

export type NodePort = {
  readonly kind: 'host-port' | 'node-port'
  readonly node: string
  readonly address: string
  readonly port: number
}

export type Probe = 'tcp' | 'source' | 'udp' | 'udp-full' | 'service' | 'service-udp' | 'dns' | 'tls' | NodePort['kind']

export type ProbeFailure = {
  readonly probe: Probe
  /** The node, or the address where it is none. */
  readonly to: string
  readonly family: 4 | 6
  readonly reason: string
}

/** Of one node's pod. */
export type ProbeReport = {
  readonly tried: number
  readonly mtuBytes: number
  readonly failures: readonly ProbeFailure[]
}

export type PlannedNode = {
  readonly name: string
  /** Whose private addresses are reached. Left out: all are one. */
  readonly site?: string
  readonly internalAddresses: readonly string[]
  readonly podAddresses: readonly string[]
}

/** Above this many, each node asks a sample. */
export const MOST_TARGETS = 30

/** Every n-th, so that all sites are in it that are large enough. */
export function sampleOf<Item>(items: readonly Item[], most = MOST_TARGETS): readonly Item[] {
  if (items.length <= most) return items
  return Array.from({ length: most }, (_, nth) => items[Math.floor((nth * items.length) / most)]).filter(
    (item) => item !== undefined,
  )
}

/** `nodes`: by site, then by name. */
export function nodePortsOf(
  nodes: readonly PlannedNode[],
  ports: Readonly<Record<NodePort['kind'], number | undefined>>,
): ProbePlan['nodePorts'] {
  return Object.fromEntries(
    nodes.map((node) => {
      const fellows = nodes.filter(({ site }) => site === node.site)
      const next = fellows[(fellows.indexOf(node) + 1) % fellows.length] ?? node
      // A family of which pods have no address is none of theirs.
      const families = new Set(node.podAddresses.map(isOfSix))
      const addresses = next.internalAddresses.filter((address) => families.has(isOfSix(address)))
      const asked = (['host-port', 'node-port'] as const).flatMap((kind) => {
        const port = ports[kind]
        return port === undefined
          ? []
          : addresses.map((address): NodePort => ({ kind, node: next.name, address, port }))
      })
      return [node.name, asked]
    }),
  )
}

const isOfSix = (address: string): boolean => address.includes(':')
