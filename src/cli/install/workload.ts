// What all pods of Damask have in common: they start where there is no network yet.
import type { KubernetesObject } from '../../store/index.ts'
import { type HostFolder, mountsOf, volumesOf } from './host-folder.ts'
import type { InstallSettings } from './install-settings.ts'
import { NAMESPACE, nameLabel, PART_OF } from './namespace.ts'

export type Workload = {
  readonly name: string
  /** Why each of its capabilities is there, for who audits the pods. */
  readonly why?: string
  readonly capabilities: readonly string[]
  /** Words for `damask`. */
  readonly words: readonly string[]
  readonly environment?: readonly object[]
  readonly folders: readonly HostFolder[]
  readonly resources: { readonly requests: object; readonly limits?: object }
  readonly container?: object
  /** More of the pod, and what it has another way. */
  readonly pod: object
}

/** Fields of a pod's template. */
export function podTemplate(workload: Workload, settings: InstallSettings) {
  const { name, why, folders, pod } = workload
  return {
    metadata: {
      labels: { ...PART_OF, ...nameLabel(name) },
      ...(why !== undefined && { annotations: { 'damask.dev/capabilities': why } }),
    },
    spec: {
      hostNetwork: true,
      // Not the cluster's DNS: it may be on the far side of the network that is still to be made.
      dnsPolicy: 'Default',
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      // A node is NotReady until it has a network, and keeps one while it is drained.
      tolerations: [{ operator: 'Exists' }],
      terminationGracePeriodSeconds: 5,
      ...(settings.pullSecrets.length > 0 && {
        imagePullSecrets: settings.pullSecrets.map((secret) => ({ name: secret })),
      }),
      ...pod,
      containers: [containerOf(workload, settings)],
      ...(folders.length > 0 && { volumes: volumesOf(folders) }),
    },
  }
}

export function containerOf(
  { words, environment, folders, resources, capabilities, container }: Workload,
  { image, imagePullPolicy }: Pick<InstallSettings, 'image' | 'imagePullPolicy'>,
) {
  return {
    name: words[0],
    image,
    imagePullPolicy,
    args: words,
    ...(environment && { env: environment }),
    securityContext: securityOf(capabilities),
    resources,
    ...container,
    ...(folders.length > 0 && { volumeMounts: mountsOf(folders) }),
  }
}

/** No container is privileged: it has what is named, and nothing else. */
const securityOf = (capabilities: readonly string[]) => ({
  privileged: false,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'], ...(capabilities.length > 0 && { add: capabilities }) },
  seccompProfile: { type: 'RuntimeDefault' },
  // Where SELinux is enforced: folders of the host are no container's. Others do not look at it.
  ...(capabilities.length > 0 && { seLinuxOptions: { type: 'spc_t', level: 's0' } }),
})

export const daemonSet = (name: string, template: object, updateStrategy: object): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name, namespace: NAMESPACE, labels: { ...PART_OF, ...nameLabel(name) } },
  spec: { selector: { matchLabels: nameLabel(name) }, updateStrategy, template },
})
