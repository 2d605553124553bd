// An agent on every node.
import type { KubernetesObject } from '../../store/index.ts'
import { AGENT_ACCOUNT } from './access.ts'
import { type HostFolder, PROC_SYS, RUN, SOCKETS, STATE } from './host-folder.ts'
import type { InstallSettings } from './install-settings.ts'
import { daemonSet, podTemplate } from './workload.ts'

export const AGENT = 'damask-agent'

const CAPABILITIES = ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN'] as const
const WHY =
  'NET_ADMIN: links, routes, WireGuard, nftables, settings of the network. SYS_ADMIN: setns(2) into the network namespaces of pods. ' +
  'NET_RAW: datagrams bound to one device (SO_BINDTODEVICE).'

/** Where runtimes keep pods' network namespaces; /var/run is a link to /run nearly everywhere. */
const NAMESPACES: HostFolder = {
  name: 'netns',
  hostPath: '/var/run/netns',
  mountPath: '/run/netns',
  type: 'DirectoryOrCreate',
  seesLaterMounts: true,
}

/** The address of the node, as Kubernetes knows it: an environment variable of the container. */
const HOST_IP = '$(HOST_IP)'

export function agentDaemonSet(settings: InstallSettings): KubernetesObject {
  const { apiServer, cniFolders, metricsPort, hasOpenMetrics } = settings
  const host = hasOpenMetrics ? HOST_IP : '127.0.0.1'
  const template = podTemplate(
    {
      name: AGENT,
      why: WHY,
      capabilities: CAPABILITIES,
      words: [
        'agent',
        '--kubernetes',
        '--node=$(NODE_NAME)',
        ...(apiServer === undefined ? [] : [`--api-server=${apiServer}`]),
        '--state=/var/lib/damask',
        '--run=/run/damask',
        '--proc-sys=/host/proc/sys',
        '--install-cni',
        `--metrics-address=${host}:${metricsPort}`,
      ],
      environment: [ofPod('NODE_NAME', 'spec.nodeName'), ofPod('HOST_IP', 'status.hostIP')],
      folders: [
        STATE,
        RUN,
        PROC_SYS,
        NAMESPACES,
        SOCKETS,
        folder('cni-conf', cniFolders.configuration, '/etc/cni/net.d'),
        folder('cni-bin', cniFolders.programs, '/opt/cni/bin'),
      ],
      // No limit of processor time: a throttled agent answers a runtime that waits for a pod too late.
      resources: { requests: { cpu: '20m', memory: '80Mi' }, limits: { memory: '512Mi' } },
      container: {
        // Of a roll-out: the next nodes follow once these are ready. An answer costs nothing: no program is started for it.
        readinessProbe: {
          // Without a host it is the pod's, which is the node's.
          httpGet: { path: '/ready', port: metricsPort, ...(!hasOpenMetrics && { host }) },
          periodSeconds: 5,
          timeoutSeconds: 5,
        },
        // No liveness probe: one that fails on a machine that is too busy would end agents just there. An agent that cannot go on ends.
        terminationMessagePolicy: 'FallbackToLogsOnError',
      },
      pod: { serviceAccountName: AGENT_ACCOUNT, priorityClassName: 'system-node-critical' },
    },
    settings,
  )
  // The network stands while its agent is replaced; only pods that start just then wait for it.
  return daemonSet(AGENT, template, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } })
}

const folder = (name: string, hostPath: string, mountPath: string): HostFolder => ({
  name,
  hostPath,
  mountPath,
  type: 'DirectoryOrCreate',
})

const ofPod = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } })
