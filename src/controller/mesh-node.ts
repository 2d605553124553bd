// A MeshNode as the controller sees it: what it wrote itself, and what the agent said of the machine's links.
import { API_VERSION, type PrivateAddress, tryAddress } from '../model/index.ts'
import type { Collection, KubernetesObject } from '../store/index.ts'
import { type Fields, fieldsOf, textsOf } from './object-fields.ts'

const [GROUP = '', VERSION = ''] = API_VERSION.split('/')
const collection = (plural: string): Collection => ({ group: GROUP, version: VERSION, plural })
export const MESH_NODES = collection('meshnodes')
export const NETWORKS = collection('networks')
export const SITES = collection('sites')

/** What says that a MeshNode stands for a Node of Kubernetes. Machines that a person wrote down do not have it. */
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'damask' } as const

/** As the fields of the document; what is left out is not said. */
export type MeshNodeSpec = {
  readonly site?: string
  readonly privateAddresses?: readonly string[]
  readonly endpoint?: { readonly host: string; readonly port: number }
  readonly podPrefixes?: readonly string[]
  readonly offeredPrefixes?: readonly string[]
  readonly gateway?: 'prefer' | 'allow' | 'never'
}

export type MeshNode = {
  readonly name: string
  readonly uid: string
  /** RFC 3339 */
  readonly createdAt: string
  readonly isManaged: boolean
  readonly isGoing: boolean
  /** Of the Node that owns it. */
  readonly nodeUid?: string
  /** All but that of MANAGED_BY. */
  readonly labels: Readonly<Record<string, string>>
  /** Of one that is managed only what the controller writes. */
  readonly spec: Fields
  readonly grantedPodPrefixes: readonly string[]
  /** Undefined: its agent did not say any yet. */
  readonly linkAddresses?: readonly string[]
}

const [[MANAGED_LABEL, MANAGED_VALUE]] = Object.entries(MANAGED_BY) as [[string, string]]

/** What agents report, their keys and sizes, and the slots are left out, so that nothing is looked at again when they change. */
export function projectMeshNode({ metadata, spec, granted, status }: KubernetesObject): MeshNode {
  const { [MANAGED_LABEL]: manager, ...labels } = metadata.labels ?? {}
  const isManaged = manager === MANAGED_VALUE
  const owner = metadata.ownerReferences?.find(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Node')
  const addresses = fieldsOf(status).addresses
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    createdAt: metadata.creationTimestamp ?? '',
    isManaged,
    isGoing: metadata.deletionTimestamp !== undefined,
    ...(owner && { nodeUid: owner.uid }),
    labels,
    spec: isManaged ? writtenSpec(spec) : fieldsOf(spec),
    grantedPodPrefixes: textsOf(fieldsOf(granted).podPrefixes),
    ...(Array.isArray(addresses) && { linkAddresses: textsOf(addresses) }),
  }
}

/** The same fields in the same order as `nodeFacts` gives them, without those that only say the default. */
function writtenSpec(spec: unknown): Fields {
  const { site, privateAddresses, endpoint, podPrefixes, offeredPrefixes, gateway } = fieldsOf(spec)
  const list = (field: string, value: unknown) => (textsOf(value).length > 0 ? { [field]: textsOf(value) } : {})
  const { host, port } = fieldsOf(endpoint)
  return {
    ...(site !== undefined && { site }),
    ...list('privateAddresses', privateAddresses),
    ...(endpoint !== undefined && { endpoint: { host, port } }),
    ...list('podPrefixes', podPrefixes),
    ...list('offeredPrefixes', offeredPrefixes),
    ...(gateway !== undefined && gateway !== 'allow' && { gateway }),
  }
}

/** Of the machine's links; what is no address with a length is no address. */
export const linkAddressesOf = ({
  linkAddresses,
}: Pick<MeshNode, 'linkAddresses'>): readonly PrivateAddress[] | undefined =>
  linkAddresses?.flatMap((text) => {
    const [head = '', digits = ''] = text.split('/')
    const address = tryAddress(head)
    return address !== undefined && /^\d{1,3}$/.test(digits) ? [{ address, length: Number(digits) }] : []
  })
