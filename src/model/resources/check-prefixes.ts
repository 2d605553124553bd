// Whether every prefix has one owner: pod prefixes inside the Network's, apart from each other, from service prefixes and
// from the machines' own addresses and subnets. Sorted once, so that thousands of nodes take milliseconds.
import { type Address, FAMILY_BITS, formatAddress } from '../address.ts'
import {
  comparePrefixes,
  containsAddress,
  containsPrefix,
  equalPrefixes,
  formatPrefix,
  hostPrefix,
  overlaps,
  type Prefix,
  prefixOf,
} from '../prefix.ts'
import { type Problem, problemAt } from './problem.ts'
import { type FieldPath, formatPath, type Resource, resourceName } from './resource.ts'
import type { ResourceIndex, ResourceOf } from './resource-index.ts'

/** A prefix, and the field that asks for it. */
type Claimed = { readonly prefix: Prefix; readonly resource: Resource; readonly path: FieldPath }

/** One problem a prefix at most: a prefix that is wrong already is not held against others. */
export function checkPrefixes(index: ResourceIndex): readonly Problem[] {
  const { network, nodes } = index
  const own = network === undefined ? [] : networkProblems(network)
  const [inside, outside] = partition(claimsOf(nodes), ({ prefix }) => isInside(network, prefix))
  const misplaced = outside.map((claim) => outsideProblem(claim, network))
  const [roomy, small] = partition(
    inside,
    ({ prefix }) => FAMILY_BITS[prefix.family] - prefix.length >= LEAST_HOST_BITS,
  )
  const { apart, problems: clashes } = separate(roomy)
  return [...own, ...misplaced, ...small.map(smallProblem), ...clashes, ...underlayProblems(apart, index)]
}

function networkProblems(network: ResourceOf<'Network'>): readonly Problem[] {
  const { podPrefixes, servicePrefixes, lan } = network.value
  const claim = (field: string) => (prefix: Prefix, position: number) => ({
    prefix,
    resource: network,
    path: ['spec', field, position],
  })
  return separate([
    ...podPrefixes.map(claim('podPrefixes')),
    ...servicePrefixes.map(claim('servicePrefixes')),
    ...(lan === undefined ? [] : [{ prefix: lan, resource: network, path: ['spec', 'lan'] }]),
  ]).problems
}

const claimsOf = (nodes: ResourceIndex['nodes']): Claimed[] =>
  [...nodes.values()].flatMap((resource) =>
    resource.value.podPrefixes.map((prefix, position) => ({
      prefix,
      resource,
      path: ['spec', 'podPrefixes', position],
    })),
  )

const isInside = (network: ResourceOf<'Network'> | undefined, prefix: Prefix): boolean =>
  network === undefined || network.value.podPrefixes.some((outer) => containsPrefix(outer, prefix))

function outsideProblem({ prefix, resource, path }: Claimed, network: ResourceOf<'Network'> | undefined): Problem {
  const ranges = network?.value.podPrefixes.map(formatPrefix) ?? []
  const rule =
    ranges.length === 0 ? 'the Network has no podPrefixes' : `the Network's podPrefixes are ${ranges.join(', ')}`
  const message = `${formatPath(path)} of ${resourceName(resource)}: ${formatPrefix(prefix)} is outside; ${rule}`
  return problemAt(resource, path, message)
}

/** The first address is the subnet's, the second the gateway's, the third a pod's; in IPv4 the last is for broadcast. */
const LEAST_HOST_BITS = 2

function smallProblem(claim: Claimed): Problem {
  const message = `${placeOf(claim)} has no room for a pod beside the network's and the gateway's address; take /${FAMILY_BITS[claim.prefix.family] - LEAST_HOST_BITS} or wider`
  return problemAt(claim.resource, claim.path, message)
}

/**
 * Those that overlap with none before them, ascending. The wider of two is the one that is blamed, or where they are
 * equal the later by name: one mistake that covers a hundred nodes is one problem.
 */
