// The DNS of a test cluster, under the address that its pods ask.
import type { Cluster } from './cluster.ts'
import { COREDNS_IMAGE } from './stock-images.ts'

/** Two pods in kube-system, `k8s-app: kube-dns`, behind the service kube-dns. */
export async function deployCoreDns({ apply, dnsAddress }: Pick<Cluster, 'apply' | 'dnsAddress'>): Promise<void> {
  await apply(...coreDnsResources(dnsAddress))
}

const NAMESPACE = 'kube-system'
const LABELS = { 'k8s-app': 'kube-dns' }

// There is no DNS above this one.
const COREFILE = `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
    cache 5
    loadbalance
}
`

function coreDnsResources(dnsAddress: string): object[] {
  const named = (name: string): object => ({ metadata: { name, namespace: NAMESPACE } })
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'system:coredns' } }
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', ...named('coredns') },
    {
      ...role,
      kind: 'ClusterRole',
      rules: [
        { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    },
    {
      ...role,
      kind: 'ClusterRoleBinding',
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
      subjects: [{ kind: 'ServiceAccount', name: 'coredns', namespace: NAMESPACE }],
    },
    { apiVersion: 'v1', kind: 'ConfigMap', ...named('coredns'), data: { Corefile: COREFILE } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      ...named('coredns'),
      spec: {
        replicas: 2,
        selector: { matchLabels: LABELS },
        template: { metadata: { labels: LABELS }, spec: POD },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      ...named('kube-dns'),
      spec: {
        selector: LABELS,
        clusterIP: dnsAddress,
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        ],
      },
    },
  ]
}

const POD = {
  serviceAccountName: 'coredns',
  dnsPolicy: 'Default',
  terminationGracePeriodSeconds: 0,
  // On two nodes: that a pod asks across clouds is what it is for here.
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: LABELS },
    },
  ],
  containers: [
    {
      name: 'coredns',
      image: COREDNS_IMAGE,
      imagePullPolicy: 'Never',
      command: ['/coredns', '-conf', '/etc/coredns/Corefile'],
      volumeMounts: [{ name: 'config', mountPath: '/etc/coredns' }],
      readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
    },
  ],
  volumes: [{ name: 'config', configMap: { name: 'coredns' } }],
}
