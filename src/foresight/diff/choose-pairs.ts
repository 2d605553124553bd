// Which pairs are walked: all of them in a small network, else some that stand for those that are alike.
import type { EndKind, MatchedEnd } from './ends.ts'

export type EndPair = { readonly key: string; readonly from: MatchedEnd; readonly to: MatchedEnd }

export type ChosenPairs = {
  readonly pairs: readonly EndPair[]
  /** How many there are altogether. */
  readonly all: number
}

/** Up to so many nodes, all pairs are walked. */
const SMALL_NETWORK = 200
/** Of those that stand for all in a larger one: some ten seconds for both sides. */
const MOST_PAIRS = 40_000

/** `changeOf`: nodes of which it says the same change alike. */
export function choosePairs(
  ends: readonly MatchedEnd[],
  changeOf: (node: string) => string,
  { small = SMALL_NETWORK, most = MOST_PAIRS } = {},
): ChosenPairs {
  const all = countPairs(ends)
  const nodes = new Set(ends.map(({ node }) => node))
  if (nodes.size <= small || all <= most) return { pairs: pairsOf(ends), all }
  const bySite = ({ kind, node, site, family }: MatchedEnd): string => `${kind} ${family} ${site} ${changeOf(node)}`
  const byChange = ({ kind, node, family }: MatchedEnd): string => `${kind} ${family} ${changeOf(node)}`
  const podsBySite = (end: MatchedEnd): string => (end.kind === 'pod' ? bySite(end) : byChange(end))
  // Two of a class stand for the pairs inside it.
  const choices = [
    [bySite, 2],
    [bySite, 1],
    [podsBySite, 1],
    [byChange, 2],
  ] as const
  let chosen: readonly MatchedEnd[] = []
  for (const [classOf, number] of choices) {
    chosen = firstOf(ends, classOf, number)
    if (countPairs(chosen) <= most) break
  }
  return { pairs: pairsOf(chosen), all }
}

function firstOf(
  ends: readonly MatchedEnd[],
  classOf: (end: MatchedEnd) => string,
  number: number,
): readonly MatchedEnd[] {
  const nodes = new Map<string, Set<string>>()
  return ends.filter((end) => {
    const name = classOf(end)
    const known = nodes.get(name) ?? new Set()
    nodes.set(name, known)
    if (known.size < number) known.add(end.node)
    return known.has(end.node)
  })
}

const MEET: Readonly<Record<EndKind, readonly EndKind[]>> = {
  pod: ['pod', 'host', 'behind', 'outside'],
  host: ['pod', 'host', 'behind', 'outside'],
  behind: ['pod', 'host', 'behind'],
  outside: [],
}

const meets = (from: MatchedEnd, to: MatchedEnd): boolean =>
  from.family === to.family && from.node !== to.node && MEET[from.kind].includes(to.kind)

function pairsOf(ends: readonly MatchedEnd[]): readonly EndPair[] {
  const pairs: EndPair[] = []
  for (const [nth, from] of ends.entries())
    for (const [other, to] of ends.entries()) if (meets(from, to)) pairs.push({ key: `${nth} ${other}`, from, to })
  return pairs
}

function countPairs(ends: readonly MatchedEnd[]): number {
  const ofOneNode = [...Map.groupBy(ends, ({ node }) => node).values()]
  return countMeetings(ends) - ofOneNode.reduce((sum, own) => sum + countMeetings(own), 0)
}

function countMeetings(ends: readonly MatchedEnd[]): number {
  const counts = new Map<string, number>()
  for (const { kind, family } of ends) counts.set(`${kind} ${family}`, (counts.get(`${kind} ${family}`) ?? 0) + 1)
  let sum = 0
  for (const family of [4, 6])
    for (const [from, others] of Object.entries(MEET))
      for (const to of others) sum += (counts.get(`${from} ${family}`) ?? 0) * (counts.get(`${to} ${family}`) ?? 0)
  return sum
}
