// What the store keeps of an object in the cluster: what plans are made of, as the documents that a folder of files would hold, each less
// what all of its kind begin with. Once such a text was read, only its digest is left, which says whether another is the same.
import { hash } from 'node:crypto'
import { API_VERSION } from '../../model/index.ts'
import type { KubernetesObject } from './kubernetes-api.ts'

export type ObjectKind = 'Network' | 'Site' | 'MeshNode'

export type ObjectRecord = {
  readonly uid: string
  /** As in `2026-11-22T12:08:41Z`: texts of this form are ascending in time. */
  readonly createdAt: string
  /** Digest of the Network, Site or Node; left out: a MeshNode of which nobody knows the addresses yet. */
  readonly document?: string
  /** Digest. */
  readonly status?: string
  /** The text itself: few nodes have one, and who writes grants looks at it. */
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

export type RecordTexts = Readonly<Partial<Record<RecordPart, string>>>

const texts = new WeakMap<ObjectRecord, RecordTexts>()

/** What it was made of; only the first who asks is told. */
export function takeTexts(record: ObjectRecord): RecordTexts {
  const taken = texts.get(record)
  if (taken === undefined) throw new Error('the texts of this record were taken before')
  texts.delete(record)
  return taken
}

export function recordOf(kind: ObjectKind, object: KubernetesObject): ObjectRecord {
  const { uid = '', creationTimestamp: createdAt = '' } = object.metadata
  const parts = textsOf(kind, object)
  const { document, status, grant } = parts
  const record: ObjectRecord = {
    uid,
    createdAt,
    ...(document !== undefined && { document: digestOf(document) }),
    ...(status !== undefined && { status: digestOf(status) }),
    ...(grant !== undefined && { grant }),
  }
  texts.set(record, parts)
  return record
}

/** 16 of the 32 bytes, each a letter: as short as it gets, and still nobody finds two texts of one digest. */
const digestOf = (text: string): string => hash('sha256', text, 'buffer').toString('latin1', 0, 16)

function textsOf(kind: ObjectKind, object: KubernetesObject): RecordTexts {
  const { labels } = object.metadata
  const { spec = {} } = object
  if (kind !== 'MeshNode') return { document: JSON.stringify({ spec }) }
  const { status, granted } = object
  const { site, slot, podPrefixes } = isMap(granted) ? granted : {}
  const own = podPrefixes === undefined ? {} : { granted: { podPrefixes } }
  return {
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
