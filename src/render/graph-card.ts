// A site as a card of the picture: what is written on it, and which of its nodes are only counted.
import { loneNode, type TopologyNode, type TopologySite } from './topology.ts'

export type GraphCard = {
  readonly site: string
  /** Its only node has its name: the card is the node. */
  readonly isLone: boolean
  /** Besides the name: fabric, NAT. */
  readonly words: string
  readonly isBehindNat: boolean
  readonly gateways: readonly GraphNode[]
  readonly members: readonly GraphNode[]
  /** Members that are only counted. */
  readonly folded?: { readonly count: number; readonly first: string; readonly last: string }
}

export type GraphNode = {
  readonly name: string
  /** `gateway`, `gateway, slot 2`, `behind NAT`; empty: a member. */
  readonly mark: string
  readonly lines: readonly string[]
  readonly look: 'gateway' | 'member' | 'behind-nat'
}

export type CardSettings = {
  readonly isBehindNat: boolean
  /** Whether each node says all its addresses. */
  readonly inFull: boolean
  /** With more members than this, they are only counted. */
  readonly mostMembers: number
}

export function cardOf(site: TopologySite, { isBehindNat, inFull, mostMembers }: CardSettings): GraphCard {
  const { name, fabric, nodes } = site
  const isLone = loneNode(site) !== undefined
  const gateways = nodes.filter(({ isGateway }) => isGateway)
  const members = nodes.filter(({ isGateway }) => !isGateway)
  const isReachable = gateways.some(({ endpoint }) => endpoint !== undefined)
  const settings = { isLone, inFull, isBehindNat, isReachable, hasSlots: gateways.length > 1 }
  const [first, last] = [members[0]?.name, members.at(-1)?.name]
  const isFolded = members.length > mostMembers && first !== undefined && last !== undefined
  return {
    site: name,
    isLone,
    words: `fabric ${fabric}${isBehindNat ? ', behind NAT' : ''}`,
    isBehindNat,
    gateways: gateways.map((node) => nodeOf(node, settings)),
    members: isFolded ? [] : members.map((node) => nodeOf(node, settings)),
    ...(isFolded && { folded: { count: members.length, first, last } }),
  }
}

type NodeSettings = {
  readonly isLone: boolean
  readonly inFull: boolean
  readonly isBehindNat: boolean
  /** By some gateway. */
  readonly isReachable: boolean
  readonly hasSlots: boolean
}

function nodeOf(node: TopologyNode, settings: NodeSettings): GraphNode {
  const { isLone, inFull, isBehindNat, isReachable, hasSlots } = settings
  const { name, isGateway, slot = 1, endpoint } = node
  const isHidden = isLone && isBehindNat
  // That a whole site is behind NAT stands on its card.
  const saysNat = isHidden || (isGateway && isReachable && endpoint === undefined)
  const gateway = hasSlots || slot > 1 ? `gateway, slot ${slot}` : 'gateway'
  const marks = [...(isGateway && !isLone ? [gateway] : []), ...(saysNat ? ['behind NAT'] : [])]
  return {
    name,
    mark: marks.join(', '),
    lines: inFull ? allLines(node) : [shortLine(node)].filter(Boolean),
    look: isHidden ? 'behind-nat' : isGateway ? 'gateway' : 'member',
  }
}

function allLines({ isGateway, endpoint, lan, privateAddresses, podPrefixes }: TopologyNode): readonly string[] {
  return [
    ...privateAddresses,
    ...(lan === undefined || privateAddresses.includes(lan) ? [] : [`lan ${lan}`]),
    ...podPrefixes,
    ...(isGateway && endpoint !== undefined ? [`at ${endpoint}`] : []),
  ]
}

const shortLine = ({ isGateway, endpoint, lan, privateAddresses: [first = ''] }: TopologyNode): string =>
  isGateway && endpoint !== undefined ? `at ${endpoint}` : (lan ?? first)
