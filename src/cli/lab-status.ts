// How labs that are up stand: as text, and as the JSON of `damask lab status` and `damask lab up`.
import type { LabRecord, Readiness } from '../lab/index.ts'

type LabStatus = {
  readonly lab: string
  readonly mode: LabRecord['mode']
  /** The folder that its agents follow. */
  readonly world: string
  readonly nodes: readonly Readiness[]
}

export async function readLabStatuses(records: readonly LabRecord[]): Promise<readonly LabStatus[]> {
  const { nameOf, readReadiness, worldFolder } = await import('../lab/index.ts')
  return Promise.all(
    records.map(async (record) => ({
      lab: nameOf(record),
      mode: record.mode,
      world: worldFolder(record),
      nodes: await readReadiness(record),
    })),
  )
}

export const labStatusJson = (labs: readonly LabStatus[]): string => JSON.stringify(labs, undefined, 2)

export function labStatusText({ lab, mode, nodes }: LabStatus): string {
  const late = nodes.filter(({ isReady }) => !isReady)
  return [
    `${lab} (${mode}): ${nodes.length - late.length} of ${nodes.length} nodes ready`,
    ...late.map(({ node, reason }) => `  ${node}: ${reason}`),
  ].join('\n')
}
