// The files that containerd and kubelet of a test cluster's node read.
import type { Authority, Identity } from './certificates.ts'

/** containerd 1.6: the v2 form of its configuration. */
export const containerdConfig = (): string => `
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  disable_apparmor = true
  # Without CAP_SYS_RESOURCE runc cannot lower it, and ends saying "can't get final child's PID from pipe".
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`

export const PAUSE_IMAGE = 'localhost/pause:1'

export const kubeletConfig = (options: {
  readonly authority: Authority
  readonly serving: Identity
  /** With a slash in front. */
  readonly cgroup: string
  readonly staticPods: string
  readonly clusterDns: readonly string[]
}): string =>
  JSON.stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false,
    failSwapOn: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: options.cgroup,
    oomScoreAdj: 0,
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    staticPodPath: options.staticPods,
    clusterDomain: 'cluster.local',
    clusterDNS: options.clusterDns,
    resolvConf: '/etc/resolv.conf',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: options.authority.certificate },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: options.serving.certificate,
    tlsPrivateKeyFile: options.serving.key,
    // As k3s starts it: its service load balancer forwards in its own namespace.
    allowedUnsafeSysctls: ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'],
    // Not ten seconds: a test waits for what it says.
    nodeStatusUpdateFrequency: '1s',
    syncFrequency: '10s',
    fileCheckFrequency: '1s',
    // The disk is the tests' own machine's.
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '1%',
      'imagefs.available': '1%',
      'nodefs.inodesFree': '1%',
    },
  })
