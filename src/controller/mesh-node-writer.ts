// MeshNodes at the API server: made, written and removed, each under conditions that leave alone what is not the controller's.
import { API_VERSION } from '../model/index.ts'
import type { KubernetesApi, KubernetesObject, OwnerReference } from '../store/index.ts'
import { CORE_NODES } from './core-node.ts'
import { MANAGED_BY, MESH_NODES, type MeshNode, projectMeshNode } from './mesh-node.ts'
import type { MeshNodeChange } from './mesh-node-changes.ts'
import type { WantedMeshNode } from './mesh-plan.ts'
import type { RecentWrites } from './recent-writes.ts'

export const FIELD_MANAGER = 'damask-nodes'

export type MadeChange = {
  /** Left out: nothing to speak of. */
  readonly sentence?: string
  /** As the server has it now. */
  readonly meshNode?: MeshNode
  /** Nothing was done yet: the server knows of a Node that the watch did not bring. */
  readonly isEarly?: boolean
}

/** Rejects where the server refuses. */
export async function makeMeshNodeChange(
  change: MeshNodeChange,
  api: KubernetesApi,
  recent: RecentWrites,
): Promise<MadeChange> {
  const { name } = change
  if (change.kind === 'remove') return removeMeshNode(change.before, api, recent)
  const uid = change.kind === 'write' ? change.before.uid : await createMeshNode(change.wanted, api)
  const options = { fieldManager: FIELD_MANAGER, force: true }
  const answer = await api.apply(MESH_NODES, documentOf(change.wanted, uid), options)
  const meshNode = projectMeshNode(answer)
  recent.wrote(meshNode, answer.metadata.resourceVersion)
  const grant = grantSentence(change)
  const made = change.kind === 'create' ? `made MeshNode ${name}` : undefined
  const sentence = [made, grant].filter((part) => part !== undefined).join('; ')
  return { meshNode, ...(sentence !== '' && { sentence }) }
}

/**
 * By POST, which fails where there is one: applied, a MeshNode that a person wrote in this moment would be taken over. It says no more than
 * whose it is, as its fields would belong to another manager than those that are applied, and could not be taken away.
 */
async function createMeshNode({ node }: WantedMeshNode, api: KubernetesApi): Promise<string> {
  const { metadata } = await api.create(MESH_NODES, {
    apiVersion: API_VERSION,
    kind: 'MeshNode',
    metadata: { name: node.name, labels: MANAGED_BY, ownerReferences: [ownerOf(node)] },
    spec: {},
  })
  return metadata.uid ?? ''
}

/** `uid`: the API server refuses to apply it to another of the name, or to make it anew where somebody deleted it. */
const documentOf = ({ node, labels, spec, grantedPodPrefixes }: WantedMeshNode, uid: string): KubernetesObject => ({
  apiVersion: API_VERSION,
  kind: 'MeshNode',
  metadata: {
    name: node.name,
    uid,
    labels: { ...labels, ...MANAGED_BY },
    ownerReferences: [ownerOf(node)],
  },
  spec,
  ...(grantedPodPrefixes.length > 0 && { granted: { podPrefixes: grantedPodPrefixes } }),
})

/** So that it goes with the Node where no controller of ours runs. */
const ownerOf = ({ name, uid }: WantedMeshNode['node']): OwnerReference => ({
  apiVersion: 'v1',
  kind: 'Node',
  name,
  uid,
})

/** The watch of Nodes may be behind that of MeshNodes, so the server is asked whether the Node is really gone. */
async function removeMeshNode(before: MeshNode, api: KubernetesApi, recent: RecentWrites): Promise<MadeChange> {
  const { name, uid, nodeUid } = before
  const node = await api.get(CORE_NODES, name)
  if (node !== undefined && node.metadata.uid === nodeUid) return { isEarly: true }
  const isRemoved = await api.remove(MESH_NODES, name, { uid })
  recent.removed(before)
  const why = node === undefined ? 'its Node is gone' : 'its Node is gone, and another has the name'
  return isRemoved ? { sentence: `removed MeshNode ${name}: ${why}` } : {}
}

function grantSentence(change: Exclude<MeshNodeChange, { kind: 'remove' }>): string | undefined {
  const { grantedPodPrefixes: now } = change.wanted
  const before = change.kind === 'write' ? change.before.grantedPodPrefixes : []
  if (now.join() === before.join()) return undefined
  if (now.length === 0) return `took ${before.join(', ')} back from node ${change.name}`
  const instead = before.length === 0 ? '' : ` in place of ${before.join(', ')}`
  return `granted ${now.join(', ')} to node ${change.name}${instead}`
}
