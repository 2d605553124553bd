// The ends between which packets are compared: pods, machines, networks behind them, and the outside; as both proofs know them, and
// matched, so that an end whose address moves is still the same end.
import { containsPrefix, equalAddresses, equalPrefixes, type Family, type Node } from '../../model/index.ts'
import type { End, ProbeEnd } from '../../verifier/index.ts'
import type { ProvedSide } from './proved-side.ts'

export type EndKind = ProbeEnd['kind']

/** One end as both sides know it; `old` or `next` is missing where it goes or comes. */
export type MatchedEnd = {
  readonly kind: EndKind
  /** Empty: outside. */
  readonly node: string
  readonly family: Family
  readonly old?: SideEnd
  readonly next?: SideEnd
}

/** Of a region whose addresses fare alike. */
export type SideEnd = {
  /** What packets are sent from: a machine chooses an address of its own. Left out: nobody sends from there. */
  readonly source?: End
  readonly target: End
}

const FAMILIES = [4, 6] as const

const MEET: Readonly<Record<EndKind, readonly EndKind[]>> = {
  pod: ['pod', 'host', 'behind', 'outside'],
  host: ['pod', 'host', 'behind', 'outside'],
  behind: ['pod', 'host', 'behind'],
  outside: [],
}

/** Whether packets of the one to the other, on another node, are asked about. */
export const meets = (from: MatchedEnd, to: MatchedEnd): boolean =>
  from.family === to.family && MEET[from.kind].includes(to.kind)

/** The ends of one node; it may stand on one side alone. */
export function matchEnds(node: string, old: ProvedSide, next: ProvedSide): readonly MatchedEnd[] {
  const [before, after] = [endsOf(node, old), endsOf(node, next)]
  const kinds = ['pod', 'host', 'behind'] as const
  return kinds.flatMap((kind) =>
    FAMILIES.flatMap((family) => {
      const isOne = ({ target: { probe, address } }: SideEnd): boolean =>
        probe.kind === kind && address.family === family
      return match(before.filter(isOne), after.filter(isOne)).map((sides) => ({ kind, node, family, ...sides }))
    }),
  )
}

export const outsideEnds = (old: ProvedSide, next: ProvedSide): readonly MatchedEnd[] =>
  FAMILIES.flatMap((family) => {
    const [was, is] = [old, next].map(({ proof }) => proof.outside.find(({ address }) => address.family === family))
    if (was === undefined && is === undefined) return []
    return [
      { kind: 'outside', node: '', family, ...(was && { old: { target: was } }), ...(is && { next: { target: is } }) },
    ]
  })

type Sides = Pick<MatchedEnd, 'old' | 'next'>

/** Equal ones are the same, then one inside the other; the rest follow each other in order. */
function match(before: readonly SideEnd[], after: readonly SideEnd[]): readonly Sides[] {
  const equalTo = ({ target }: SideEnd, others: readonly SideEnd[]): SideEnd | undefined =>
    others.find((other) => equalPrefixes(other.target.prefix, target.prefix))
  const around = ({ target }: SideEnd, others: readonly SideEnd[]): SideEnd | undefined =>
    others
      .filter((other) => containsPrefix(other.target.prefix, target.prefix))
      .toSorted((a, b) => b.target.prefix.length - a.target.prefix.length)[0]
  const known = (one: SideEnd, others: readonly SideEnd[]): SideEnd | undefined =>
    equalTo(one, others) ?? around(one, others)
  const moved = before.filter((old) => known(old, after) === undefined)
  const used = new Set<SideEnd>()
  const matched = after.map((next): Sides => {
    const old = known(next, before) ?? moved.shift()
    if (old !== undefined) used.add(old)
    return old === undefined ? { next } : { old, next }
  })
  const rest = before
    .filter((old) => !used.has(old))
    .map((old): Sides => {
      const next = known(old, after)
      return next === undefined ? { old } : { old, next }
    })
  const isMet = ({ old, next }: Sides): boolean => old !== undefined || rest.every((other) => other.next !== next)
  return [...matched.filter(isMet), ...rest]
}

function endsOf(name: string, { side, proof, machineOf }: ProvedSide): readonly SideEnd[] {
  const machine = machineOf.get(name)
  const node = side.world.nodes.get(name)
  if (machine === undefined || node === undefined) return []
  const [sources, targets] = [proof.sources(machine), proof.destinations(machine)]
  return targets.flatMap((target): SideEnd[] => {
    const { kind } = target.probe
    if (kind !== 'host') return [{ source: target, target }]
    if (target !== hostEnd(node, target.address.family, targets)) return []
    const source = sources.find(({ probe, address }) => probe.kind === kind && address.family === target.address.family)
    return [{ ...(source && { source }), target }]
  })
}

/** The address in the virtual LAN, else that by which it speaks into the network, else its private one. */
function hostEnd({ lan }: Node, family: Family, ends: readonly End[]): End | undefined {
  const hosts = ends.filter(({ probe, address }) => probe.kind === 'host' && address.family === family)
  return (lan && hosts.find(({ address }) => equalAddresses(address, lan))) ?? hosts[0]
}
