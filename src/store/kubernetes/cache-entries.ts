// What is known of a collection, by name; tells of a change only where what is kept of an object changed.
import type { KubernetesObject, ObjectPage } from './kubernetes-api.ts'

export type CacheEntries<Value> = {
  readonly values: ReadonlyMap<string, Value>
  readonly isListed: () => boolean
  readonly put: (object: KubernetesObject) => void
  readonly remove: (object: KubernetesObject) => void
  /** A list: what was known stays until its end, and what is not in it goes then. */
  readonly begin: () => { readonly take: (page: ObjectPage) => void; readonly end: () => void }
}

export type CacheEntriesOptions<Value> = {
  readonly project: (object: KubernetesObject) => Value | undefined
  readonly onChange: () => void
  readonly log: Record<'warn', (fields: object, message: string) => void>
}

export function createCacheEntries<Value>({ project, onChange, log }: CacheEntriesOptions<Value>): CacheEntries<Value> {
  const values = new Map<string, Value>()
  let isListed = false

  function set(name: string, value: Value): void {
    const known = values.get(name)
    if (known !== undefined && isSame(known, value)) return
    values.set(name, value)
    onChange()
  }

  function remove(name: string): void {
    if (values.delete(name)) onChange()
  }

  function put(object: KubernetesObject): void {
    const name = nameOf(object)
    const value = projected(object, name)
    if (value === undefined) remove(name)
    else set(name, value)
  }

  /** What cannot be taken in stays as it was, and keeps nothing else from being heard. */
  function projected(object: KubernetesObject, name: string): Value | undefined {
    try {
      return project(object)
    } catch (cause) {
      log.warn({ name, cause: String(cause) }, `what ${name} became cannot be taken in; it stays as it was`)
      return values.get(name)
    }
  }

  return {
    values,
    isListed: () => isListed,
    put,
    remove: (object) => remove(nameOf(object)),
    begin() {
      const fresh = new Map<string, Value>()
      return {
        take({ items }) {
          for (const object of items) {
            const name = nameOf(object)
            const value = projected(object, name)
            if (value !== undefined) fresh.set(name, value)
          }
        },
        end() {
          if (!isListed) onChange()
          isListed = true
          for (const name of values.keys()) if (!fresh.has(name)) remove(name)
          for (const [name, value] of fresh) set(name, value)
        },
      }
    },
  }
}

const nameOf = ({ metadata: { namespace, name } }: KubernetesObject): string =>
  namespace === undefined ? name : `${namespace}/${name}`

const isSame = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)
