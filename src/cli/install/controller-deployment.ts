// Two controllers, of which one works.
import type { KubernetesObject } from '../../store/index.ts'
import { CONTROLLER_ACCOUNT } from './access.ts'
import type { InstallSettings } from './install-settings.ts'
import { NAMESPACE, nameLabel, PART_OF } from './namespace.ts'
import { podTemplate } from './workload.ts'

export const CONTROLLER = 'damask-controller'

/** Any but root's. */
const USER = 65532

export function controllerDeployment(settings: InstallSettings): KubernetesObject {
  const { apiServer } = settings
  const template = podTemplate(
    {
      name: CONTROLLER,
      capabilities: [],
      words: ['controller', '--kubernetes', ...(apiServer === undefined ? [] : [`--api-server=${apiServer}`])],
      folders: [],
      resources: { requests: { cpu: '20m', memory: '80Mi' }, limits: { memory: '512Mi' } },
      container: { terminationMessagePolicy: 'FallbackToLogsOnError' },
      pod: {
        serviceAccountName: CONTROLLER_ACCOUNT,
        // Without it no node gets its MeshNode, and so no network.
        priorityClassName: 'system-cluster-critical',
        securityContext: { runAsNonRoot: true, runAsUser: USER, runAsGroup: USER },
        // The first that fits counts: off a node that is lost it goes elsewhere, and everything else it bears.
        tolerations: [LOST_NODE, { operator: 'Exists' }],
        affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [APART] } },
      },
    },
    settings,
  )
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: CONTROLLER, namespace: NAMESPACE, labels: { ...PART_OF, ...nameLabel(CONTROLLER) } },
    spec: {
      replicas: 2,
      selector: { matchLabels: nameLabel(CONTROLLER) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } },
      template,
    },
  }
}

const LOST_NODE = {
  key: 'node.kubernetes.io/unreachable',
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 60,
}

const APART = {
  weight: 100,
  podAffinityTerm: {
    topologyKey: 'kubernetes.io/hostname',
    labelSelector: { matchLabels: nameLabel(CONTROLLER) },
  },
}
