// What the store keeps of an object in the cluster: what plans are made of, as the documents that a folder of files would hold, each less
// what all of its kind begin with. As text: that takes a third of the memory, and says by itself whether something changed.
import { API_VERSION } from '../../model/index.ts'
import type { KubernetesObject } from './kubernetes-api.ts'

export type ObjectKind = 'Network' | 'Site' | 'MeshNode'

export type ObjectRecord = {
  readonly uid: string
  /** As in `2026-11-22T12:08:41Z`: texts of this form are ascending in time. */
  readonly createdAt: string
  /** Of the Network, Site or Node; left out: a MeshNode of which nobody knows the addresses yet. */
  readonly document?: string
  readonly status?: string
  readonly grant?: string
}

export type RecordPart = 'document' | 'status' | 'grant'

/** The whole document of which a text of a record is the rest. */
export function documentOf(kind: ObjectKind, name: string, part: RecordPart, text: string): object {
  const { labels, ...body } = JSON.parse(text)
  const metadata = { name, ...(labels !== undefined && { labels }) }
  return { apiVersion: API_VERSION, kind: kind === 'MeshNode' ? NODE_KINDS[part] : kind, metadata, ...body }
}

const NODE_KINDS = { document: 'Node', status: 'NodeStatus', grant: 'NodeGrant' } as const

export function recordOf(kind: ObjectKind, object: KubernetesObject): ObjectRecord {
  const { uid = '', creationTimestamp: createdAt = '', labels } = object.metadata
  const { spec = {} } = object
  if (kind !== 'MeshNode') return { uid, createdAt, document: JSON.stringify({ spec }) }
  const { status, granted } = object
  const { site, slot, podPrefixes } = isMap(granted) ? granted : {}
  const own = podPrefixes === undefined ? {} : { granted: { podPrefixes } }
  return {
    uid,
    createdAt,
    ...(hasAddresses(spec) && { document: JSON.stringify({ labels, spec, ...own }) }),
    ...(isMap(status) && { status: JSON.stringify({ status: plannedPart(status) }) }),
    ...((site !== undefined || slot !== undefined) && {
      grant: JSON.stringify({
        granted: { ...(site !== undefined && { site }), ...(slot !== undefined && { slot }) },
      }),
    }),
  }
}

/** Until its agent said them, and the controller wrote them down, it is no node of the network. */
const hasAddresses = (spec: unknown): boolean => {
  const addresses = isMap(spec) ? spec.privateAddresses : undefined
  return addresses !== undefined && !(Array.isArray(addresses) && addresses.length === 0)
}

/** What is for people or the controller, and would have every agent plan anew for nothing. */
const plannedPart = ({ report: _, addresses: __, conditions: ___, ...status }: Record<string, unknown>): object =>
  status

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
