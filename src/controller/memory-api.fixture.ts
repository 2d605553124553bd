// The API of a cluster in memory, as far as the controller asks it: versions and uids as a server gives them, a watch that a test can hold
// back, and refusals.
import type { Collection, KubernetesApi, KubernetesObject, WatchEvent } from '../store/index.ts'

type Listener = { readonly plural: string; readonly tell: (event: WatchEvent) => void }

export function createMemoryApi() {
  const objects = new Map<string, KubernetesObject>()
  const listeners = new Set<Listener>()
  const held: (() => void)[] = []
  const state = {
    /** Watches, or that of one collection, tell nothing until `release`. */
    isHeld: false as boolean | string,
    /** Before each write. */
    onWrite: async (_verb: string, _name: string): Promise<void> => {},
    writes: [] as string[],
  }
  let version = 0
  const keyOf = ({ plural }: Collection, name: string): string => `${plural}/${name}`
  const failure = (status: number, reason: string) => Object.assign(new Error(reason), { status, reason })

  const history: { readonly plural: string; readonly event: WatchEvent; readonly at: number }[] = []

  function tell(plural: string, event: WatchEvent): void {
    history.push({ plural, event, at: version })
    const telling = (): void => {
      for (const listener of listeners) if (listener.plural === plural) listener.tell(event)
    }
    if (state.isHeld === true || state.isHeld === plural) held.push(telling)
    else telling()
  }
  function put(collection: Collection, object: KubernetesObject): KubernetesObject {
    const key = keyOf(collection, object.metadata.name)
    const before = objects.get(key)
    const resourceVersion = String(++version)
    const creationTimestamp =
      before?.metadata.creationTimestamp ?? `2026-11-22T10:00:${String(version).padStart(6, '0')}`
    const uid = before?.metadata.uid ?? `uid-${version}`
    const now = { ...object, metadata: { creationTimestamp, ...object.metadata, uid, resourceVersion } }
    objects.set(key, now)
    tell(collection.plural, { type: before ? 'MODIFIED' : 'ADDED', object: now })
    return now
  }
  async function write<Answer>(
    verb: string,
    { plural }: Collection,
    name: string,
    make: () => Answer,
  ): Promise<Answer> {
    await state.onWrite(verb, `${plural}/${name}`)
    state.writes.push(`${verb} ${plural}/${name}`)
    return make()
  }
  const api: KubernetesApi = {
    server: 'https://memory',
    get: async (collection, name) => objects.get(keyOf(collection, name)),
    list: async ({ plural }) => listOf(plural),
    create: (collection, object) =>
      write('create', collection, object.metadata.name, () => {
        if (objects.has(keyOf(collection, object.metadata.name))) throw failure(409, 'AlreadyExists')
        return put(collection, object)
      }),
    /** All of it is one manager's but the status. */
    apply: (collection, object) =>
      write('apply', collection, object.metadata.name, () => {
        const before = objects.get(keyOf(collection, object.metadata.name))
        const { uid } = object.metadata
        if (uid !== undefined && before?.metadata.uid !== uid) throw failure(409, 'Conflict')
        return put(collection, { ...object, ...(before?.status !== undefined && { status: before.status }) })
      }),
    remove: (collection, name, { uid } = {}) =>
      write('remove', collection, name, () => {
        const before = objects.get(keyOf(collection, name))
        if (before === undefined) return false
        if (uid !== undefined && before.metadata.uid !== uid) throw failure(409, 'Conflict')
        objects.delete(keyOf(collection, name))
        version++
        tell(collection.plural, { type: 'DELETED', object: before })
        return true
      }),
    async mergePatch() {
      throw failure(405, 'MethodNotAllowed')
    },
    async replace() {
      throw failure(405, 'MethodNotAllowed')
    },
    getText: async () => '',
    page: async ({ plural }) => ({ items: listOf(plural), resourceVersion: String(version) }),
    events: ({ plural }, { resourceVersion, onEvent, signal }) =>
      new Promise((resolve) => {
        for (const { plural: of, event, at } of history)
          if (of === plural && at > Number(resourceVersion) && state.isHeld !== plural) onEvent(event)
        const listener = { plural, tell: onEvent }
        listeners.add(listener)
        signal.addEventListener('abort', () => {
          listeners.delete(listener)
          resolve()
        })
      }),
    reconnect() {},
    close() {},
  }
  const listOf = (plural: string): readonly KubernetesObject[] =>
    [...objects].filter(([key]) => key.startsWith(`${plural}/`)).map(([, object]) => object)
  return {
    api,
    state,
    put: (plural: string, object: KubernetesObject) => put({ group: '', version: '', plural }, object),
    get: (key: string): KubernetesObject | undefined => objects.get(key),
    delete: (plural: string, name: string) => api.remove({ group: '', version: '', plural }, name),
    /** What was held back is told. */
    release(): void {
      state.isHeld = false
      for (const telling of held.splice(0)) telling()
    },
  }
}
