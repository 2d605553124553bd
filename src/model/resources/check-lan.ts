// The virtual LAN: every machine has one address in it, its own or one given to it, and no other machine has the same.
import { type Address, formatAddress } from '../address.ts'
import { containsAddress, formatPrefix, type Prefix } from '../prefix.ts'
import { type Problem, problemAt } from './problem.ts'
import { reservedAs } from './reserved-address.ts'
import { type FieldPath, formatPath, resourceName } from './resource.ts'
import type { ResourceIndex, ResourceOf } from './resource-index.ts'

export function checkLan(index: ResourceIndex): readonly Problem[] {
  const { network, nodes } = index
  if (network === undefined) return []
  const { lan } = network.value
  if (lan === undefined) return [...nodes.values()].flatMap(lanWithoutRange)
  const claims = [...nodes.values()].flatMap((node) => addressesOf(node, lan, index))
  return [
    ...[...nodes.values()].flatMap((node) => placeProblems(node, lan)),
    ...claims.flatMap((claim) => reservedProblems(claim, lan)),
    ...duplicates(claims),
  ]
}

/** An address of a node inside the range, and the field that says it. */
export type LanClaim = {
  readonly address: Address
  readonly resource: ResourceOf<'Node'>
  readonly path: FieldPath
  readonly site: string
  /** Whether it is the machine's address in the LAN, or one that it only has besides. */
  readonly isLan: boolean
}

/** The machine's address in the LAN is `spec.lan`, else the first private address inside the range. */
export function addressesOf(resource: ResourceOf<'Node'>, lan: Prefix, { siteNames }: ResourceIndex): LanClaim[] {
  const { name, lan: given, privateAddresses } = resource.value
  const site = siteNames.get(name) ?? name
  const claims: LanClaim[] = []
  if (given !== undefined && containsAddress(lan, given))
    claims.push({ address: given, resource, path: ['spec', 'lan'], site, isLan: true })
  privateAddresses.forEach(({ address }, position) => {
    const path = ['spec', 'privateAddresses', position]
    const isLan = given === undefined && claims.length === 0
    if (containsAddress(lan, address)) claims.push({ address, resource, path, site, isLan })
  })
  return claims
}

function lanWithoutRange(resource: ResourceOf<'Node'>): readonly Problem[] {
  const { lan } = resource.value
  return lan === undefined ? [] : [outsideProblem(resource, lan, 'the Network has no lan')]
}

function placeProblems(resource: ResourceOf<'Node'>, lan: Prefix): readonly Problem[] {
  const { lan: given, privateAddresses } = resource.value
  if (given !== undefined)
    return containsAddress(lan, given)
      ? []
      : [outsideProblem(resource, given, `the Network's lan is ${formatPrefix(lan)}`)]
  if (privateAddresses.some(({ address }) => containsAddress(lan, address))) return []
  const message = `${resourceName(resource)} needs spec.lan, an address of its own in ${formatPrefix(lan)}: no private address of it is inside`
  return [problemAt(resource, ['spec'], message, { at: 'key' })]
}

function outsideProblem(resource: ResourceOf<'Node'>, address: Address, rule: string): Problem {
  const message = `spec.lan of ${resourceName(resource)}: ${formatAddress(address)} is outside; ${rule}`
  return problemAt(resource, ['spec', 'lan'], message)
}

function reservedProblems({ address, resource, path, isLan }: LanClaim, lan: Prefix): readonly Problem[] {
  const what = isLan ? reservedAs(lan, address) : undefined
  if (what === undefined) return []
  const message = `${placeOf(resource, path)}: ${formatAddress(address)} is ${what} of the lan ${formatPrefix(lan)}; take another`
  return [problemAt(resource, path, message)]
}

function duplicates(claims: readonly LanClaim[]): readonly Problem[] {
  return [...Map.groupBy(claims, ({ address }) => formatAddress(address)).values()].flatMap((group) =>
    group.length < 2 ? [] : group.flatMap((claim, index) => duplicateProblems(claim, group.slice(0, index))),
  )
}

function duplicateProblems(claim: LanClaim, before: readonly LanClaim[]): readonly Problem[] {
  const { address, resource, path, isLan } = claim
  const other = before.find((earlier) => earlier.resource !== resource && isClash(claim, earlier))
  if (other === undefined) return []
  const what = other.isLan ? 'the lan address' : 'a private address'
  const hint = isLan && path[1] === 'lan' ? '' : '; give one of them a spec.lan'
  const message = `${placeOf(resource, path)}: ${formatAddress(address)} is already ${what} of ${resourceName(other.resource)}${hint}`
  return [problemAt(resource, path, message, { other: { resource: other.resource, path: other.path } })]
}

/** Addresses that nobody has in the LAN may repeat from site to site; twice in one site they are an error anyway. */
const isClash = (a: LanClaim, b: LanClaim): boolean =>
  (a.isLan || b.isLan) && (a.site !== b.site || a.path[1] === 'lan' || b.path[1] === 'lan')

const placeOf = (resource: ResourceOf<'Node'>, path: FieldPath): string =>
  `${formatPath(path)} of ${resourceName(resource)}`
