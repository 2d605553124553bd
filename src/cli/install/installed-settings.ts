// With what the Damask of a cluster runs, whoever installed it: `damask install` writes it down, Helm does not.
import type { KubernetesApi, KubernetesObject } from '../../store/index.ts'
import { AGENT } from './agent-daemon-set.ts'
import { defaultSettings, type InstallSettings } from './install-settings.ts'
import { lastSettings } from './prepare-install.ts'
import { DAEMON_SETS } from './workload-progress.ts'

export type InstalledSettings = {
  readonly settings: InstallSettings
  /** `agents`: as they are started, and nowhere written down. `nothing`: there are none, and these are the defaults of `version`. */
  readonly source: 'record' | 'agents' | 'nothing'
}

export async function installedSettings(api: KubernetesApi, version: string): Promise<InstalledSettings> {
  const last = await lastSettings(api)
  if (last !== undefined) return { settings: last.settings, source: 'record' }
  const agents = await api.get(DAEMON_SETS, AGENT)
  return agents === undefined
    ? { settings: defaultSettings(version), source: 'nothing' }
    : { settings: settingsOfAgents(agents, version), source: 'agents' }
}

type AgentSpec = {
  readonly template: {
    readonly spec: {
      readonly imagePullSecrets?: readonly { readonly name: string }[]
      readonly volumes?: readonly { readonly name: string; readonly hostPath?: { readonly path: string } }[]
      readonly containers: readonly {
        readonly image: string
        readonly imagePullPolicy: InstallSettings['imagePullPolicy']
        readonly args?: readonly string[]
      }[]
    }
  }
}

/** What of it agents do not know is the default. */
export function settingsOfAgents({ spec }: KubernetesObject, version: string): InstallSettings {
  const defaults = defaultSettings(version)
  const pod = (spec as AgentSpec).template.spec
  const [container] = pod.containers
  const word = (option: string): string | undefined =>
    container?.args?.find((one) => one.startsWith(`--${option}=`))?.slice(option.length + 3)
  const folder = (name: string): string | undefined => pod.volumes?.find((one) => one.name === name)?.hostPath?.path
  const apiServer = word('api-server')
  const metrics = word('metrics-address')
  return {
    ...defaults,
    ...(container && { image: container.image, imagePullPolicy: container.imagePullPolicy }),
    pullSecrets: pod.imagePullSecrets?.map(({ name }) => name) ?? [],
    ...(apiServer !== undefined && { apiServer }),
    ...(metrics !== undefined && { metricsPort: Number(metrics.slice(metrics.lastIndexOf(':') + 1)) }),
    cniFolders: {
      programs: folder('cni-bin') ?? defaults.cniFolders.programs,
      configuration: folder('cni-conf') ?? defaults.cniFolders.configuration,
    },
  }
}
