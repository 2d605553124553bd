// A whole collection, of which no more is kept than what is wanted of each object: 5,000 Nodes as they are would be 100 MB.
import { type Collection, isApiFailure, type KubernetesApi, type KubernetesObject } from '../store/index.ts'

/** Objects. */
const PAGE = 500
/** A list that takes longer than etcd keeps old revisions (5 minutes) is begun anew so often. */
const MOST_BEGINNINGS = 3

export async function listOf<Value>(
  api: Pick<KubernetesApi, 'page'>,
  collection: Collection,
  project: (object: KubernetesObject) => Value,
): Promise<readonly Value[]> {
  for (let beginnings = 1; ; beginnings++) {
    try {
      return await pagesOf(api, collection, project)
    } catch (cause) {
      if (!isApiFailure(cause) || cause.status !== 410 || beginnings >= MOST_BEGINNINGS) throw cause
    }
  }
}

async function pagesOf<Value>(
  api: Pick<KubernetesApi, 'page'>,
  collection: Collection,
  project: (object: KubernetesObject) => Value,
): Promise<readonly Value[]> {
  const values: Value[] = []
  let next: string | undefined
  do {
    const page = await api.page(collection, { limit: PAGE, ...(next !== undefined && { continue: next }) })
    for (const object of page.items) values.push(project(object))
    next = page.continue
  } while (next !== undefined)
  return values
}
