// What roles cannot say: that an agent writes of its own node only. Its token names the pod that it was made for, and that pod's node
// (Kubernetes 1.30 puts that into every token that a kubelet asks for).
import { API_VERSION } from '../../model/index.ts'
import type { KubernetesObject } from '../../store/index.ts'
import { AGENT_ACCOUNT } from './access.ts'
import { NAMESPACE, PART_OF } from './namespace.ts'

const NAME = 'damask-agent'
const [GROUP = ''] = API_VERSION.split('/')
const NODE_OF_TOKEN = "request.userInfo.extra['authentication.kubernetes.io/node-name']"
const METADATA = { name: NAME, labels: PART_OF }

/** GA since 1.30; nothing takes its place before that. */
export const ADMISSION_POLICY_SINCE = { major: 1, minor: 30 } as const

export const admissionPolicy: readonly KubernetesObject[] = [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: METADATA,
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [{ apiGroups: [GROUP], apiVersions: ['*'], resources: ['*/*'], operations: ['*'] }],
      },
      matchConditions: [
        {
          name: 'an-agent',
          expression: `request.userInfo.username == 'system:serviceaccount:${NAMESPACE}:${AGENT_ACCOUNT}'`,
        },
      ],
      validations: [
        {
          expression:
            "request.operation == 'UPDATE' && request.resource.resource == 'meshnodes' && request.subResource == 'status'",
          message: 'an agent writes nothing but the status of the MeshNode of its node',
          reason: 'Forbidden',
        },
        {
          expression: `has(request.userInfo.extra) && 'authentication.kubernetes.io/node-name' in request.userInfo.extra && ${NODE_OF_TOKEN}[0] == request.name`,
          messageExpression: `"an agent writes the status of its own node: the token is not one of node " + request.name`,
          reason: 'Forbidden',
        },
      ],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: METADATA,
    spec: { policyName: NAME, validationActions: ['Deny'] },
  },
]
