// What a check after the installation puts into its namespace: pods that answer, a service before them, pods that ask.
import type { KubernetesObject } from '../../store/index.ts'
import { nameLabel, PART_OF } from '../install/namespace.ts'
import { NAMESPACE } from './check-namespace.ts'
import { type CheckImage, checkPod } from './check-pod.ts'
import { REPORT_FILE } from './packed-report.ts'
import type { ProbePlan } from './probe-plan.ts'
import { PROBE_PORT } from './probe-port.ts'

export const ANSWER = 'damask-check-answer'
export const ASK = 'damask-check-ask'
const PLAN = 'plan'

const PORTS = (['TCP', 'UDP'] as const).map((protocol) => ({ name: protocol.toLowerCase(), protocol }))

export const answeringPod = (node: string, index: number, image: CheckImage): KubernetesObject =>
  checkPod({
    ...{ purpose: ANSWER, node, index, image },
    words: ['check', 'serve-probes', `--node=${node}`, `--port=${PROBE_PORT}`],
    container: {
      ports: PORTS.map((port) => ({
        ...port,
        containerPort: PROBE_PORT,
        ...(port.protocol === 'TCP' && { hostPort: PROBE_PORT }),
      })),
    },
  })

export const service: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: ANSWER, namespace: NAMESPACE, labels: PART_OF },
  spec: {
    type: 'NodePort',
    ipFamilyPolicy: 'PreferDualStack',
    selector: nameLabel(ANSWER),
    ports: PORTS.map((port) => ({ ...port, port: PROBE_PORT, targetPort: PROBE_PORT })),
  },
}

export const planObject = (plan: ProbePlan): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: PLAN, namespace: NAMESPACE, labels: PART_OF },
  data: { 'plan.json': JSON.stringify(plan) },
})

/** `kube-root-ca.crt` is put into every namespace by kube-controller-manager, and may be late. */
export const askingPod = (node: string, index: number, image: CheckImage): KubernetesObject =>
  checkPod({
    ...{ purpose: ASK, node, index, image },
    words: [
      'check',
      'send-probes',
      `--node=${node}`,
      '--plan=/check/plan.json',
      '--authority=/check/ca.crt',
      `--report=${REPORT_FILE}`,
    ],
    mounts: [{ name: PLAN, mountPath: '/check', readOnly: true }],
    volumes: [
      {
        name: PLAN,
        projected: {
          sources: [
            { configMap: { name: PLAN } },
            { configMap: { name: 'kube-root-ca.crt', optional: true, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          ],
        },
      },
    ],
  })
