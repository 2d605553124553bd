// Ranges in which no machine of a network can be: what a kernel keeps for itself, for its link, for multicast, or for nobody.
import { type Address, formatAddress } from '../address.ts'
import { containsAddress, containsPrefix, formatPrefix, overlaps, type Prefix, parsePrefix } from '../prefix.ts'
import { type Problem, problemAt } from './problem.ts'
import { type FieldPath, formatPath, type Resource, resourceName } from './resource.ts'
import type { ResourceIndex } from './resource-index.ts'

type Reserved = readonly [range: Prefix, what: string]

const reserved = (range: string, what: string): Reserved => [parsePrefix(range), what]

/** RFC 1122, 5771, 1112, 4291. */
const NOBODYS: readonly Reserved[] = [
  reserved('0.0.0.0/8', '"this network"'),
  reserved('127.0.0.0/8', 'loopback'),
  reserved('224.0.0.0/4', 'multicast'),
  reserved('240.0.0.0/4', 'reserved, and broadcast'),
  reserved('::/128', 'the unspecified address'),
  reserved('::1/128', 'loopback'),
  reserved('fe80::/10', 'link-local'),
  reserved('ff00::/8', 'multicast'),
]
/** Is forwarded by nobody, but a link's own addresses, or what a cloud tells its machines, may well be there. */
const LINK_LOCAL = reserved('169.254.0.0/16', 'link-local')

export const checkReserved = ({ network, nodes }: ResourceIndex): readonly Problem[] => [
  ...(network === undefined ? [] : networkProblems(network)),
  ...[...nodes.values()].flatMap((resource) => {
    const { privateAddresses, endpoint, offeredPrefixes } = resource.value
    return [
      ...privateAddresses.flatMap(({ address }, position) =>
        addressProblems(resource, ['spec', 'privateAddresses', position], address),
      ),
      ...(endpoint === undefined || typeof endpoint.host === 'string'
        ? []
        : addressProblems(resource, ['spec', 'endpoint', 'host'], endpoint.host)),
      ...offeredPrefixes.flatMap((prefix, position) =>
        // One that is broader offers what else it holds.
        prefixProblems(resource, ['spec', 'offeredPrefixes', position], prefix, NOBODYS.filter(isAround(prefix))),
      ),
    ]
  }),
]

/** What the nodes have of these lies inside them, or is refused for that. */
function networkProblems(network: NonNullable<ResourceIndex['network']>): readonly Problem[] {
  const { podPrefixes, servicePrefixes, lan } = network.value
  const at = (path: FieldPath, prefix: Prefix): readonly Problem[] =>
    prefixProblems(
      network,
      path,
      prefix,
      [...NOBODYS, LINK_LOCAL].filter(([range]) => overlaps(range, prefix)),
    )
  return [
    ...podPrefixes.flatMap((prefix, position) => at(['spec', 'podPrefixes', position], prefix)),
    ...servicePrefixes.flatMap((prefix, position) => at(['spec', 'servicePrefixes', position], prefix)),
    ...(lan === undefined ? [] : at(['spec', 'lan'], lan)),
  ]
}

const isAround =
  (prefix: Prefix) =>
  ([range]: Reserved): boolean =>
    containsPrefix(range, prefix)

const addressProblems = (resource: Resource, path: FieldPath, address: Address): readonly Problem[] =>
  NOBODYS.filter(([range]) => containsAddress(range, address)).map((range) =>
    problemOf(resource, path, formatAddress(address), range),
  )

/** The first will do. */
const prefixProblems = (
  resource: Resource,
  path: FieldPath,
  prefix: Prefix,
  ranges: readonly Reserved[],
): readonly Problem[] =>
  ranges
    .slice(0, 1)
    .map((range) =>
      problemOf(resource, path, formatPrefix(prefix), range, containsPrefix(range[0], prefix) ? 'is in' : 'holds'),
    )

const problemOf = (
  resource: Resource,
  path: FieldPath,
  text: string,
  [range, what]: Reserved,
  how: 'is in' | 'holds' = 'is in',
): Problem => {
  const place = `${formatPath(path)} of ${resourceName(resource)}`
  return problemAt(
    resource,
    path,
    `${place}: ${text} ${how} ${formatPrefix(range)} (${what}), which no machine elsewhere can be reached by; take another`,
  )
}
