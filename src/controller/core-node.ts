// A Node of Kubernetes itself, as far as the mesh asks for it.
import type { Collection, KubernetesObject } from '../store/index.ts'
import { fieldsOf, listIn, textIn, textsOf } from './object-fields.ts'

export const CORE_NODES: Collection = { group: '', version: 'v1', plural: 'nodes' }

export type CoreNode = {
  readonly name: string
  readonly uid: string
  readonly labels: Readonly<Record<string, string>>
  /** Those that name the mesh, or Kilo. */
  readonly annotations: Readonly<Record<string, string>>
  readonly podPrefixes: readonly string[]
  readonly addresses: readonly CoreAddress[]
  /** RFC 3339 */
  readonly createdAt: string
  /** It is being deleted, and something still holds it. */
  readonly isGoing: boolean
}

/** `type` is `InternalIP`, `ExternalIP`, or one that is of no use here. */
export type CoreAddress = { readonly type: string; readonly address: string }

const ANNOTATION_GROUPS = ['damask.dev/', 'kilo.squat.ai/']

/** Equal for two states of a Node that make no difference, whatever else its kubelet says. */
export function projectCoreNode({ metadata, spec, status }: KubernetesObject): CoreNode {
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    labels: metadata.labels ?? {},
    annotations: Object.fromEntries(
      Object.entries(metadata.annotations ?? {}).filter(([name]) =>
        ANNOTATION_GROUPS.some((group) => name.startsWith(group)),
      ),
    ),
    podPrefixes: textsOf(fieldsOf(spec).podCIDRs),
    addresses: listIn(status, 'addresses').flatMap((entry) => {
      const [type, address] = [textIn(entry, 'type'), textIn(entry, 'address')]
      return (type === 'InternalIP' || type === 'ExternalIP') && address !== undefined ? [{ type, address }] : []
    }),
    createdAt: metadata.creationTimestamp ?? '',
    isGoing: metadata.deletionTimestamp !== undefined,
  }
}
