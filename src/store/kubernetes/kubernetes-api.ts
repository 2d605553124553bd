// What is asked of the API server of a Kubernetes cluster: objects by collection, as JSON.

/** `/apis/GROUP/VERSION[/namespaces/NAMESPACE]/PLURAL`; the core group is ''. */
export type Collection = {
  readonly group: string
  readonly version: string
  readonly plural: string
  /** Left out: a collection of the cluster, or (for reading) of all namespaces. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export type ObjectMetadata = {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
}

export type OwnerReference = {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
}

export type KubernetesObject = {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ObjectMetadata
  readonly [field: string]: unknown
}

/** An answer that is no success: `status` is that of HTTP, `reason` the API's word (`NotFound`, `Forbidden`, `Conflict`, `Expired`). */
export type ApiFailure = Error & { readonly status: number; readonly reason: string }

export type ApplyOptions = {
  readonly fieldManager: string
  /** Take fields over that others manage; otherwise a 409. */
  readonly force?: boolean
  readonly subresource?: 'status'
  /** Nothing is kept: the answer is what would be. */
  readonly isDryRun?: boolean
}

/**
 * Everything rejects with an ApiFailure where the server refuses, and with an Error that names the server where it does not answer in time.
 * Credentials are read again when they rotate.
 */
export type KubernetesApi = {
  /** As in `https://203.0.113.10:6443`. */
  readonly server: string
  /** Undefined: there is none. */
  readonly get: (collection: Collection, name: string) => Promise<KubernetesObject | undefined>
  /** All, in pages. */
  readonly list: (collection: Collection) => Promise<readonly KubernetesObject[]>
  readonly create: (collection: Collection, object: KubernetesObject) => Promise<KubernetesObject>
  /** PUT: 409 where `metadata.resourceVersion` is not the newest. */
  readonly replace: (
    collection: Collection,
    object: KubernetesObject,
    subresource?: 'status',
  ) => Promise<KubernetesObject>
  /** Server-side apply. */
  readonly apply: (collection: Collection, object: KubernetesObject, options: ApplyOptions) => Promise<KubernetesObject>
  /** JSON merge patch (RFC 7386). */
  readonly mergePatch: (
    collection: Collection,
    name: string,
    patch: object,
    subresource?: 'status',
  ) => Promise<KubernetesObject>
  /** False: there was none. */
  readonly remove: (collection: Collection, name: string, options?: RemoveOptions) => Promise<boolean>
  /** Any path of the server, as in `/version` or `/api/v1/namespaces/x/pods/y/log`: the body as it is. */
  readonly getText: (path: string) => Promise<string>
  /**
   * One page of a list, or the events of a watch as they come, for `watchCollection`. `signal` ends the stream; it resolves at its end and rejects
   * where it breaks.
   */
  readonly page: (
    collection: Collection,
    options: { readonly limit: number; readonly continue?: string },
  ) => Promise<ObjectPage>
  readonly events: (collection: Collection, options: EventOptions) => Promise<void>
  /** For whom the server left waiting: nothing says that a connection is dead. Streams reject; all else is asked over new ones. */
  readonly reconnect: () => void
  readonly close: () => void
}

export type RemoveOptions = {
  /** Only this one, and no other of its name. */
  readonly uid?: string
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan'
}

export type ObjectPage = {
  readonly items: readonly KubernetesObject[]
  readonly resourceVersion: string
  /** Of the next page; left out: this was the last. */
  readonly continue?: string
}

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubernetesObject }
  | { readonly type: 'BOOKMARK'; readonly object: KubernetesObject }

export type EventOptions = {
  readonly resourceVersion: string
  /** The server ends the stream after that. */
  readonly timeoutSeconds: number
  /** Called once the server has granted it: from now on it tells what changes, be it nothing for hours. */
  readonly onOpen?: () => void
  readonly onEvent: (event: WatchEvent) => void
  readonly signal: AbortSignal
}
