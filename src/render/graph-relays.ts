// Relays in words: a dozen machines behind NAT have 66 of them, and all say the same.
import { listOf, type Topology, type TopologyRelay } from './topology.ts'

/** Past this many pairs in one sentence, only their number is told. */
const NAMED_PAIRS = 3

/** `cafe and home meet through aws`: a sentence for each site through which others meet. */
export function relaySentences({ relays }: Topology): string[] {
  return [...Map.groupBy(relays, ({ through }) => through)].map(
    ([through, through_]) => `${whoMeet(through_)} meet through ${through}`,
  )
}

function whoMeet(relays: readonly TopologyRelay[]): string {
  const sites = [...new Set(relays.flatMap((relay) => relay.sites))]
  const isEachWithEach = relays.length === (sites.length * (sites.length - 1)) / 2
  if (isEachWithEach) return listOf(sites)
  return listOf(
    relays.map(({ sites: [one, other] }) => `${one} with ${other}`),
    NAMED_PAIRS,
  )
}
