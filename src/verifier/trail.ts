// What a walk has behind it when it comes to a machine, and the hop that is being made there.
import { type Address, equalAddresses } from '../model/index.ts'
import type { CompiledNode } from './compiled-node.ts'
import type { Branch, Cause, Crossing, Hop, Step, Verdict, Wrap } from './hop.ts'
import type { Packet, Translation } from './packet.ts'

export type Trail = {
  readonly hops: readonly Hop[]
  /** As of a Branch. */
  readonly parts: number
  readonly roomBytes: number
  readonly lostAboveBytes: number
  readonly isSplit: boolean
  readonly warnings: readonly string[]
  readonly translations: readonly Translation[]
  readonly trackedBy: ReadonlySet<string>
  /** Machines, ways in and addresses that were met: the same ones again are a loop. */
  readonly seen: readonly Place[]
}

export type Place = {
  readonly node: string
  readonly from: string
  readonly source: Address
  readonly destination: Address
}

export const NEW_TRAIL: Trail = {
  hops: [],
  parts: 1,
  roomBytes: Number.POSITIVE_INFINITY,
  lostAboveBytes: Number.POSITIVE_INFINITY,
  isSplit: false,
  warnings: [],
  translations: [],
  trackedBy: new Set(),
  seen: [],
}

/** A packet on a machine, on its way through it. */
export type Passing = {
  readonly node: CompiledNode
  readonly from: string
  readonly lookedUp: Address
  readonly source: Address
  readonly steps: readonly Step[]
  readonly wraps: readonly Wrap[]
  readonly translatedTo?: Address
  readonly out?: Hop['out']
  readonly trail: Trail
}

export const withSteps = (passing: Passing, steps: readonly Step[]): Passing =>
  steps.length === 0 ? passing : { ...passing, steps: [...passing.steps, ...steps] }

export const withTrail = (passing: Passing, more: Partial<Trail>): Passing => ({
  ...passing,
  trail: { ...passing.trail, ...more },
})

export function hopOf(passing: Passing, crossing?: Crossing): Hop {
  const { node, trail, from, lookedUp, source, steps, wraps, translatedTo, out } = passing
  return {
    node: node.name,
    from,
    lookedUp,
    source,
    steps,
    wraps,
    roomBytes: trail.roomBytes,
    ...(translatedTo && { translatedTo }),
    ...(out && { out }),
    ...(crossing && { crossing }),
  }
}

export function endOf(
  passing: Passing,
  verdict: Verdict,
  packet: Packet,
  more: { readonly crossing?: Crossing } = {},
): Branch {
  const { trail } = passing
  return {
    hops: [...trail.hops, hopOf(passing, more.crossing)],
    parts: trail.parts,
    verdict,
    packet,
    roomBytes: trail.roomBytes,
    lostAboveBytes: trail.lostAboveBytes,
    isSplit: trail.isSplit,
    warnings: trail.warnings,
    translations: trail.translations,
    trackedBy: trail.trackedBy,
  }
}

export function dropped(
  passing: Passing,
  packet: Packet,
  reason: string,
  step?: Step,
  causes?: readonly Cause[],
): Branch {
  const verdict: Verdict = {
    kind: 'dropped',
    node: passing.node.name,
    reason,
    ...(step && { entry: step.entry }),
    ...(causes && { causes }),
  }
  const isSaid = passing.steps.some(({ kind, entry }) => kind === step?.kind && entry === step.entry)
  return endOf(step && !isSaid ? withSteps(passing, [step]) : passing, verdict, packet)
}

export const isSamePlace = (a: Place, b: Place): boolean =>
  a.node === b.node &&
  a.from === b.from &&
  equalAddresses(a.source, b.source) &&
  equalAddresses(a.destination, b.destination)

/** The machine's connection tracking has seen the flow. */
export const trackedOn = (trail: Trail, node: string): Trail =>
  trail.trackedBy.has(node) ? trail : { ...trail, trackedBy: new Set([...trail.trackedBy, node]) }
