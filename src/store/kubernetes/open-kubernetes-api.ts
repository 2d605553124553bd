// The API server of a cluster: objects in, objects out.

import { type ApiConnection, type ApiRequest, connectApi } from './api-connection.ts'
import { isApiFailure } from './api-failure.ts'
import { collectionPath, listPath, objectPath, withQuery } from './collection-path.ts'
import { type Credentials, noCredentials } from './credentials.ts'
import type {
  Collection,
  EventOptions,
  KubernetesApi,
  KubernetesObject,
  ObjectPage,
  RemoveOptions,
} from './kubernetes-api.ts'
import { listPages } from './list-pages.ts'
import { SERVICE_ACCOUNT_FOLDER, serviceAccountCredentials } from './service-account.ts'
import { readEvents } from './watch-stream.ts'

export type KubernetesApiOptions = {
  /** A path, or several as in the variable KUBECONFIG. */
  readonly kubeconfig?: string | undefined
  /** Of the kubeconfig; left out: its current one. */
  readonly context?: string | undefined
  /** `https://HOST:PORT`, instead of what the kubeconfig says; a pod's own has to be given. Its certificate has to hold this host. */
  readonly server?: string | undefined
  /** With what a pod finds in its files. */
  readonly isInCluster?: boolean
  /** Where that is, if it is elsewhere than the kubelet puts it. */
  readonly serviceAccountFolder?: string
  readonly clock: { readonly now: () => number; readonly after: (milliseconds: number, run: () => void) => () => void }
  readonly log: Record<'debug' | 'info' | 'warn', (fields: object, message: string) => void>
}

/** Rejects where the configuration cannot be used; the server is not asked yet. */
export async function openKubernetesApi(options: KubernetesApiOptions): Promise<KubernetesApi> {
  const { clock, log } = options
  const credentials = await credentialsOf(options)
  // What is wrong with it is said at once.
  await credentials.read()
  const connection = connectApi({ credentials, clock, log })
  return {
    ...objectsOf(connection),
    ...collectionsOf(connection, clock),
    server: connection.server,
    reconnect: connection.reconnect,
    close: connection.close,
  }
}

async function credentialsOf(options: KubernetesApiOptions): Promise<Credentials> {
  const { kubeconfig, context, server, isInCluster, serviceAccountFolder = SERVICE_ACCOUNT_FOLDER } = options
  const given = server?.replace(/\/$/, '')
  if (given !== undefined && !/^https?:\/\/[^/]/.test(given))
    throw new Error(`the address of the API server is "${given}"; expected https://HOST:PORT`)
  if (kubeconfig !== undefined) {
    const { kubeconfigCredentials } = await import('./kubeconfig.ts')
    return kubeconfigCredentials({ kubeconfig, context, server: given })
  }
  if (given === undefined)
    throw new Error(
      isInCluster
        ? 'the address of the API server is not known; in a pod, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT hold it'
        : 'there is neither a kubeconfig nor the address of an API server',
    )
  return isInCluster ? serviceAccountCredentials(given, serviceAccountFolder) : noCredentials(given)
}

type Objects = Pick<KubernetesApi, 'get' | 'create' | 'replace' | 'apply' | 'mergePatch' | 'remove' | 'getText'>

function objectsOf(connection: ApiConnection): Objects {
  const send = async (request: ApiRequest): Promise<KubernetesObject> => parse(connection, request)
  return {
    get: (collection, name) => orNothing(send({ method: 'GET', path: objectPath(collection, name) })),
    create(collection, object) {
      const path = collectionPath(placed(collection, object))
      return send({ method: 'POST', path, body: object })
    },
    replace(collection, object, subresource) {
      const path = objectPath(placed(collection, object), object.metadata.name, subresource)
      return send({ method: 'PUT', path, body: object })
    },
    apply(collection, object, { fieldManager, force, subresource, isDryRun }) {
      const path = objectPath(placed(collection, object), object.metadata.name, subresource)
      const query = { fieldManager, force, dryRun: isDryRun ? 'All' : undefined }
      // JSON is YAML.
      const contentType = 'application/apply-patch+yaml'
      return send({ method: 'PATCH', path: withQuery(path, query), body: object, contentType })
    },
    mergePatch(collection, name, patch, subresource) {
      const path = objectPath(collection, name, subresource)
      return send({ method: 'PATCH', path, body: patch, contentType: 'application/merge-patch+json' })
    },
    async remove(collection, name, options = {}) {
      const request = { method: 'DELETE', path: objectPath(collection, name), body: removal(options) } as const
      return (await orNothing(send(request))) !== undefined
    },
    getText: (path) => connection.text({ method: 'GET', path }),
  }
}

type Collections = Pick<KubernetesApi, 'list' | 'page' | 'events'>

function collectionsOf(connection: ApiConnection, clock: KubernetesApiOptions['clock']): Collections {
  async function page(collection: Collection, { limit, continue: from }: { limit: number; continue?: string }) {
    const path = listPath(collection, { limit, continue: from })
    return toPage(await parse<ListAnswer>(connection, { method: 'GET', path }))
  }

  async function events(
    collection: Collection,
    { resourceVersion, timeoutSeconds, onOpen, onEvent, signal }: EventOptions,
  ): Promise<void> {
    const query = { watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds }
    const path = listPath(collection, query)
    const name = `GET ${collectionPath(collection)} of ${connection.server}`
    try {
      const answer = await connection.stream({ method: 'GET', path }, signal)
      onOpen?.()
      await readEvents({ answer, name, timeoutSeconds, onEvent, clock })
    } catch (cause) {
      if (!signal.aborted) throw cause
    }
  }

  return { page, events, list: (collection) => listPages((options) => page(collection, options)) }
}

type ListAnswer = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string }
  readonly items?: readonly KubernetesObject[] | null
}

/** The objects of a list of the core APIs do not say what they are. */
function toPage({ apiVersion, kind, metadata, items }: ListAnswer): ObjectPage {
  const own = { apiVersion, kind: kind.replace(/List$/, '') }
  return {
    items: (items ?? []).map((item) => (item.kind === undefined ? { ...own, ...item } : item)),
    resourceVersion: metadata.resourceVersion ?? '',
    ...(metadata.continue !== undefined && metadata.continue !== '' && { continue: metadata.continue }),
  }
}

async function parse<Answer = KubernetesObject>(connection: ApiConnection, request: ApiRequest): Promise<Answer> {
  const text = await connection.text(request)
  try {
    return JSON.parse(text)
  } catch (cause) {
    const said = text.slice(0, 100)
    throw new Error(
      `the answer of ${connection.server} to ${request.method} ${request.path} is not JSON, so that this is hardly an API server: ${said}`,
      { cause },
    )
  }
}

/** A path that the server does not know at all is no object that is missing. */
async function orNothing<Value>(asking: Promise<Value>): Promise<Value | undefined> {
  try {
    return await asking
  } catch (cause) {
    if (isApiFailure(cause) && cause.status === 404 && cause.reason === 'NotFound') return undefined
    throw cause
  }
}

const placed = (collection: Collection, { metadata: { namespace } }: KubernetesObject): Collection =>
  collection.namespace !== undefined || namespace === undefined ? collection : { ...collection, namespace }

const removal = ({ uid, propagation }: RemoveOptions): object => ({
  apiVersion: 'v1',
  kind: 'DeleteOptions',
  ...(uid !== undefined && { preconditions: { uid } }),
  ...(propagation !== undefined && { propagationPolicy: propagation }),
})
