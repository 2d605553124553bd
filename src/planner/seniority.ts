// Who was here first. Where nodes cannot be together, those stay that come first in this order, and the others are to blame.
import type { PlannedNode } from './site.ts'

/** Whether a node was part of the last plan that was good. */
export type IsStanding = (node: string) => boolean

export const nobodyStands: IsStanding = () => false

/**
 * First the nodes that stand, by name. The others by parts: first the part in which more slots were granted, as everybody can
 * read who has no plan yet, then the larger one, then the one of the first name. `partOf` may say anything of nodes that stand.
 */
export function bySeniority(
  nodes: readonly PlannedNode[],
  isStanding: IsStanding,
  partOf: (planned: PlannedNode) => string,
): readonly PlannedNode[] {
  const standing: PlannedNode[] = []
  const parts = new Map<string, { granted: number; readonly nodes: PlannedNode[] }>()
  for (const planned of nodes) {
    if (isStanding(planned.node.name)) {
      standing.push(planned)
      continue
    }
    const name = partOf(planned)
    const part = parts.get(name) ?? { granted: 0, nodes: [] }
    parts.set(name, part)
    if (planned.grantedSlot !== undefined) part.granted++
    part.nodes.push(planned)
  }
  // The sort is stable, and nodes of a site ascend by name.
  const ranked = [...parts.values()].sort((a, b) => b.granted - a.granted || b.nodes.length - a.nodes.length)
  return [...standing, ...ranked.flatMap((part) => part.nodes)]
}

/** The names of those that do not fit with all that were taken before them, ascending. `fits` takes whom it says yes to. */
export const findCulprits = (
  ordered: readonly PlannedNode[],
  fits: (planned: PlannedNode) => boolean,
): readonly string[] => ordered.flatMap((planned) => (fits(planned) ? [] : [planned.node.name])).sort()
