// Nodes that stand for each other on both sides: each two of a group fare alike before, and alike after, and what changes of their own
// addresses is alike.
import { formatAddress, type NodeState } from '../../model/index.ts'
import { type MatchedEnd, matchEnds, outsideEnds } from './ends.ts'
import type { ProvedSide } from './proved-side.ts'
import { byNode } from './side.ts'

export type MatchedNode = {
  readonly node: string
  /** Numbers of its machine in the proofs; one is missing where the node goes or comes. */
  readonly old?: number
  readonly next?: number
  /** In the same order as those of all others of its group. */
  readonly ends: readonly MatchedEnd[]
}

/** Nodes that may change places with each other alone, on both sides: they stand to any other node in one way. */
export type Cell = { readonly name: string; readonly nodes: readonly MatchedNode[] }

export type NodeGroup = {
  /** All nodes, as if they were one cell. */
  readonly whole: Cell
  readonly cells: readonly Cell[]
  /** Whether it is asked about. */
  readonly isMeant: boolean
}

/** `meant`: the only node that is asked about, a group by itself. */
export function groupNodes(old: ProvedSide, next: ProvedSide, meant: string | undefined): readonly NodeGroup[] {
  const ownOld = ownAddressesOf(old)
  const ownNext = ownAddressesOf(next)
  const names = [...new Set([...next.proof.names, ...old.proof.names])]
  const keyed = names.map((node) => {
    const [was, is] = [old.machineOf.get(node), next.machineOf.get(node)]
    const ends = matchEnds(node, old, next)
    const matched: MatchedNode = {
      node,
      ...(was !== undefined && { old: was }),
      ...(is !== undefined && { next: is }),
      ends,
    }
    const kinds = [was === undefined ? '' : old.kindOf[was], is === undefined ? '' : next.kindOf[is], node === meant]
    const classes = [was === undefined ? '' : old.classOf[was], is === undefined ? '' : next.classOf[is]]
    return { matched, group: [...kinds, ...ends.map(rolesOf), moves(ownOld(node), ownNext(node))].join(' '), classes }
  })
  return [...Map.groupBy(keyed, ({ group }) => group).values()].map((members) => {
    const cells = [...Map.groupBy(members, ({ classes }) => classes.join(' ')).values()]
    return {
      whole: cellOf(members.map(({ matched }) => matched)),
      cells: cells.map((same) => cellOf(same.map(({ matched }) => matched))),
      isMeant: meant === undefined || members.some(({ matched }) => matched.node === meant),
    }
  })
}

/** What is nobody's, on both sides: a group that nobody sends from. */
export function outsideGroup(old: ProvedSide, next: ProvedSide): NodeGroup {
  const whole = cellOf([{ node: '', ends: outsideEnds(old, next) }])
  return { whole, cells: [whole], isMeant: false }
}

/** One name for one set: of two that overlap, one is a part of the other. */
const cellOf = (nodes: readonly MatchedNode[]): Cell => {
  const first = nodes[0]?.node ?? ''
  return { name: nodes.length === 1 ? first : `${first}+${nodes.length - 1}`, nodes }
}

const rolesOf = ({ kind, family, old, next }: MatchedEnd): string =>
  [kind, family, old?.source?.role, old?.target.role, next?.source?.role, next?.target.role].join('/')

/** Which of the addresses by which it may be known is which afterwards. */
function moves(before: readonly string[], after: readonly string[]): string {
  if (before.length === after.length && before.every((one, nth) => one === after[nth])) return 'stays'
  return `${before.map((one) => after.indexOf(one))} of ${after.length}`
}

function ownAddressesOf({ side: { states, underlay } }: ProvedSide): (node: string) => readonly string[] {
  const stateOf = byNode(states)
  const inPart = new Map<NodeState['parts'][number], readonly string[]>()
  const addressesIn = (part: NodeState['parts'][number]): readonly string[] => {
    const known = inPart.get(part)
    if (known !== undefined) return known
    const found = part.flatMap((entry) => (entry.kind === 'address' ? [formatAddress(entry.address)] : []))
    inPart.set(part, found)
    return found
  }
  return (node) => {
    const state = stateOf.get(node)
    const { 4: v4, 6: v6 } = state?.gatewayAddresses ?? {}
    const gateways = [v4, v6].map((address) => (address === undefined ? '' : formatAddress(address)))
    const links = underlay.hosts.get(node)?.addresses.map(({ address }) => formatAddress(address)) ?? []
    return [...gateways, ...links, ...(state?.parts.flatMap(addressesIn) ?? [])]
  }
}
