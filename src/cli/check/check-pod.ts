// The pods of a check. Each is put onto its node by name: what is full, cordoned or not ready yet has one too.
import type { KubernetesObject } from '../../store/index.ts'
import { type HostFolder, mountsOf, volumesOf } from '../install/host-folder.ts'
import { nameLabel, PART_OF } from '../install/namespace.ts'
import { NAMESPACE } from './check-namespace.ts'

export type CheckImage = {
  readonly image: string
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never'
  /** Names of Secrets, which are copied from the namespace of Damask. */
  readonly pullSecrets: readonly string[]
}

export type CheckPod = {
  /** `damask-check-look` */
  readonly purpose: string
  readonly node: string
  /** Its place among the nodes: names of nodes may be too long for those of pods. */
  readonly index: number
  readonly words: readonly string[]
  readonly image: CheckImage
  readonly capabilities?: readonly string[]
  readonly folders?: readonly HostFolder[]
  readonly container?: object
  readonly mounts?: readonly object[]
  readonly volumes?: readonly object[]
  readonly pod?: object
}

export function checkPod(wanted: CheckPod): KubernetesObject {
  const { purpose, node, index, words, capabilities = [], folders = [], mounts = [], volumes = [] } = wanted
  const { pullSecrets, ...image } = wanted.image
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${purpose}-${index}`, namespace: NAMESPACE, labels: { ...PART_OF, ...nameLabel(purpose) } },
    spec: {
      nodeName: node,
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      tolerations: [{ operator: 'Exists' }],
      terminationGracePeriodSeconds: 0,
      ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
      ...wanted.pod,
      containers: [
        {
          name: 'check',
          ...image,
          args: words,
          securityContext: {
            privileged: false,
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'], ...(capabilities.length > 0 && { add: capabilities }) },
            seccompProfile: { type: 'RuntimeDefault' },
            // Where SELinux is enforced: folders of the host are no container's.
            ...(folders.length > 0 && { seLinuxOptions: { type: 'spc_t', level: 's0' } }),
          },
          resources: { requests: { cpu: '10m', memory: '48Mi' } },
          ...wanted.container,
          volumeMounts: [...mountsOf(folders).map((mount) => ({ ...mount, readOnly: true })), ...mounts],
        },
      ],
      volumes: [...volumesOf(folders), ...volumes],
    },
  }
}
