// A Lease of coordination.k8s.io/v1: who holds it, and for how long nobody else may.
import type { Collection, KubernetesObject } from '../store/index.ts'
import { fieldsOf, textIn } from './object-fields.ts'

export const LEASES: Collection = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' }

export type LeaseRecord = {
  /** Left out: nobody. */
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  /** RFC 3339 with microseconds. */
  readonly acquireTime?: string
  readonly renewTime?: string
  readonly leaseTransitions?: number
}

export type Lease = { readonly record: LeaseRecord; readonly resourceVersion: string | undefined }

export function projectLease({ metadata, spec }: KubernetesObject): Lease {
  const { leaseDurationSeconds, leaseTransitions } = fieldsOf(spec)
  const holderIdentity = textIn(spec, 'holderIdentity')
  const acquireTime = textIn(spec, 'acquireTime')
  const renewTime = textIn(spec, 'renewTime')
  return {
    resourceVersion: metadata.resourceVersion,
    record: {
      ...(holderIdentity && { holderIdentity }),
      ...(typeof leaseDurationSeconds === 'number' && { leaseDurationSeconds }),
      ...(acquireTime && { acquireTime }),
      ...(renewTime && { renewTime }),
      ...(typeof leaseTransitions === 'number' && { leaseTransitions }),
    },
  }
}

/** With a version it replaces just that one. */
export const leaseObject = (
  namespace: string,
  name: string,
  record: LeaseRecord,
  resourceVersion?: string,
): KubernetesObject => ({
  apiVersion: `${LEASES.group}/${LEASES.version}`,
  kind: 'Lease',
  metadata: { name, namespace, ...(resourceVersion && { resourceVersion }) },
  spec: record,
})

/** Another text: its holder lives. */
export const recordText = ({
  holderIdentity,
  leaseDurationSeconds,
  acquireTime,
  renewTime,
  leaseTransitions,
}: LeaseRecord) => JSON.stringify([holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions])
