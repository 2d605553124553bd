// Looks at a cluster as often as it is asked to: at its objects as they are, and at what the store makes of them, which agents go by.
import { type KubernetesApi, openKubernetesStore, type ReadResult } from '../store/index.ts'
import { type ClusterFacts, readClusterFacts } from './cluster-facts.ts'
import { type ClusterStatus, describeCluster, type ObjectIssue } from './cluster-status.ts'
import type { Machine } from './commands.ts'

export type LookClock = Machine['clock']

export type ClusterLook = {
  /** Rejects where MeshNodes cannot be read. */
  readonly look: () => Promise<ClusterStatus>
  readonly close: () => void
}

export function openClusterLook(api: KubernetesApi, clock: LookClock): ClusterLook {
  const silent = (): void => {}
  const log = { debug: silent, info: silent, warn: silent }
  let store: ReturnType<typeof openKubernetesStore> | undefined
  return {
    async look() {
      // First, as it says what cannot be read, and why.
      const facts = await readClusterFacts(api)
      store ??= openKubernetesStore({ api, clock, log })
      const issues = await store.read().then(
        (result) => issuesOf(result, facts),
        (cause): readonly ObjectIssue[] => [
          { severity: 'warning', message: cause instanceof Error ? cause.message : String(cause) },
        ],
      )
      return describeCluster(facts, clock.now(), issues)
    },
    close: () => store?.close(),
  }
}

function issuesOf({ world, issues }: ReadResult, { meshNodes, network }: ClusterFacts): readonly ObjectIssue[] {
  const takingPart = new Set(meshNodes.flatMap(({ name, takesPart }) => (takesPart ? [name] : [])))
  return issues
    .filter(({ file }) => network !== undefined || file !== 'Network/default')
    .map((issue): ObjectIssue => {
      const { file, message, severity } = issue
      const node = /^MeshNode\/(.*)$/.exec(file)?.[1]
      if (node === undefined)
        return { severity: severity === 'warning' ? 'warning' : 'error', message: `${file}: ${message}` }
      // Agents do not see it, whatever its own says.
      const isLeftOut = world !== undefined && takingPart.has(node) && !world.nodes.has(node)
      return { severity: isLeftOut ? 'error' : 'warning', message, node }
    })
}
