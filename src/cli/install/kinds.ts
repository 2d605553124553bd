// Where the objects of an installation are in the API, by their kind.
import type { Collection, KubernetesObject } from '../../store/index.ts'

const PLURALS: Readonly<Record<string, string>> = {
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  ConfigMap: 'configmaps',
  CustomResourceDefinition: 'customresourcedefinitions',
  DaemonSet: 'daemonsets',
  Deployment: 'deployments',
  Namespace: 'namespaces',
  Network: 'networks',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  ServiceAccount: 'serviceaccounts',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
}

export function collectionOf({ apiVersion = '', kind = '', metadata }: KubernetesObject): Collection {
  const [version = '', group = ''] = apiVersion.split('/').reverse()
  const plural = PLURALS[kind]
  if (plural === undefined) throw new Error(`no installation has a ${kind}`)
  return { group, version, plural, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }) }
}

/** `DaemonSet damask-agent` */
export const titleOf = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata.name}`
