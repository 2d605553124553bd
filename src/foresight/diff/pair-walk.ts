// What a pair of ends is to each other in one network, found by walking it.
import { formatAddress } from '../../model/index.ts'
import { type CompiledNetwork, type Probe, traceProbe, type Verdict } from '../../verifier/index.ts'

export type PairMeaning = {
  readonly verdict: Verdict
  /** Whether the packet arrives by every way, and its answer too. */
  readonly isReached: boolean
  /** Networks, private or public, that it crosses without being encrypted, on the worst of its ways. */
  readonly clearCrossings: number
  /** Of those the public ones. */
  readonly barePublicCrossings: number
  /** Private networks that it crosses encrypted, on the way that has most of them. */
  readonly sealedPrivateCrossings: number
  /** Public networks between two machines that it crosses, on the longest of its ways. */
  readonly publicCrossings: number
  /** The largest packet that passes both ways unsplit. */
  readonly mtuBytes: number
  /** Addresses that nodes put in place of the sender's own (masquerade); of a machine, also the one that it takes to the outside. */
  readonly sources: readonly string[]
}

export type PairWalk = {
  readonly meaning: PairMeaning
  /** A node puts an address in place of the sender's that is at neither end. */
  readonly isTranslatedBetween: boolean
}

export function walkPair(network: CompiledNetwork, probe: Probe): PairWalk {
  const { forth, back, verdict, mtuBytes } = traceProbe(network, probe)
  const { from, to } = probe
  const crossings = [...forth, ...back].map(({ hops }) => hops.flatMap(({ crossing }) => crossing ?? []))
  const most = (isMeant: (crossing: (typeof crossings)[number][number]) => boolean): number =>
    crossings.reduce((worst, all) => Math.max(worst, all.filter(isMeant).length), 0)
  const last = forth.flatMap(({ translations }) => translations.at(-1) ?? [])
  const own = forth.flatMap(({ translations, hops }) =>
    from.kind === 'host' && to.kind === 'outside' && translations.length === 0 ? (hops[0]?.source ?? []) : [],
  )
  const ends = ['node' in from ? from.node : '', 'node' in to ? to.node : '']
  const meaning: PairMeaning = {
    verdict,
    isReached: verdict.kind === 'delivered',
    clearCrossings: to.kind === 'outside' ? 0 : most(({ isEncrypted }) => !isEncrypted),
    barePublicCrossings: to.kind === 'outside' ? 0 : most(({ kind, isEncrypted }) => kind === 'public' && !isEncrypted),
    sealedPrivateCrossings: most(({ kind, isEncrypted }) => kind === 'private' && isEncrypted),
    publicCrossings: most(({ kind }) => kind === 'public'),
    mtuBytes,
    sources: [...new Set([...last.map(({ translated }) => translated), ...own].map(formatAddress))].sort(),
  }
  return { meaning, isTranslatedBetween: last.some(({ node }) => !ends.includes(node)) }
}
