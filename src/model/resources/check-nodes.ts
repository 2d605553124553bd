// Whether nodes contradict each other: addresses, endpoints, keys and sites that two of them claim.
import { formatAddress } from '../address.ts'
import { formatPrefix, prefixOf } from '../prefix.ts'
import type { IndexedSite } from './indexed-site.ts'
import { hint, listNames } from './nearest-name.ts'
import { type Problem, problemAt } from './problem.ts'
import { reservedAs } from './reserved-address.ts'
import { type FieldPath, formatPath, type Resource, resourceName } from './resource.ts'
import type { ResourceIndex } from './resource-index.ts'
import { statedSite } from './site-name.ts'

/** `doubtful`: the part of the index in which nodes may contradict each other. */
export function checkNodes(
  index: ResourceIndex,
  doubtful: ResourceIndex,
  sites: readonly IndexedSite[],
): readonly Problem[] {
  return [
    ...duplicates(
      'private address',
      [...doubtful.nodes.values()].flatMap((node) => privateAddresses(node, doubtful)),
    ),
    ...duplicates('endpoint', [...doubtful.nodes.values()].flatMap(endpoints)),
    ...duplicates(
      'public key',
      [...doubtful.statuses.values()].flatMap((status) => publicKeys(status, doubtful)),
    ),
    ...[...doubtful.nodes.values()].flatMap(reservedProblems),
    ...loneNodes(doubtful),
    ...emptySites(index, sites),
    ...statusProblems(index),
  ]
}

/** A value of which there may be one: within `scope` where that is given. */
type Single = {
  readonly value: string
  readonly scope?: string
  readonly resource: Resource
  readonly path: FieldPath
}
type NodeResource = Extract<Resource, { kind: 'Node' }>
type StatusResource = Extract<Resource, { kind: 'NodeStatus' }>

function duplicates(what: string, singles: readonly Single[]): readonly Problem[] {
  const first = new Map<string, Single>()
  return singles.flatMap((single) => {
    const { value, scope, resource, path } = single
    const key = scope === undefined ? value : `${scope} ${value}`
    const other = first.get(key)
    if (other === undefined) {
      first.set(key, single)
      return []
    }
    const within = scope === undefined ? '' : ` in site ${scope}`
    const owner = other.resource === resource ? formatPath(other.path) : resourceName(other.resource)
    const message = `${formatPath(path)} of ${resourceName(resource)}: ${value} is already the ${what} of ${owner}${within}`
    return [problemAt(resource, path, message, { other: { resource: other.resource, path: other.path } })]
  })
}

/** Without a Network nobody knows the sites, so that nothing can be said across nodes. */
const privateAddresses = (resource: NodeResource, { siteNames }: ResourceIndex): Single[] =>
  resource.value.privateAddresses.map(({ address }, position) => ({
    value: formatAddress(address),
    scope: siteNames.get(resource.value.name) ?? resource.value.name,
    resource,
    path: ['spec', 'privateAddresses', position],
  }))

function endpoints(resource: NodeResource): Single[] {
  const { endpoint } = resource.value
  if (endpoint === undefined) return []
  const { host, port, ports = [] } = endpoint
  const at = (number: number): string => {
    if (typeof host === 'string') return `${host}:${number}`
    return host.family === 4 ? `${formatAddress(host)}:${number}` : `[${formatAddress(host)}]:${number}`
  }
  // `ports` usually repeats `port` as that of the first slot.
  return ports.length === 0
    ? [{ value: at(port), resource, path: ['spec', 'endpoint'] }]
    : ports.map((number, position) => ({ value: at(number), resource, path: ['spec', 'endpoint', 'ports', position] }))
}

/** Of nodes that exist: a node that was renamed leaves its old status behind. */
const publicKeys = (resource: StatusResource, { nodes }: ResourceIndex): Single[] => {
  const { name, publicKey } = resource.value
  return publicKey === undefined || !nodes.has(name)
    ? []
    : [{ value: publicKey, resource, path: ['status', 'publicKey'] }]
}

/** Addresses that belong to a machine's subnet and not to a machine. */
function reservedProblems(resource: NodeResource): readonly Problem[] {
  return resource.value.privateAddresses.flatMap(({ address, length }, position) => {
    const subnet = prefixOf(address, length)
    const what = reservedAs(subnet, address)
    if (what === undefined) return []
    const path = ['spec', 'privateAddresses', position]
    const place = `${formatPath(path)} of ${resourceName(resource)}`
    const message = `${place}: ${formatAddress(address)} is ${what} of ${formatPrefix(subnet)}; write the machine's own`
    return [problemAt(resource, path, message)]
  })
}

function loneNodes({ network, nodes, siteNames }: ResourceIndex): readonly Problem[] {
  if (network === undefined || network.value.sites.by === 'node') return []
  const { sites } = network.value
  const what = sites.by === 'label' ? `label ${sites.label}` : 'spec.site'
  return [...nodes.values()].flatMap((resource) => {
    if (statedSite(network.value, resource.value) !== undefined) return []
    const site = siteNames.get(resource.value.name)
    const message = `${resourceName(resource)} has no ${what}: it is a site of its own, "${site}"`
    return [problemAt(resource, ['metadata', 'name'], message, { severity: 'warning' })]
  })
}

function emptySites({ network, sites, mayExist }: ResourceIndex, indexed: readonly IndexedSite[]): readonly Problem[] {
  if (network === undefined || sites.size === 0 || mayExist('Node')) return []
  const names = new Set(indexed.map(({ name }) => name))
  return [...sites.values()].flatMap((resource) => {
    const { name } = resource.value
    if (names.has(name)) return []
    const message = `${resourceName(resource)} has no node${hint(name, names)} (sites with nodes: ${listNames(names)})`
    return [problemAt(resource, ['metadata', 'name'], message, { severity: 'warning' })]
  })
}

function statusProblems({ nodes, statuses, mayExist }: ResourceIndex): readonly Problem[] {
  const strays: StatusResource[] = []
  for (const [name, status] of statuses) if (!nodes.has(name) && !mayExist('Node', name)) strays.push(status)
  return strays.map((resource) => {
    const message = `${resourceName(resource)} is of no Node and is left out; delete it if the node is gone`
    return problemAt(resource, ['metadata', 'name'], message, { severity: 'warning' })
  })
}
