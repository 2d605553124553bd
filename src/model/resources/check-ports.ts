// The UDP ports that tunnels and fabrics take on each machine: one for each slot that a gateway elsewhere may hold.
import { FABRIC_PORT_OFFSET } from '../ownership.ts'
import { gatewayCountOf, type IndexedSite, mayBeGateway } from './indexed-site.ts'
import { type Problem, problemAt } from './problem.ts'
import { type FieldPath, formatPath, type Resource, resourceName } from './resource.ts'
import type { ResourceIndex, ResourceOf } from './resource-index.ts'

/** What the Network says is said once, whomever it concerns. */
export function checkPorts({ network }: ResourceIndex, sites: readonly IndexedSite[]): readonly Problem[] {
  if (network === undefined) return []
  const configured = elsewhere(sites, ({ gatewaysPerSite }) => gatewaysPerSite)
  const present = elsewhere(sites, slotsOf)
  const problems = new Map<string, Problem>()
  const short: Problem[] = []
  for (const site of sites) {
    const asked = { network, configured: configured(site), present: present(site) }
    if (isKnownWell(site, asked)) continue
    const shortBefore = short.length
    let isWell = true
    const fabric = fabricPorts(site, network)
    for (const node of site.members) {
      short.push(...tooFewPorts(node, asked.present))
      const slots = mayBeGateway(node) ? asked.configured : 0
      const tunnels = slots > 0 ? tunnelPorts(node, network, slots) : undefined
      for (const ports of [tunnels, fabric]) {
        const problem = ports && (beyondLast(ports) ?? (ports === tunnels && fabric && clash(ports, fabric)))
        if (!ports || !problem) continue
        const key = `${resourceName(ports.resource)} ${formatPath(ports.path)}`
        isWell = false
        if (!problems.has(key)) problems.set(key, problem)
      }
    }
    if (isWell && short.length === shortBefore) well.set(site, asked)
  }
  return [...problems.values(), ...short]
}

type Asked = { readonly network: ResourceOf<'Network'>; readonly configured: number; readonly present: number }

/** Sites of which there was nothing to say, and what that hung on besides them. */
const well = new WeakMap<IndexedSite, Asked>()

function isKnownWell(site: IndexedSite, { network, configured, present }: Asked): boolean {
  const known = well.get(site)
  return known?.network === network && known.configured === configured && known.present === present
}

/** As many gateways as a site can have now. */
const slotsOf = (site: IndexedSite): number => Math.min(site.gatewaysPerSite, gatewayCountOf(site))

/** The most of what the other sites have; 0 where there are none. */
function elsewhere(sites: readonly IndexedSite[], of: (site: IndexedSite) => number): (site: IndexedSite) => number {
  const counts = new Map(sites.map((site) => [site, of(site)]))
  const [most = 0, second = 0] = [...counts.values()].sort((a, b) => b - a)
  return (site) => (counts.get(site) === most ? second : most)
}

/** UDP ports in a row, and the field that says where they begin. */
type Ports = {
  readonly what: string
  readonly first: number
  readonly count: number
  readonly resource: Resource
  readonly path: FieldPath
}

/** A node listens at its endpoint's port; behind a NAT that maps ports, or with no endpoint, at the Network's. */
function tunnelPorts(node: ResourceOf<'Node'>, network: ResourceOf<'Network'>, count: number): Ports {
  const { endpoint } = node.value
  const what = 'tunnels'
  return endpoint === undefined || endpoint.ports !== undefined
    ? { what, first: network.value.tunnel.port, count, resource: network, path: ['spec', 'tunnel', 'port'] }
    : { what, first: endpoint.port, count, resource: node, path: ['spec', 'endpoint', 'port'] }
}

/** Undefined where the fabric needs none. */
function fabricPorts(site: IndexedSite, network: ResourceOf<'Network'>): Ports | undefined {
  const { fabric, fabricOf, members, gatewaysPerSite, name } = site
  if (members.length < 2) return undefined
  const what = `fabric ${fabric.kind} of site ${name}`
  if (fabric.kind === 'vxlan')
    return { what, first: fabric.port, count: 1, resource: fabricOf, path: ['spec', 'fabric', 'port'] }
  if (fabric.kind !== 'wireguard') return undefined
  const first = network.value.tunnel.port + FABRIC_PORT_OFFSET
  return { what, first, count: gatewaysPerSite, resource: network, path: ['spec', 'tunnel', 'port'] }
}

const LAST_PORT = 65535

function beyondLast(ports: Ports): Problem | undefined {
  if (lastOf(ports) <= LAST_PORT) return undefined
  const { what, resource, path } = ports
  const message = `${placeOf(ports)}: ${what} would take UDP ${rangeOf(ports)}, and ${LAST_PORT} is the last; take a lower one`
  return problemAt(resource, path, message)
}

function clash(tunnels: Ports, fabric: Ports): Problem | undefined {
  if (tunnels.first > lastOf(fabric) || fabric.first > lastOf(tunnels)) return undefined
  const { resource, path } = tunnels
  const ranges = `tunnels take UDP ${rangeOf(tunnels)}, and ${fabric.what} takes ${rangeOf(fabric)}`
  const other = { resource: fabric.resource, path: fabric.path }
  return problemAt(resource, path, `${placeOf(tunnels)}: ${ranges}; take another for one of them`, { other })
}

const lastOf = ({ first, count }: Ports): number => first + count - 1
const rangeOf = (ports: Ports): string =>
  ports.count === 1 ? `port ${ports.first}` : `ports ${ports.first} to ${lastOf(ports)}`
const placeOf = ({ resource, path }: Ports): string => `${formatPath(path)} of ${resourceName(resource)}`

function tooFewPorts(resource: ResourceOf<'Node'>, slots: number): readonly Problem[] {
  const { endpoint } = resource.value
  const count = endpoint?.ports?.length ?? 0
  if (endpoint === undefined || count === 0 || count >= slots || !mayBeGateway(resource)) return []
  const path = ['spec', 'endpoint', 'ports']
  const named = count === 1 ? '1 port' : `${count} ports`
  const message = `${formatPath(path)} of ${resourceName(resource)} names ${named}, and other sites have up to ${slots} gateways: name ${slots}, or slot ${count + 1} reaches port ${endpoint.port + count}`
  return [problemAt(resource, path, message, { severity: 'warning' })]
}
