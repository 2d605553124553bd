// Takes away what Damask left on the nodes, before it leaves the cluster.
import type { KubernetesObject } from '../../store/index.ts'
import { type HostFolder, PROC_SYS } from './host-folder.ts'
import type { InstallSettings } from './install-settings.ts'
import { containerOf, daemonSet, podTemplate, type Workload } from './workload.ts'

export const CLEANUP = 'damask-cleanup'

/** Where a folder is mounted it cannot be removed: these are mounted by what they are in. */
const PARENTS: readonly HostFolder[] = [
  { name: 'lib', hostPath: '/var/lib', mountPath: '/host/var/lib' },
  { name: 'run', hostPath: '/run', mountPath: '/host/run' },
]

/** A pod of a DaemonSet that ends is started anew: what cleans is its first container, and this one waits. */
const WAIT = ['-e', 'process.on("SIGTERM", () => process.exit()); setInterval(() => {}, 2 ** 30)']

export function cleanupDaemonSet(settings: InstallSettings): KubernetesObject {
  const { cniFolders } = settings
  const workload: Workload = {
    name: CLEANUP,
    why: 'Those of the agent (NET_ADMIN, NET_RAW, SYS_ADMIN), whose program looks at the same things and takes them away.',
    capabilities: ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN'],
    words: [
      'node',
      'clean',
      '--force',
      '--state=/host/var/lib/damask',
      '--run=/host/run/damask',
      '--proc-sys=/host/proc/sys',
    ],
    folders: [
      ...PARENTS,
      PROC_SYS,
      { name: 'cni-conf', hostPath: cniFolders.configuration, mountPath: '/etc/cni/net.d', type: 'DirectoryOrCreate' },
      { name: 'cni-bin', hostPath: cniFolders.programs, mountPath: '/opt/cni/bin', type: 'DirectoryOrCreate' },
    ],
    resources: { requests: { cpu: '10m', memory: '64Mi' } },
    container: { name: 'clean', terminationMessagePolicy: 'FallbackToLogsOnError' },
    pod: { automountServiceAccountToken: false, priorityClassName: 'system-node-critical' },
  }
  const template = podTemplate(workload, settings)
  const cleaner = containerOf(workload, settings)
  const waiter = {
    ...containerOf({ ...workload, capabilities: [], folders: [], container: { name: 'cleaned' } }, settings),
    command: ['/usr/lib/damask/node', ...WAIT],
    args: [],
  }
  const spec = { ...template.spec, initContainers: [cleaner], containers: [waiter] }
  return daemonSet(CLEANUP, { ...template, spec }, { type: 'OnDelete' })
}
