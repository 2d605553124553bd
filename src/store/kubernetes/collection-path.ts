// Where a collection and its objects stand at the API server.
import type { Collection } from './kubernetes-api.ts'

export function collectionPath({ group, version, plural, namespace }: Collection): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  return namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
}

export function objectPath(collection: Collection, name: string, subresource?: 'status'): string {
  const path = `${collectionPath(collection)}/${encodeURIComponent(name)}`
  return subresource === undefined ? path : `${path}/${subresource}`
}

/** With the selectors of the collection. */
export function listPath(
  collection: Collection,
  query: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const { labelSelector, fieldSelector } = collection
  return withQuery(collectionPath(collection), { ...query, labelSelector, fieldSelector })
}

export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const words = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) words.set(name, String(value))
  return words.size === 0 ? path : `${path}?${words}`
}
