// Store: where resources live. A folder of YAML files, or the API of a Kubernetes cluster: read to a World, with the place of everything
// that is wrong, and watched for changes.
// Never: deciding what the World means (planner), touching a kernel, writing a file that a person wrote.
export type { ReadResult } from './assemble-world.ts'
export { type DirectoryStoreSettings, openDirectoryStore } from './directory-store.ts'
export { type FindPlace, readWorldWithPlaces } from './field-places.ts'
export { formatIssue, type Issue } from './issue.ts'
export { isApiFailure } from './kubernetes/api-failure.ts'
export type { CollectionCache, CollectionWatch } from './kubernetes/collection-cache.ts'
export { spreadOf } from './kubernetes/growing-pause.ts'
export type * from './kubernetes/kubernetes-api.ts'
export { type KubernetesStoreOptions, openKubernetesStore } from './kubernetes/kubernetes-store.ts'
export { loadedKubeconfig } from './kubernetes/loaded-kubeconfig.ts'
export { type KubernetesApiOptions, openKubernetesApi } from './kubernetes/open-kubernetes-api.ts'
export { watchCollection } from './kubernetes/watch-collection.ts'
export type { Store } from './store.ts'
export { readWorld } from './store-reader.ts'
