// The kinds of Damask in an API server that has nothing else, for tests of the store: definitions that take any field.
import type { Collection, KubernetesApi, KubernetesObject } from '../../src/store/index.ts'
import type { StoreDocument } from '../../src/store/store.conformance.ts'

export const CLOCK = {
  now: () => Date.now(),
  after(milliseconds: number, run: () => void) {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  },
}

export const LOG = { debug() {}, info() {}, warn() {} }

const damask = (plural: string): Collection => ({ group: 'damask.dev', version: 'v1alpha1', plural })
const COLLECTIONS = { Network: damask('networks'), Site: damask('sites'), Node: damask('meshnodes') }
const DEFINITIONS: Collection = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' }

export const collectionOf = (kind: StoreDocument['kind']): Collection => COLLECTIONS[kind]

export const toObject = ({ kind, name, spec }: StoreDocument): KubernetesObject => ({
  apiVersion: 'damask.dev/v1alpha1',
  kind: kind === 'Node' ? 'MeshNode' : kind,
  metadata: { name },
  spec,
})

export async function createDefinitions(api: KubernetesApi): Promise<void> {
  for (const [plural, kind] of [
    ['networks', 'Network'],
    ['sites', 'Site'],
    ['meshnodes', 'MeshNode'],
  ] as const) {
    await api.create(DEFINITIONS, definitionOf(plural, kind))
  }
  for (const collection of Object.values(COLLECTIONS)) await isServed(api, collection)
}

function definitionOf(plural: string, kind: string): KubernetesObject {
  const any = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.damask.dev` },
    spec: {
      group: 'damask.dev',
      scope: 'Cluster',
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { ...any, properties: { spec: any, granted: any, status: any } } },
        },
      ],
    },
  }
}

/** A definition is served a moment after it was made. */
async function isServed(api: KubernetesApi, collection: Collection): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await api.list(collection)
      return
    } catch (cause) {
      if (tries > 200) throw cause
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

export async function emptyCluster(api: KubernetesApi): Promise<void> {
  for (const collection of Object.values(COLLECTIONS)) {
    for (const { metadata } of await api.list(collection)) await api.remove(collection, metadata.name)
  }
}

/** So many times faster than the day. */
export const fastClock = (times: number): typeof CLOCK => ({
  now: () => Date.now() * times,
  after: (milliseconds, run) => CLOCK.after(milliseconds / times, run),
})
