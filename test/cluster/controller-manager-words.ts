// How a test cluster starts its controller manager.
import { serviceAccountKey } from './api-server-words.ts'
import type { Authority } from './certificates.ts'
import type { ControlPlaneOptions } from './control-plane.ts'

export function controllerManagerWords(options: ControlPlaneOptions & { readonly authority: Authority }): string[] {
  const { folder, authority, podPrefixes, servicePrefixes, allocatePodPrefixes } = options
  return [
    '--use-service-account-credentials',
    `--service-account-private-key-file=${serviceAccountKey(folder)}`,
    `--root-ca-file=${authority.certificate}`,
    `--cluster-signing-cert-file=${authority.certificate}`,
    `--cluster-signing-key-file=${authority.key}`,
    `--service-cluster-ip-range=${servicePrefixes.join(',')}`,
    `--allocate-node-cidrs=${allocatePodPrefixes}`,
    // A /24 and a /64 for each node, which is its default.
    ...(allocatePodPrefixes ? [`--cluster-cidr=${podPrefixes.join(',')}`] : []),
    ...options.controllerManagerArguments,
  ]
}
