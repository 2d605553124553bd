// What the caches of the three collections hold, as a World: only what changed is read again.
import type { ReadResult } from '../assemble-world.ts'
import { type Assembled, assembleCluster } from './assemble-cluster.ts'
import { type ClusterObject, readObject } from './cluster-object.ts'
import type { CollectionCache } from './collection-cache.ts'
import type { ObjectKind, ObjectRecord } from './object-record.ts'

/** The very same result where nothing changed. */
export function createCacheReader(
  caches: Readonly<Record<ObjectKind, Pick<CollectionCache<ObjectRecord>, 'values'>>>,
): () => ReadResult {
  const objects: Record<ObjectKind, Map<string, ClusterObject>> = {
    Network: new Map(),
    Site: new Map(),
    MeshNode: new Map(),
  }
  let assembled: Assembled | undefined

  /** Whether anything changed. */
  function refresh(kind: ObjectKind): boolean {
    const records = caches[kind].values() ?? new Map<string, never>()
    const known = objects[kind]
    let hasChanged = false
    for (const [name, record] of records) {
      const before = known.get(name)
      if (before?.record === record) continue
      known.set(name, readObject(kind, name, record, before))
      hasChanged = true
    }
    if (known.size === records.size) return hasChanged
    for (const name of known.keys()) if (!records.has(name)) known.delete(name)
    return true
  }

  return () => {
    const changes = [refresh('Network'), refresh('Site'), refresh('MeshNode')]
    if (assembled === undefined || changes.includes(true)) assembled = assembleCluster(objects, assembled)
    return assembled.result
  }
}
