// Who may do what in the cluster's API. An agent is on every node, so its token is the one that is stolen: it reads what it plans with, and
// writes how its node is; that it writes of no other node the admission policy sees to.
import { API_VERSION } from '../../model/index.ts'
import type { KubernetesObject } from '../../store/index.ts'
import { NAMESPACE, PART_OF } from './namespace.ts'

export const AGENT_ACCOUNT = 'damask-agent'
export const CONTROLLER_ACCOUNT = 'damask-controller'

/** The two controllers agree by it which of them works. */
export const LEASE = 'damask-controller'

type Rule = {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

const [GROUP = ''] = API_VERSION.split('/')
const READ = ['get', 'list', 'watch']

const AGENT_RULES: readonly Rule[] = [
  { apiGroups: [GROUP], resources: ['networks', 'sites', 'meshnodes'], verbs: READ },
  { apiGroups: [GROUP], resources: ['meshnodes/status'], verbs: ['update', 'patch'] },
]

const CONTROLLER_RULES: readonly Rule[] = [
  { apiGroups: [''], resources: ['nodes'], verbs: READ },
  { apiGroups: [GROUP], resources: ['networks', 'sites'], verbs: READ },
  { apiGroups: [GROUP], resources: ['meshnodes'], verbs: [...READ, 'create', 'update', 'patch', 'delete'] },
  // Of a Node they stand in the namespace `default`.
  { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
]

const LEASE_RULES: readonly Rule[] = [
  // A name cannot be asked for where there is none yet.
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    resourceNames: [LEASE],
    verbs: ['get', 'update', 'patch'],
  },
]

export const access: readonly KubernetesObject[] = [
  account(AGENT_ACCOUNT),
  account(CONTROLLER_ACCOUNT),
  ...granted({ kind: 'ClusterRole', name: 'damask-agent', rules: AGENT_RULES, account: AGENT_ACCOUNT }),
  ...granted({ kind: 'ClusterRole', name: 'damask-controller', rules: CONTROLLER_RULES, account: CONTROLLER_ACCOUNT }),
  ...granted({ kind: 'Role', name: 'damask-controller', rules: LEASE_RULES, account: CONTROLLER_ACCOUNT }),
]

function account(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: NAMESPACE, labels: PART_OF } }
}

function granted({
  kind,
  name,
  rules,
  account: subject,
}: {
  readonly kind: 'Role' | 'ClusterRole'
  readonly name: string
  readonly rules: readonly Rule[]
  readonly account: string
}): readonly KubernetesObject[] {
  const metadata = { name, labels: PART_OF, ...(kind === 'Role' && { namespace: NAMESPACE }) }
  return [
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
      subjects: [{ kind: 'ServiceAccount', name: subject, namespace: NAMESPACE }],
    },
  ]
}
