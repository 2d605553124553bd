// What is to be written so that the MeshNodes are those that are wanted.
import type { CoreNode } from './core-node.ts'
import type { MeshNode } from './mesh-node.ts'
import type { WantedMeshNode } from './mesh-plan.ts'

export type MeshNodeChange =
  | { readonly kind: 'create'; readonly name: string; readonly wanted: WantedMeshNode }
  | { readonly kind: 'write'; readonly name: string; readonly wanted: WantedMeshNode; readonly before: MeshNode }
  /** The Node that it stood for is gone, or another has its name. */
  | { readonly kind: 'remove'; readonly name: string; readonly before: MeshNode }

/** Removals first: where another Node has the name now, its MeshNode follows once the old one is gone. */
export function meshNodeChanges(
  wanted: ReadonlyMap<string, WantedMeshNode>,
  coreNodes: ReadonlyMap<string, CoreNode>,
  meshNodes: ReadonlyMap<string, MeshNode>,
): readonly MeshNodeChange[] {
  const removals = [...meshNodes.values()]
    .filter(({ name, isManaged, isGoing, nodeUid }) => isManaged && !isGoing && coreNodes.get(name)?.uid !== nodeUid)
    .map((before): MeshNodeChange => ({ kind: 'remove', name: before.name, before }))
  const writes = [...wanted].flatMap(([name, one]): MeshNodeChange[] => {
    const before = meshNodes.get(name)
    if (before === undefined) return [{ kind: 'create', name, wanted: one }]
    return isWritten(one, before) ? [] : [{ kind: 'write', name, wanted: one, before }]
  })
  return [...removals, ...writes]
}

const isWritten = (wanted: WantedMeshNode, before: MeshNode): boolean => writtenText(wanted) === writtenText(before)

/** What the controller writes of a MeshNode; the same whatever the order of fields. */
export const writtenText = ({
  labels,
  spec,
  grantedPodPrefixes,
}: Pick<MeshNode, 'labels' | 'spec' | 'grantedPodPrefixes'>) =>
  JSON.stringify([labels, spec, grantedPodPrefixes], (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
