// The Network of a cluster: what was asked for, checked as agents will check it.
import { API_VERSION, overlaps, type Prefix, parsePrefix, readResource } from '../../model/index.ts'
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

/** Agents would refuse it too, but only once it is in the cluster. */
function refuseOverlap({ podPrefixes = [], servicePrefixes = [] }: NetworkSpec): void {
  for (const pods of podPrefixes)
    for (const services of servicePrefixes)
      if (meet(parsePrefix(pods), parsePrefix(services)))
        throw new Error(`the Network cannot be so: the range ${pods} of pods meets the range ${services} of services`)
}

const meet = (one: Prefix, other: Prefix): boolean => one.family === other.family && overlaps(one, other)

export const NETWORK_NAME = 'default'

/** Throws, in sentences, where the network cannot be so. */
export function networkObject(spec: NetworkSpec): KubernetesObject {
  const document = { apiVersion: API_VERSION, kind: 'Network', metadata: { name: NETWORK_NAME }, spec }
  const read = readResource(document)
  if (read.kind === 'broken')
    throw new Error(`the Network cannot be so: ${read.problems.map(({ message }) => message).join('; ')}`)
  refuseOverlap(spec)
  const { kind, encapsulate } = spec.fabric ?? {}
  if (encapsulate !== undefined && (kind === 'direct' || kind === 'none'))
    throw new Error(
      `the Network cannot be so: spec.fabric.encapsulate is of no use with the kind ${kind}; say --fabric vxlan, ipip or wireguard too`,
    )
  return { ...document, metadata: { ...document.metadata, labels: PART_OF } }
}
