// A World as the objects of a cluster, each part as the one writes it who does so there: the controller spec and slots, the agent its status.
import {
  API_VERSION,
  formatAddress,
  formatPrefix,
  type Network,
  type Node,
  type PublicKey,
  type World,
} from '../src/model/index.ts'
import type { ApplyOptions, Collection, KubernetesObject } from '../src/store/index.ts'
import { statusBody } from '../src/store/kubernetes/mesh-node-status.ts'

export type Write = {
  readonly collection: Collection
  readonly object: KubernetesObject
  readonly options: ApplyOptions
}

const damask = (plural: string): Collection => ({ group: 'damask.dev', version: 'v1alpha1', plural })
export const [NETWORKS, SITES, MESH_NODES] = [damask('networks'), damask('sites'), damask('meshnodes')]

const object = (kind: string, name: string, body: object): KubernetesObject => ({
  apiVersion: API_VERSION,
  kind,
  metadata: { name },
  ...body,
})

export const networkWrite = ({ name, podPrefixes, servicePrefixes, fabric }: Network): Write => ({
  collection: NETWORKS,
  object: object('Network', name, {
    spec: {
      podPrefixes: podPrefixes.map(formatPrefix),
      servicePrefixes: servicePrefixes.map(formatPrefix),
      sites: { by: 'field' },
      fabric: { kind: fabric.kind },
    },
  }),
  options: { fieldManager: 'damask-install' },
})

export const siteWrite = (name: string, spec: object): Write => ({
  collection: SITES,
  object: object('Site', name, { spec }),
  options: { fieldManager: 'damask-install' },
})

/** `endpointPort`: another than the node's own. */
export function nodeWrite(node: Node, endpointPort?: number): Write {
  const { name, site, privateAddresses, endpoint, podPrefixes } = node
  const host = endpoint === undefined || typeof endpoint.host === 'string' ? '' : formatAddress(endpoint.host)
  const spec = {
    site,
    privateAddresses: privateAddresses.map(({ address, length }) => `${formatAddress(address)}/${length}`),
    endpoint: { host, port: endpointPort ?? endpoint?.port },
    podPrefixes: podPrefixes.map(formatPrefix),
  }
  const metadata = { name, labels: { 'app.kubernetes.io/managed-by': 'damask' } }
  return {
    collection: MESH_NODES,
    object: { ...object('MeshNode', name, { spec }), metadata },
    options: { fieldManager: 'damask-nodes', force: true },
  }
}

export type Said = {
  readonly publicKey?: PublicKey
  /** Milliseconds since 1970. */
  readonly lastHandshakeAt?: number
}

/** All that an agent says of a node that is well. */
export function statusWrite({ statuses, nodes }: World, name: string, said: Said = {}): Write {
  const status = statuses.get(name)
  const node = nodes.get(name)
  if (status === undefined || node === undefined) throw new Error(`the world has no node ${name}`)
  const { publicKey = status.publicKey, lastHandshakeAt = Date.now() } = said
  const body = statusBody(
    { ...status, ...(publicKey && { publicKey }), addresses: node.privateAddresses },
    {
      ...(node.site !== undefined && { site: node.site }),
      role: 'member',
      endpoint: '203.0.113.100:51820',
      isReady: true,
      pods: 30,
      version: '0.3.0',
      lastHandshakeAt,
    },
  )
  return {
    collection: MESH_NODES,
    object: object('MeshNode', name, { status: body }),
    options: { fieldManager: 'damask-agent', force: true, subresource: 'status' },
  }
}
