// What every pair of ends is to each other in one network. The one place that walks: a proof of all pairs can stand in for it.
import { formatAddress } from '../../model/index.ts'
import { type CompiledNetwork, traceProbe, type Verdict } from '../../verifier/index.ts'
import type { EndAddress } from './ends.ts'

export type WalkedPair = { readonly key: string; readonly from: EndAddress; readonly to: EndAddress }

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
  /** Addresses that nodes put in place of the sender's own (masquerade). */
  readonly sources: readonly string[]
}

/** By the keys of the pairs. */
export function reachOf(network: CompiledNetwork, pairs: Iterable<WalkedPair>): ReadonlyMap<string, PairMeaning> {
  const found = new Map<string, PairMeaning>()
  for (const { key, from, to } of pairs) if (from.kind !== 'outside') found.set(key, meaningOf(network, from, to))
  return found
}

function meaningOf(
  network: CompiledNetwork,
  from: Exclude<EndAddress, { kind: 'outside' }>,
  to: EndAddress,
): PairMeaning {
  const { forth, back, verdict, mtuBytes } = traceProbe(network, { from, to, protocol: 'icmp' })
  const crossings = [...forth, ...back].map(({ hops }) => hops.flatMap(({ crossing }) => crossing ?? []))
  const most = (isMeant: (crossing: (typeof crossings)[number][number]) => boolean): number =>
    crossings.reduce((worst, all) => Math.max(worst, all.filter(isMeant).length), 0)
  const sources = forth.flatMap(({ translations }) => translations.at(-1)?.translated ?? [])
  return {
    verdict,
    isReached: verdict.kind === 'delivered',
    clearCrossings: to.kind === 'outside' ? 0 : most(({ isEncrypted }) => !isEncrypted),
    barePublicCrossings: to.kind === 'outside' ? 0 : most(({ kind, isEncrypted }) => kind === 'public' && !isEncrypted),
    sealedPrivateCrossings: most(({ kind, isEncrypted }) => kind === 'private' && isEncrypted),
    publicCrossings: most(({ kind }) => kind === 'public'),
    mtuBytes,
    sources: [...new Set(sources.map(formatAddress))].sort(),
  }
}
