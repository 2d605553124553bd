// A place where resources live. Implementations: a folder of files, and the API of a Kubernetes cluster; one suite tries both.
import type { NodeGrant, NodeReport, NodeStatus } from '../model/index.ts'
import type { ReadResult } from './assemble-world.ts'
import type { Issue } from './issue.ts'

export type StoreTrouble = {
  /** A sentence. */
  readonly message: string
  /** Milliseconds since 1970. */
  readonly since: number
}

export type Store = {
  /**
   * Never rejects for what stands in the store: without a World it has issues that say why, but a wrong status or grant is only left out of
   * it. Rejects where the store does not answer. The very same result where nothing changed.
   */
  readonly read: () => Promise<ReadResult>
  /** Calls back soon after a change of what `read` gives; returns how to stop. */
  readonly watch: (onChange: () => void) => () => void
  /** Why `read` gives what it last heard, while changes are not heard. Left out by stores that are asked anew by each `read`. */
  readonly trouble?: () => StoreTrouble | undefined
  /**
   * False where the store says just that already. Rejects where it cannot be written. `report`: left out by stores that nobody looks at for
   * how nodes are.
   */
  readonly writeStatus: (status: NodeStatus, report?: NodeReport) => Promise<boolean>
  /** False where the store says just that already. Rejects where it cannot be written, or a person granted it elsewhere. */
  readonly writeGrant: (grant: NodeGrant) => Promise<boolean>
  /** False where there is none. Rejects where it is not the controller's. */
  readonly removeGrant: (node: string) => Promise<boolean>
  /** The nodes that slots were granted to, also those that are gone. */
  readonly grantedNodes: () => Promise<readonly string[]>
  readonly formatIssue: (issue: Issue) => string
  /** A node that is not in the World yet is known to the store, and waits for what its agent says of itself. */
  readonly takesNewcomers: boolean
  readonly close: () => void
}
