// A real API server for a benchmark, with the kinds of Damask, and a hand that writes many objects.
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { customResources } from '../src/cli/install/custom-resources.ts'
import { MNT_DETACH, mount, unmount } from '../src/linux/index.ts'
import { type Collection, type KubernetesApi, openKubernetesApi } from '../src/store/index.ts'
import { type ApiServer, startApiServer } from '../test/api-server.ts'
import type { Bench } from './benchmark.ts'
import { MESH_NODES, NETWORKS, SITES, type Write } from './mesh-node-objects.ts'

export type MeshNodesServer = Pick<ApiServer, 'url'> & {
  readonly port: number
  readonly api: KubernetesApi
  readonly write: (write: Write) => Promise<void>
  /** Side by side, as the nodes of a cluster do; what is in one list one after the other. */
  readonly writeAll: (lists: readonly (readonly Write[])[]) => Promise<void>
}

/** As many as our own client has connections. */
const AT_ONCE = 8
const DEFINITIONS: Collection = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' }
const SILENT = { debug() {}, info() {}, warn() {} }
const CLOCK = {
  now: () => Date.now(),
  after(milliseconds: number, run: () => void) {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  },
}

/** `programs`: the folder with etcd and kube-apiserver. */
export async function startMeshNodesServer({ defer }: Bench, programs: string): Promise<MeshNodesServer> {
  const server = await startApiServer({ programs })
  defer(server.close)
  defer(mountServiceAccount(server))
  const api = await openKubernetesApi({ kubeconfig: server.kubeconfig, clock: CLOCK, log: SILENT })
  defer(api.close)
  for (const definition of customResources) await api.create(DEFINITIONS, definition)
  for (const collection of [NETWORKS, SITES, MESH_NODES]) {
    while (!(await api.list(collection).catch(() => undefined))) await sleep(100)
  }
  const write = async ({ collection, object, options }: Write): Promise<void> => {
    await api.apply(collection, object, options)
  }
  return {
    url: server.url,
    port: Number(new URL(server.url).port),
    api,
    write,
    async writeAll(lists) {
      const left = lists.values()
      const some = async (): Promise<void> => {
        for (const list of left) for (const one of list) await write(one)
      }
      await Promise.all(Array.from({ length: AT_ONCE }, some))
    },
  }
}

/** Where the kubelet puts it into a pod: agents of clusters read nothing else, and no kubeconfig. In a mount namespace of our own. */
const SECRETS = '/var/run/secrets'

/** Returns how to take it away. */
function mountServiceAccount({ certificate, tokens }: ApiServer): () => void {
  const isNew = !existsSync(SECRETS)
  mkdirSync(SECRETS, { recursive: true })
  mount('tmpfs', SECRETS, 'tmpfs', 0)
  const folder = join(SECRETS, 'kubernetes.io/serviceaccount')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'token'), tokens.admin ?? '')
  writeFileSync(join(folder, 'ca.crt'), certificate)
  return () => {
    unmount(SECRETS, MNT_DETACH)
    if (isNew) rmdirSync(SECRETS)
  }
}
