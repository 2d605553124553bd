// The ends between which packets are walked: pods, machines, networks behind them, and the outside; matched between two sides, so
// that an end whose address moves is still the same end.
import {
  type Address,
  equalPrefixes,
  type Family,
  type Node,
  nthAddress,
  type Prefix,
  parseAddress,
  prefixOf,
  prefixSize,
  siteNames,
} from '../../model/index.ts'
import type { ProbeEnd } from '../../verifier/index.ts'
import { byNode, type DiffSide } from './side.ts'

export type EndKind = ProbeEnd['kind']

/** One end as both sides know it; `old` or `next` is missing where it goes or comes. */
export type MatchedEnd = {
  readonly kind: EndKind
  /** Empty: outside. */
  readonly node: string
  readonly family: Family
  /** On the newer side, or the older one where it goes. */
  readonly site: string
  readonly old?: EndAddress
  readonly next?: EndAddress
}

export type EndAddress = ProbeEnd & { readonly address: Address }

/** Public resolvers: they stand for whatever is outside. */
const OUTSIDE = { 4: parseAddress('9.9.9.9'), 6: parseAddress('2620:fe::fe') } as const
const FAMILIES = [4, 6] as const
/** The first is the node's gateway address where a node owns the prefix. */
const FIRST_POD = 2n

type OneEnd = { readonly kind: EndKind; readonly node: string; readonly family: Family; readonly prefix: Prefix }

export function matchEnds(old: DiffSide, next: DiffSide): readonly MatchedEnd[] {
  const [before, after] = [Map.groupBy(endsOf(old), placeOf), Map.groupBy(endsOf(next), placeOf)]
  const [oldSites, newSites] = [old, next].map(({ world }) => siteNames(world.network, world.nodes.values()))
  const siteOf = (node: string): string => newSites?.get(node) ?? oldSites?.get(node) ?? node
  const places = [...new Set([...after.keys(), ...before.keys()])]
  const inside = places.flatMap((place) => match(before.get(place) ?? [], after.get(place) ?? [], siteOf))
  const families = new Set(inside.map(({ family }) => family))
  const outside = FAMILIES.filter((family) => families.has(family)).map((family): MatchedEnd => {
    const end = { kind: 'outside', address: OUTSIDE[family] } as const
    return { kind: 'outside', node: '', family, site: '', old: end, next: end }
  })
  return [...inside, ...outside]
}

const placeOf = ({ kind, node, family }: OneEnd): string => `${kind} ${node} ${family}`

/** Equal ones are the same; the others follow each other in order. */
function match(
  before: readonly OneEnd[],
  after: readonly OneEnd[],
  siteOf: (node: string) => string,
): readonly MatchedEnd[] {
  const moved = before.filter((old) => !after.some(({ prefix }) => equalPrefixes(prefix, old.prefix)))
  const matched = after.map((end) => {
    const old = before.find(({ prefix }) => equalPrefixes(prefix, end.prefix)) ?? moved.shift()
    return { end, old, next: end as OneEnd | undefined }
  })
  return [...matched, ...moved.map((old) => ({ end: old, old, next: undefined }))].map(
    ({ end, old: was, next: is }) => ({
      kind: end.kind,
      node: end.node,
      family: end.family,
      site: siteOf(end.node),
      ...(was && { old: addressOf(was) }),
      ...(is && { next: addressOf(is) }),
    }),
  )
}

function addressOf({ kind, node, prefix }: OneEnd): EndAddress {
  const last = prefixSize(prefix) - 1n
  const address = nthAddress(prefix, last < FIRST_POD ? last : FIRST_POD)
  return kind === 'outside' ? { kind, address } : { kind, node, address }
}

function endsOf({ world, states }: DiffSide): readonly OneEnd[] {
  const stateOf = byNode(states)
  return [...world.nodes.values()].flatMap((node) => {
    const of = (kind: EndKind, prefixes: readonly Prefix[]): OneEnd[] =>
      prefixes.map((prefix) => ({ kind, node: node.name, family: prefix.family, prefix }))
    const hosts = FAMILIES.flatMap((family) =>
      hostAddress(node, stateOf.get(node.name)?.gatewayAddresses[family], family),
    )
    return [...of('pod', node.podPrefixes), ...of('host', hosts), ...of('behind', node.offeredPrefixes)]
  })
}

/** The address in the virtual LAN, else that by which it speaks into the network, else its private one. */
function hostAddress(node: Node, gateway: Address | undefined, family: Family): readonly Prefix[] {
  const lan = node.lan?.family === family ? node.lan : undefined
  const own = node.privateAddresses.find(({ address }) => address.family === family)?.address
  const address = lan ?? gateway ?? own
  return address === undefined ? [] : [prefixOf(address, family === 4 ? 32 : 128)]
}
