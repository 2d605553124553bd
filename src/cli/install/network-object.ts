// The Network of a cluster: what was asked for, checked as agents will check it.
import { API_VERSION, readResource } from '../../model/index.ts'
import type { KubernetesObject } from '../../store/index.ts'
import { PART_OF } from './namespace.ts'

/** As in a file, with what was not said left out. */
export type NetworkSpec = {
  readonly podPrefixes?: readonly string[]
  readonly servicePrefixes?: readonly string[]
  readonly sites?: { readonly by: 'field' | 'label' | 'node'; readonly label?: string }
  readonly fabric?: { readonly kind?: string; readonly encapsulate?: string }
  readonly mtu?: number | 'auto'
  readonly gatewaysPerSite?: number
  readonly joinPrivateAddresses?: boolean
  readonly [field: string]: unknown
}

export const NETWORK_NAME = 'default'

/** Throws, in sentences, where the network cannot be so. */
export function networkObject(spec: NetworkSpec): KubernetesObject {
  const document = { apiVersion: API_VERSION, kind: 'Network', metadata: { name: NETWORK_NAME }, spec }
  const read = readResource(document)
  if (read.kind === 'broken')
    throw new Error(`the Network cannot be so: ${read.problems.map(({ message }) => message).join('; ')}`)
  return { ...document, metadata: { ...document.metadata, labels: PART_OF } }
}