function separate(claims: readonly Claimed[]): {
  readonly apart: readonly Claimed[]
  readonly problems: readonly Problem[]
} {
  const problems: Problem[] = []
  const apart: Claimed[] = []
  for (const claim of claims.toSorted(compareClaims)) {
    // Sorted by first address, wider first: only the last one kept can reach over this one.
    const last = apart.at(-1)
    if (last === undefined || !overlaps(last.prefix, claim.prefix)) {
      apart.push(claim)
    } else if (equalPrefixes(last.prefix, claim.prefix)) {
      problems.push(overlapProblem(claim, last))
    } else {
      problems.push(overlapProblem(last, claim))
      apart[apart.length - 1] = claim
    }
  }
  return { apart, problems }
}

const compareClaims = (a: Claimed, b: Claimed): number =>
  comparePrefixes(a.prefix, b.prefix) || compareTexts(a.resource.value.name, b.resource.value.name)

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function overlapProblem(claim: Claimed, other: Claimed): Problem {
  const isEqual = equalPrefixes(claim.prefix, other.prefix)
  const what = isEqual ? 'is also' : `overlaps ${formatPrefix(other.prefix)},`
  const owner = claim.resource === other.resource ? '' : ` of ${resourceName(other.resource)}`
  const where = `${formatPath(claim.path)} of ${resourceName(claim.resource)}`
  const message = `${where}: ${formatPrefix(claim.prefix)} ${what} ${formatPath(other.path)}${owner}`
  return problemAt(claim.resource, claim.path, message, { other: { resource: other.resource, path: other.path } })
}

/** Pod prefixes that hold a machine's own address, or touch a subnet that their own node is in. */
function underlayProblems(apart: readonly Claimed[], { network, nodes }: ResourceIndex): readonly Problem[] {
  const problems = new Map<Claimed, Problem>()
  // All claims lie inside these, and hardly any machine's address does.
  const ranges = network?.value.podPrefixes
  const isNear = (prefix: Prefix): boolean => ranges === undefined || ranges.some((range) => overlaps(range, prefix))
  const near = new Map<Resource, readonly Prefix[]>()
  for (const resource of nodes.values()) {
    const subnets = resource.value.privateAddresses.map(({ address, length }) => prefixOf(address, length))
    if (!subnets.some(isNear)) continue
    near.set(resource, subnets)
    resource.value.privateAddresses.forEach(({ address }, position) => {
      const claim = findHolder(apart, address)
      if (claim === undefined || problems.has(claim)) return
      const other = { resource, path: ['spec', 'privateAddresses', position] }
      const message = `${placeOf(claim)} holds ${formatAddress(address)}, a private address of ${resourceName(resource)}`
      problems.set(claim, problemAt(claim.resource, claim.path, message, { other }))
    })
  }
  if (near.size === 0) return []
  for (const claim of apart) {
    const { resource, prefix } = claim
    const subnets = near.get(resource) ?? []
    if (problems.has(claim)) continue
    const position = subnets.findIndex((subnet) => overlaps(subnet, prefix))
    const subnet = subnets[position]
    if (subnet === undefined) continue
    const other = { resource, path: ['spec', 'privateAddresses', position] }
    const message = `${placeOf(claim)} overlaps ${formatPrefix(subnet)}, the subnet that the node itself is in`
    problems.set(claim, problemAt(resource, claim.path, message, { other }))
  }
  return [...problems.values()]
}

const placeOf = ({ prefix, resource, path }: Claimed): string =>
  `${formatPath(path)} of ${resourceName(resource)}: ${formatPrefix(prefix)}`

/** The one claim whose prefix holds the address, among claims that are ascending and apart. */
function findHolder(apart: readonly Claimed[], address: Address): Claimed | undefined {
  const wanted = hostPrefix(address)
  let low = 0
  let high = apart.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const candidate = apart[middle]
    if (candidate !== undefined && comparePrefixes(candidate.prefix, wanted) <= 0) low = middle + 1
    else high = middle
  }
  const candidate = apart[low - 1]
  return candidate !== undefined && containsAddress(candidate.prefix, address) ? candidate : undefined
}

function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  const groups = Object.groupBy(items, (item) => (test(item) ? 'yes' : 'no'))
  return [groups.yes ?? [], groups.no ?? []]
}
