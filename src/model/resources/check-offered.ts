// Offered prefixes: networks behind a node. A longer one inside another is normal; two owners of the same one are not.
import { type Address, FAMILY_BITS, formatAddress } from '../address.ts'
import { comparePrefixes, equalPrefixes, formatPrefix, overlaps, type Prefix } from '../prefix.ts'
import { addressesOf } from './check-lan.ts'
import { type Problem, problemAt } from './problem.ts'
import { type FieldPath, formatPath, type Resource, resourceName } from './resource.ts'
import type { ResourceIndex, ResourceOf } from './resource-index.ts'

/** A prefix, or an address as one, and the field that asks for it. */
type Claim = { readonly prefix: Prefix; readonly resource: Resource; readonly path: FieldPath }

/** One problem a prefix at most. */
export function checkOffered(index: ResourceIndex): readonly Problem[] {
  const offered = [...index.nodes.values()].flatMap(offeredOf)
  if (offered.length === 0) return []
  const ranges = rangesOf(index.network)
  const problems: Problem[] = []
  const apart: Claim[] = []
  for (const claim of offered) {
    const problem = defaultProblem(claim) ?? rangeProblem(claim, ranges)
    if (problem === undefined) apart.push(claim)
    else problems.push(problem)
  }
  return [...problems, ...equalProblems(apart), ...hostProblems(apart, index)]
}

const offeredOf = (resource: ResourceOf<'Node'>): readonly Claim[] =>
  resource.value.offeredPrefixes.map((prefix, position) => ({
    prefix,
    resource,
    path: ['spec', 'offeredPrefixes', position],
  }))

function rangesOf(network: ResourceOf<'Network'> | undefined): readonly Claim[] {
  if (network === undefined) return []
  return (['podPrefixes', 'servicePrefixes'] as const).flatMap((field) =>
    network.value[field].map((prefix, position) => ({ prefix, resource: network, path: ['spec', field, position] })),
  )
}

function defaultProblem(claim: Claim): Problem | undefined {
  const { prefix, resource, path } = claim
  if (prefix.length > 0) return undefined
  const message = `${placeOf(claim)} is a default route, and those are not offered; name the networks behind the node`
  return problemAt(resource, path, message)
}

function rangeProblem(claim: Claim, ranges: readonly Claim[]): Problem | undefined {
  const other = ranges.find(({ prefix }) => overlaps(prefix, claim.prefix))
  if (other === undefined) return undefined
  const what = equalPrefixes(other.prefix, claim.prefix) ? 'is also' : `overlaps ${formatPrefix(other.prefix)},`
  return clashProblem(claim, other, `${what} ${formatPath(other.path)} of ${resourceName(other.resource)}`)
}

/** The first by name keeps it. */
function equalProblems(claims: readonly Claim[]): readonly Problem[] {
  const sorted = claims.toSorted(
    (a, b) => comparePrefixes(a.prefix, b.prefix) || (a.resource.value.name < b.resource.value.name ? -1 : 1),
  )
  let first: Claim | undefined
  return sorted.flatMap((claim) => {
    if (first === undefined || !equalPrefixes(first.prefix, claim.prefix)) {
      first = claim
      return []
    }
    const owner = first.resource === claim.resource ? '' : ` of ${resourceName(first.resource)}`
    return [clashProblem(claim, first, `is also ${formatPath(first.path)}${owner}`)]
  })
}

/** One address alone that is a machine's already: in the LAN, or a private one where those are joined. */
function hostProblems(claims: readonly Claim[], index: ResourceIndex): readonly Problem[] {
  const { network, nodes } = index
  const hosts = claims.filter(({ prefix: { family, length } }) => length === FAMILY_BITS[family])
  if (hosts.length === 0 || network === undefined) return []
  const { lan, joinPrivateAddresses } = network.value
  const owners = new Map<string, { readonly resource: Resource; readonly path: FieldPath; readonly what: string }>()
  for (const resource of nodes.values()) {
    const own = lan === undefined ? [] : addressesOf(resource, lan, index).filter(({ isLan }) => isLan)
    for (const { address, path } of own) owners.set(formatAddress(address), { resource, path, what: 'the lan address' })
    if (!joinPrivateAddresses) continue
    resource.value.privateAddresses.forEach(({ address }, position) => {
      const path = ['spec', 'privateAddresses', position]
      owners.set(formatAddress(address), { resource, path, what: 'a private address' })
    })
  }
  return hosts.flatMap((claim) => {
    const address: Address = claim.prefix
    const owner = owners.get(formatAddress(address))
    return owner === undefined
      ? []
      : [clashProblem(claim, owner, `is already ${owner.what} of ${resourceName(owner.resource)}`)]
  })
}

const clashProblem = (claim: Claim, other: Pick<Claim, 'resource' | 'path'>, what: string): Problem =>
  problemAt(claim.resource, claim.path, `${placeOf(claim)} ${what}`, {
    other: { resource: other.resource, path: other.path },
  })

const placeOf = ({ prefix, resource, path }: Claim): string =>
  `${formatPath(path)} of ${resourceName(resource)}: ${formatPrefix(prefix)}`
