// Along the way of a packet, there and back: the first hop where plan and machine are not the same.
import { keyOf } from '../../model/index.ts'
import type { Branch, Hop, Trace, Verdict } from '../../verifier/index.ts'
import type { Difference } from './node-differences.ts'

export type DifferentHop = {
  readonly node: string
  readonly direction: 'forth' | 'back'
  /** From 1. */
  readonly hop: number
  readonly differences: readonly Difference[]
  /** False: the packet met none of these entries, in the plan nor on the machine. */
  readonly isMet: boolean
}

/** By node, and there by key. */
export type NodeDifferences = ReadonlyMap<string, ReadonlyMap<string, Difference>>

type Visit = Pick<DifferentHop, 'node' | 'direction' | 'hop'> & { readonly keys: ReadonlySet<string> }

/** The first with an entry that the packet meets; else the first whose node has any that differs. */
export function firstDifference(plan: Trace, live: Trace, differencesAt: NodeDifferences): DifferentHop | undefined {
  const visits = visitsOf(plan, live)
  for (const { keys, ...place } of visits) {
    const met = [...(differencesAt.get(place.node) ?? [])].filter(([key]) => keys.has(key))
    if (met.length > 0) return { ...place, differences: met.map(([, difference]) => difference), isMet: true }
  }
  for (const { keys: _, ...place } of visits) {
    const differences = [...(differencesAt.get(place.node)?.values() ?? [])]
    if (differences.length > 0) return { ...place, differences, isMet: false }
  }
  return undefined
}

function visitsOf(plan: Trace, live: Trace): readonly Visit[] {
  return (['forth', 'back'] as const).flatMap((direction) => {
    const longest = Math.max(0, ...[...plan[direction], ...live[direction]].map(({ hops }) => hops.length))
    return Array.from({ length: longest }, (_, index) => {
      const [inPlan, onMachine] = [plan, live].map((trace) => hopsAt(trace[direction], index))
      const nodes = new Set([...(inPlan ?? []), ...(onMachine ?? [])].map(({ hop }) => hop.node))
      return [...nodes].map((node) => ({
        node,
        direction,
        hop: index + 1,
        keys: keysMet(atNode(inPlan, node), atNode(onMachine, node)),
      }))
    }).flat()
  })
}

type HopOfBranch = { readonly hop: Hop; readonly verdict: Verdict }

const hopsAt = (branches: readonly Branch[], index: number): readonly HopOfBranch[] =>
  branches.flatMap(({ hops, verdict }) => {
    const hop = hops[index]
    return hop === undefined ? [] : [{ hop, verdict }]
  })

const atNode = (hops: readonly HopOfBranch[] = [], node: string): readonly HopOfBranch[] =>
  hops.filter(({ hop }) => hop.node === node)

/** A table of the filter is one entry with many rules: it is met where other rules had a say. */
function keysMet(inPlan: readonly HopOfBranch[], onMachine: readonly HopOfBranch[]): ReadonlySet<string> {
  const isFilteredAlike = onMachine.length === 0 || filterNotes(inPlan) === filterNotes(onMachine)
  const keys = [...inPlan, ...onMachine].flatMap(keysOf)
  return new Set(isFilteredAlike ? keys.filter((key) => !key.startsWith('filter-table ')) : keys)
}

const filterNotes = (hops: readonly HopOfBranch[]): string =>
  [...new Set(hops.flatMap(({ hop }) => hop.steps.flatMap(({ kind, note }) => (kind === 'filter' ? [note] : []))))]
    .sort()
    .join()

/** Of all entries that had a say, with the devices that it went through. */
const keysOf = ({ hop: { node, from, steps, wraps, out }, verdict }: HopOfBranch): readonly string[] => [
  ...steps.map(({ entry }) => keyOf(entry)),
  ...[from, ...(out ? [out.link] : []), ...wraps.map(({ link }) => link)].flatMap((link) => [
    `link ${link}`,
    `wireguard-device ${link}`,
  ]),
  ...('entry' in verdict && verdict.entry !== undefined && verdict.node === node ? [keyOf(verdict.entry)] : []),
]
