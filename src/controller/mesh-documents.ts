// The Network and its Sites, as objects of a cluster.
import { API_VERSION, type Network, type Resource, readResource } from '../model/index.ts'
import type { KubernetesObject } from '../store/index.ts'

export type NetworkDocument =
  | { readonly kind: 'network'; readonly network: Network }
  /** A sentence for each thing that is wrong. */
  | { readonly kind: 'broken'; readonly problems: readonly string[] }

export function projectNetwork(object: KubernetesObject): NetworkDocument {
  const read = readObject('Network', object)
  if (read.kind === 'broken') return { kind: 'broken', problems: read.problems.map(({ message }) => message) }
  const { resource } = read
  return resource.kind === 'Network'
    ? { kind: 'network', network: resource.value }
    : { kind: 'broken', problems: [`it is of the kind ${resource.kind}`] }
}

/** One that is broken is left out. */
export function projectSite(object: KubernetesObject): Resource | undefined {
  const read = readObject('Site', object)
  return read.kind === 'resource' ? read.resource : undefined
}

/** Of the metadata that an API server adds nothing but the name is the document's. */
const readObject = (kind: 'Network' | 'Site', { metadata: { name }, spec }: KubernetesObject) =>
  readResource({ apiVersion: API_VERSION, kind, metadata: { name }, spec: spec ?? {} })
