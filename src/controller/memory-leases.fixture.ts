// The Leases of an API server, in memory: versions as it keeps them, and tests say when it does not answer.
import type { KubernetesObject } from '../store/index.ts'

export function createMemoryLeases() {
  let object: KubernetesObject | undefined
  let version = 0
  function put(given: KubernetesObject): KubernetesObject {
    object = { ...given, metadata: { ...given.metadata, resourceVersion: String(++version) } }
    return object
  }
  const conflict = (reason: string) => Object.assign(new Error(reason), { status: 409, reason })
  const leases = {
    async get() {
      return object
    },
    async create(_: unknown, given: KubernetesObject) {
      if (object !== undefined) throw conflict('AlreadyExists')
      return put(given)
    },
    async replace(_: unknown, given: KubernetesObject) {
      if (given.metadata.resourceVersion !== object?.metadata.resourceVersion) throw conflict('Conflict')
      return put(given)
    },
  }
  return {
    leases,
    object: () => object,
    spec: () => (object?.spec ?? {}) as Readonly<Record<string, unknown>>,
    /** As seen by one who is cut off when `is` says so: requests fail, or are never answered. */
    through(is: () => 'fine' | 'refused' | 'silent', reconnect = (): void => {}) {
      const pass =
        <Words extends readonly unknown[], Answer>(ask: (...words: Words) => Promise<Answer>) =>
        (...words: Words): Promise<Answer> => {
          if (is() === 'refused') return Promise.reject(new Error('connect ECONNREFUSED'))
          return is() === 'silent' ? new Promise(() => {}) : ask(...words)
        }
      return { get: pass(leases.get), create: pass(leases.create), replace: pass(leases.replace), reconnect }
    },
  }
}
