// What whoever installs Damask in a cluster may choose. It is kept in the cluster, so that an upgrade chooses the same.

export type InstallSettings = {
  readonly image: string
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never'
  /** Names of Secrets in the namespace of Damask. */
  readonly pullSecrets: readonly string[]
  /** As in `https://203.0.113.10:6443`. Left out: the service `kubernetes`, for which kube-proxy must run on every node. */
  readonly apiServer?: string
  /** `auto`: a DaemonSet that starts wireguard-go where, and only where, the kernel has no WireGuard. */
  readonly wireguardGo: 'auto' | 'never'
  /** False: the cluster is older than 1.30, and nothing keeps an agent's token from writing the status of other nodes. */
  readonly hasAdmissionPolicy: boolean
  /** Of agents' metrics, and of what their kubelets ask. */
  readonly metricsPort: number
  /** Others may read them at the node's InternalIP; else only the machine itself. */
  readonly hasOpenMetrics: boolean
  /** Where the container runtime of the nodes looks for plugins, and for their configuration. */
  readonly cniFolders: { readonly programs: string; readonly configuration: string }
}

export const imageOf = (version: string): string => `damask.dev/damask:${version}`

export const defaultSettings = (version: string): InstallSettings => ({
  image: imageOf(version),
  imagePullPolicy: 'IfNotPresent',
  pullSecrets: [],
  wireguardGo: 'auto',
  hasAdmissionPolicy: true,
  metricsPort: 9218,
  hasOpenMetrics: false,
  cniFolders: { programs: '/opt/cni/bin', configuration: '/etc/cni/net.d' },
})
