// What the controller wrote and its watch did not bring back yet: until it does, that is what counts. Otherwise a node would be granted
// a second prefix while the first is on its way.
import type { MeshNode } from './mesh-node.ts'

/** A watch that is further behind brings it by a new list. */
const LONGEST_MS = 30_000

export type RecentWrites = {
  /** To be told of every object that the watch brings. */
  readonly heard: (name: string, resourceVersion: string | undefined) => void
  readonly wrote: (meshNode: MeshNode, resourceVersion: string | undefined) => void
  readonly removed: (meshNode: MeshNode) => void
  /** What the watch has, with what it does not know yet. */
  readonly over: (heard: ReadonlyMap<string, MeshNode>) => ReadonlyMap<string, MeshNode>
}

type Recent = {
  readonly meshNode: MeshNode
  readonly version: bigint | undefined
  readonly isGone: boolean
  readonly at: number
}

export function createRecentWrites(now: () => number): RecentWrites {
  const recent = new Map<string, Recent>()
  /** The newest that was heard of each: a watch may be faster than the answer to the write. */
  const versions = new Map<string, bigint>()
  function isKnown(name: string, { meshNode, version, isGone, at }: Recent, heard: MeshNode | undefined): boolean {
    if (now() - at >= LONGEST_MS) return true
    if (isGone) return heard?.uid !== meshNode.uid
    return version === undefined || (versions.get(name) ?? -1n) >= version
  }
  return {
    heard(name, resourceVersion) {
      const version = versionOf(resourceVersion)
      if (version !== undefined) versions.set(name, version)
    },
    wrote(meshNode, resourceVersion) {
      const version = versionOf(resourceVersion)
      recent.set(meshNode.name, { meshNode, version, isGone: false, at: now() })
    },
    removed: (meshNode) => void recent.set(meshNode.name, { meshNode, version: undefined, isGone: true, at: now() }),
    over(heard) {
      const over = new Map(heard)
      for (const [name, one] of recent) {
        if (isKnown(name, one, heard.get(name))) recent.delete(name)
        else if (one.isGone) over.delete(name)
        else over.set(name, one.meshNode)
      }
      return over
    },
  }
}

/** Versions of objects ascend as numbers (Kubernetes says so since 1.35, etcd and kine always did it). */
const versionOf = (text: string | undefined): bigint | undefined =>
  text !== undefined && /^\d+$/.test(text) ? BigInt(text) : undefined
