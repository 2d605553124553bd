// What a watch of a collection keeps: of each object no more than its `project` makes of it.
import type { StoreTrouble } from '../store.ts'
import type { Collection, KubernetesApi, KubernetesObject } from './kubernetes-api.ts'

export type CollectionCache<Value> = {
  /** By name (`namespace/name` where it has one), as last heard; undefined until the first list came. */
  readonly values: () => ReadonlyMap<string, Value> | undefined
  /** Resolves once there is a first list; rejects where the server refuses or does not answer, which ends nothing: it is tried again. */
  readonly listed: () => Promise<void>
  /** Why it may be behind; undefined while it hears the server. */
  readonly trouble: () => StoreTrouble | undefined
  readonly close: () => void
}

export type CollectionWatch<Value> = {
  readonly api: KubernetesApi
  readonly collection: Collection
  /** Undefined: not wanted. Called once for each event; two objects that it makes equal texts (JSON) of are one to `onChange`. */
  readonly project: (object: KubernetesObject) => Value | undefined
  /** After values changed, once for what came together. */
  readonly onChange: () => void
  readonly clock: { readonly now: () => number; readonly after: (milliseconds: number, run: () => void) => () => void }
  readonly log: Record<'debug' | 'info' | 'warn', (fields: object, message: string) => void>
  /** From 0 to 1, another for each program that watches the same (`spreadOf` its name): they are not to come back all at once. Left out: 0.5. */
  readonly spread?: number
}
