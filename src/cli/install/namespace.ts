// The namespace of what runs in the cluster, and the labels of all that is Damask's there.
import type { KubernetesObject } from '../../store/index.ts'

export const NAMESPACE = 'damask-system'

export const PART_OF = { 'app.kubernetes.io/part-of': 'damask' } as const

/** Of a workload, its pods and the selector between them. */
export const nameLabel = (name: string) => ({ 'app.kubernetes.io/name': name })

export const namespace: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: NAMESPACE,
    labels: {
      ...PART_OF,
      // Agents have the network of the host, folders of the host, and capabilities.
      'pod-security.kubernetes.io/enforce': 'privileged',
      'pod-security.kubernetes.io/audit': 'privileged',
      'pod-security.kubernetes.io/warn': 'privileged',
    },
  },
}
