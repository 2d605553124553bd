// Who is to have pod prefixes granted, and what nobody may be granted.
import { hostPrefix, type Prefix, tryAddress, tryPrefix } from '../model/index.ts'
import type { ClusterView } from './cluster-view.ts'
import type { CoreNode } from './core-node.ts'
import type { NodeFacts } from './node-facts.ts'
import { textsOf } from './object-fields.ts'
import type { GrantHolder } from './pod-prefix-grants.ts'

/** `ours`: the oldest first. */
export function grantHolders(
  ours: readonly CoreNode[],
  facts: ReadonlyMap<string, NodeFacts>,
  view: ClusterView,
): readonly GrantHolder[] {
  const wanting = new Set(
    ours
      .filter((node) => facts.get(node.name)?.spec.podPrefixes === undefined && isGrantable(node, view))
      .map(({ name }) => name),
  )
  const holders = ours.filter(({ name }) => wanting.has(name)).map(({ name }) => holderOf(name, true, view))
  // What goes or is not ours keeps what it has, before everybody.
  const rest = [...view.meshNodes.values()].filter(({ name }) => !wanting.has(name))
  return [...rest.map(({ name }) => holderOf(name, false, view)), ...holders]
}

/** Who has a grant keeps it. */
const isGrantable = (node: CoreNode, view: ClusterView): boolean =>
  (view.meshNodes.get(node.name)?.grantedPodPrefixes.length ?? 0) > 0 || view.mayBeGranted(node)

const holderOf = (name: string, isWanting: boolean, { meshNodes }: ClusterView): GrantHolder => ({
  name,
  has: prefixesOf(meshNodes.get(name)?.grantedPodPrefixes ?? []),
  isWanting,
})

const prefixesOf = (texts: readonly string[]): readonly Prefix[] => texts.flatMap((text) => tryPrefix(text) ?? [])

/** What the cluster or a person gave, and the addresses of machines. Not their subnets: how long those are only agents say. */
export const reservedPrefixes = ({ coreNodes, meshNodes }: ClusterView): readonly Prefix[] => [
  ...[...coreNodes.values()].flatMap(({ podPrefixes, addresses }) => [
    ...prefixesOf(podPrefixes),
    ...addresses.flatMap(({ address }) => hostsOf(address)),
  ]),
  ...[...meshNodes.values()].flatMap(({ spec }) => [
    ...prefixesOf(textsOf(spec.podPrefixes)),
    ...textsOf(spec.privateAddresses).flatMap((text) => hostsOf(text.split('/')[0] ?? '')),
  ]),
]

function hostsOf(text: string): readonly Prefix[] {
  const address = tryAddress(text)
  return address === undefined ? [] : [hostPrefix(address)]
}
