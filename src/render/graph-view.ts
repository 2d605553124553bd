// What a picture of the network shows, in whichever language it is drawn.
import { cardOf, type GraphCard } from './graph-card.ts'
import { framesOf, type GraphFrames } from './graph-frames.ts'
import { type GraphLink, linksOf } from './graph-links.ts'
import { relaySentences } from './graph-relays.ts'
import { countOf, sitesBehindNat, type Topology } from './topology.ts'

export type GraphView = {
  readonly network: string
  readonly title: string
  readonly ways:
    | { readonly kind: 'pairs'; readonly cards: readonly GraphCard[]; readonly links: readonly GraphLink[] }
    | ({ readonly kind: 'frames' } & GraphFrames)
  /** Sentences about what is not drawn. */
  readonly captions: readonly string[]
}

export type GraphOptions = {
  /** Every node, every address and every pair of sites, however many. */
  readonly all?: boolean
}

/** Beyond this many sites, pairs are not drawn one by one. */
const SITES_OF_DRAWN_PAIRS = 10
/** Up to this many nodes in all, each says all its addresses. */
const NODES_IN_FULL = 24
/** Up to this many nodes in all, a site shows up to MOST_MEMBERS members, else up to FEW_MEMBERS. */
const NODES_OF_MANY_MEMBERS = 60
const MOST_MEMBERS = 12
const FEW_MEMBERS = 3

export function viewGraph(topology: Topology, { all = false }: GraphOptions = {}): GraphView {
  const { network, sites, tunnels, notes } = topology
  const nodeCount = sites.reduce((sum, site) => sum + site.nodes.length, 0)
  const counts = [countOf(sites.length, 'site'), countOf(nodeCount, 'node'), countOf(tunnels.length, 'tunnel')]
  const mostMembers = nodeCount <= NODES_OF_MANY_MEMBERS ? MOST_MEMBERS : FEW_MEMBERS
  const hidden = sitesBehindNat(topology)
  const cards = sites.map((site) =>
    cardOf(site, {
      isBehindNat: hidden.has(site.name),
      inFull: all || nodeCount <= NODES_IN_FULL,
      mostMembers: all ? Number.POSITIVE_INFINITY : mostMembers,
    }),
  )
  const links = linksOf(topology)
  const drawsPairs = all || sites.length <= SITES_OF_DRAWN_PAIRS
  return {
    network,
    title: `network ${network}: ${counts.join(', ')}`,
    ways: drawsPairs ? { kind: 'pairs', cards, links } : { kind: 'frames', ...framesOf(cards, links) },
    captions: [...(drawsPairs ? [] : relaySentences(topology)), ...notes],
  }
}
