// Addresses that a node had and has no more: of its pods, and the one by which it speaks itself.
import { containsPrefix, formatAddress, formatPrefix, type NodeState, type World } from '../../model/index.ts'

export type MovedAddress = {
  readonly kind: 'pod-prefix' | 'gateway-address'
  readonly node: string
  readonly before: string
  /** What it has instead; empty: nothing. */
  readonly after: readonly string[]
  /** Who has the prefix now, or one around it. */
  readonly nowOf?: string
}

/** Of nodes that stay; whole nodes that go are told elsewhere. */
export function findMovedAddresses(
  old: { readonly world: World; readonly states: ReadonlyMap<string, NodeState> },
  next: { readonly world: World; readonly states: ReadonlyMap<string, NodeState> },
): readonly MovedAddress[] {
  return [...next.world.nodes.values()].flatMap((node) => {
    const { name } = node
    const before = old.world.nodes.get(name)
    if (before === undefined || before === node) return []
    return [
      ...podPrefixes(before, node, next.world),
      ...gatewayAddresses(name, old.states.get(name), next.states.get(name)),
    ]
  })
}

type NodeOfWorld = World['nodes'] extends ReadonlyMap<string, infer Node> ? Node : never

function podPrefixes(before: NodeOfWorld, node: NodeOfWorld, { nodes }: World): readonly MovedAddress[] {
  const gone = before.podPrefixes.filter((prefix) => !node.podPrefixes.some((own) => containsPrefix(own, prefix)))
  return gone.map((prefix) => {
    const owner = [...nodes.values()].find(({ podPrefixes: all }) => all.some((own) => containsPrefix(own, prefix)))
    return {
      kind: 'pod-prefix',
      node: node.name,
      before: formatPrefix(prefix),
      after: node.podPrefixes.filter(({ family }) => family === prefix.family).map(formatPrefix),
      ...(owner && { nowOf: owner.name }),
    }
  })
}

function gatewayAddresses(
  node: string,
  before: NodeState | undefined,
  after: NodeState | undefined,
): readonly MovedAddress[] {
  return ([4, 6] as const).flatMap((family) => {
    const [old, next] = [before?.gatewayAddresses[family], after?.gatewayAddresses[family]]
    if (old === undefined || (next !== undefined && formatAddress(old) === formatAddress(next))) return []
    return [
      {
        kind: 'gateway-address' as const,
        node,
        before: formatAddress(old),
        after: next === undefined ? [] : [formatAddress(next)],
      },
    ]
  })
}
