// What pairs of ends gain and lose from one network to the other.
import type { CompiledNetwork } from '../../verifier/index.ts'
import type { ChosenPairs, EndPair } from './choose-pairs.ts'
import type { EndAddress, MatchedEnd } from './ends.ts'
import { type PairMeaning, reachOf, type WalkedPair } from './reach-of.ts'

/** `reach`, `encryption`: had or not; `mtu`: the largest packet; `public-hop`: how many public networks it crosses. */
export type Aspect = 'reach' | 'encryption' | 'mtu' | 'public-hop'

export type PairDifference = {
  readonly aspect: Aspect
  /** A public hop is gained where there are more of them: that is worse. */
  readonly change: 'lost' | 'gained'
  readonly from: MatchedEnd
  readonly to: MatchedEnd
  /** Missing where one of the ends is only on the other side. */
  readonly before?: PairMeaning
  readonly after?: PairMeaning
}

/** A pair that arrives on both sides, and under another address than before. */
export type MovedSource = {
  readonly from: MatchedEnd
  readonly to: MatchedEnd
  readonly before: readonly string[]
  readonly after: readonly string[]
}

export type ReachDifference = {
  readonly differences: readonly PairDifference[]
  readonly movedSources: readonly MovedSource[]
  /** Pairs that arrive on both sides: at least so many were compared. */
  readonly kept: number
}

export function compareReach(
  old: CompiledNetwork,
  next: CompiledNetwork,
  { pairs }: Pick<ChosenPairs, 'pairs'>,
): ReachDifference {
  const before = reachOf(
    old,
    walkable(pairs, (end) => end.old),
  )
  const after = reachOf(
    next,
    walkable(pairs, (end) => end.next),
  )
  const differences: PairDifference[] = []
  const movedSources: MovedSource[] = []
  let kept = 0
  for (const { key, from, to } of pairs) {
    const [was, is] = [before.get(key), after.get(key)]
    differences.push(...differencesOf({ from, to, ...(was && { before: was }), ...(is && { after: is }) }))
    if (was?.isReached !== true || is?.isReached !== true) continue
    kept++
    if (was.sources.join() !== is.sources.join() && was.sources.length > 0)
      movedSources.push({ from, to, before: was.sources, after: is.sources })
  }
  return { differences, movedSources, kept }
}

const walkable = (
  pairs: readonly EndPair[],
  addressOf: (end: MatchedEnd) => EndAddress | undefined,
): readonly WalkedPair[] =>
  pairs.flatMap(({ key, from, to }) => {
    const [source, target] = [addressOf(from), addressOf(to)]
    return source === undefined || target === undefined ? [] : [{ key, from: source, to: target }]
  })

function differencesOf(pair: Omit<PairDifference, 'aspect' | 'change'>): readonly PairDifference[] {
  const { before, after } = pair
  const said = (aspect: Aspect, isLess: boolean): PairDifference[] => [
    { ...pair, aspect, change: isLess ? 'lost' : 'gained' },
  ]
  const [hadReach, hasReach] = [before?.isReached === true, after?.isReached === true]
  if (hadReach !== hasReach) return said('reach', hadReach)
  if (before === undefined || after === undefined || !hasReach) return []
  return [
    ...(isBarer(after, before) ? said('encryption', true) : isBarer(before, after) ? said('encryption', false) : []),
    ...(before.mtuBytes === after.mtuBytes ? [] : said('mtu', after.mtuBytes < before.mtuBytes)),
    ...(before.publicCrossings === after.publicCrossings
      ? []
      : said('public-hop', after.publicCrossings < before.publicCrossings)),
  ]
}

/** A private hop more is no loss, as where a gateway moves; one that was encrypted is, and so is any over a public network. */
const isBarer = (one: PairMeaning, other: PairMeaning): boolean =>
  one.barePublicCrossings > other.barePublicCrossings ||
  (one.clearCrossings > other.clearCrossings && one.sealedPrivateCrossings < other.sealedPrivateCrossings)
