// Where a kernel has no WireGuard: who keeps wireguard-go running while agents are replaced.
import type { KubernetesObject } from '../../store/index.ts'
import { type HostFolder, RUN, SOCKETS } from './host-folder.ts'
import type { InstallSettings } from './install-settings.ts'
import { daemonSet, podTemplate } from './workload.ts'

export const KEEPER = 'damask-wireguard-go'

/** Runtimes let every container open it (rule `c 10:200 rwm` of runc, crun), if it is there. */
const TUN: HostFolder = { name: 'tun', hostPath: '/dev/net/tun', type: 'CharDevice' }

export function keeperDaemonSet(settings: InstallSettings): KubernetesObject {
  const template = podTemplate(
    {
      name: KEEPER,
      why: 'NET_ADMIN: devices of WireGuard that wireguard-go makes by /dev/net/tun.',
      capabilities: ['NET_ADMIN'],
      words: ['keeper', '--run=/run/damask'],
      folders: [RUN, SOCKETS, TUN],
      // No limits: who is ended for his memory takes the node's tunnels with him.
      resources: { requests: { cpu: '5m', memory: '48Mi' } },
      container: { terminationMessagePolicy: 'FallbackToLogsOnError' },
      pod: { automountServiceAccountToken: false, priorityClassName: 'system-node-critical' },
    },
    settings,
  )
  // A tunnel is gone while its process is replaced: that is for people to choose, pod by pod.
  return daemonSet(KEEPER, template, { type: 'OnDelete' })
}
