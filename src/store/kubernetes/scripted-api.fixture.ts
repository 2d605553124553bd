// An API server that does what a test says, at hours and in ways that a real one cannot be brought to.
import { apiFailure } from './api-failure.ts'
import type { EventOptions, KubernetesApi, KubernetesObject, ObjectPage, WatchEvent } from './kubernetes-api.ts'

export type ScriptedApi = Pick<KubernetesApi, 'page' | 'events' | 'server'> & {
  /** What it holds; the next list has it. */
  objects: KubernetesObject[]
  version: number
  /** While it is set, every request fails with it. */
  failure: Error | undefined
  /** While it is set, the pages after the first fail with it. */
  pageFailure: Error | undefined
  pageSize: number
  readonly requests: string[]
  /** Of the stream that is open. */
  readonly stream: () => Stream | undefined
}

export type Stream = {
  readonly options: EventOptions
  readonly send: (type: WatchEvent['type'], object: KubernetesObject) => void
  readonly end: () => void
  readonly fail: (cause: Error) => void
}

export const EXPIRED = apiFailure(410, 'Expired', 'too old resource version')
export const REFUSED = new Error('connect ECONNREFUSED 127.0.0.1:6443')

export const object = (name: string, version: number, spec: object = {}): KubernetesObject => ({
  metadata: { name, resourceVersion: String(version) },
  spec,
})

export function createScriptedApi(): ScriptedApi {
  let stream: Stream | undefined
  const api: ScriptedApi = {
    server: 'https://server',
    objects: [],
    version: 100,
    failure: undefined,
    pageFailure: undefined,
    pageSize: 500,
    requests: [],
    stream: () => stream,
    async page(_, { limit, continue: from }): Promise<ObjectPage> {
      api.requests.push(from === undefined ? `list ${limit}` : `list ${limit} from ${from}`)
      if (api.failure !== undefined) throw api.failure
      if (from !== undefined && api.pageFailure !== undefined) throw api.pageFailure
      const start = Number(from ?? 0)
      const end = start + Math.min(limit, api.pageSize)
      return {
        items: api.objects.slice(start, end),
        resourceVersion: String(api.version),
        ...(end < api.objects.length && { continue: String(end) }),
      }
    },
    events(_, options) {
      api.requests.push(`watch ${options.resourceVersion}`)
      if (api.failure !== undefined) return Promise.reject(api.failure)
      return new Promise((resolve, reject) => {
        const opened: Stream = {
          options,
          send: (type, sent) => options.onEvent({ type, object: sent } as WatchEvent),
          end: () => {
            stream = undefined
            resolve()
          },
          fail: (cause) => {
            stream = undefined
            reject(cause)
          },
        }
        stream = opened
        options.signal.addEventListener('abort', opened.end)
        options.onOpen?.()
      })
    },
  }
  return api
}
