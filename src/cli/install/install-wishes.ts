// What the command line of `damask install` says, apart: how Damask runs, and what its Network is.
import { defaultSettings, type InstallSettings } from './install-settings.ts'
import { type NetworkSpec, networkObject } from './network-object.ts'

/** As commander gives them. */
export type InstallOptions = {
  readonly image?: string
  readonly imagePullPolicy?: InstallSettings['imagePullPolicy']
  readonly pullSecret?: readonly string[]
  readonly apiServer?: string
  readonly wireguardGo?: InstallSettings['wireguardGo']
  readonly metricsPort?: string
  readonly openMetrics?: true
  readonly cniBinDir?: string
  readonly cniConfigDir?: string
  /** False: --no-admission-policy. */
  readonly admissionPolicy?: boolean
  readonly podPrefix?: readonly string[]
  readonly servicePrefix?: readonly string[]
  readonly siteBy?: 'field' | 'label' | 'node'
  readonly siteLabel?: string
  readonly fabric?: string
  readonly encapsulate?: string
  readonly mtu?: string
  readonly gatewaysPerSite?: string
  readonly joinPrivateAddresses?: true
}

/** `before`: of the last installation, or the defaults. Throws where a value cannot be one. */
export function chosenSettings(options: InstallOptions, before: InstallSettings): InstallSettings {
  const { apiServer = before.apiServer, cniBinDir, cniConfigDir, admissionPolicy, metricsPort } = options
  if (apiServer !== undefined && !/^https:\/\/[^/\s]+$/.test(apiServer))
    throw new Error(
      `--api-server ${apiServer} is not the address of an API server; write it as https://203.0.113.10:6443`,
    )
  return {
    image: options.image ?? before.image,
    imagePullPolicy: options.imagePullPolicy ?? before.imagePullPolicy,
    pullSecrets: options.pullSecret ?? before.pullSecrets,
    ...(apiServer !== undefined && { apiServer }),
    wireguardGo: options.wireguardGo ?? before.wireguardGo,
    // Said or not, it is true: only `--no-admission-policy` says anything.
    hasAdmissionPolicy: admissionPolicy === false ? false : before.hasAdmissionPolicy,
    metricsPort: metricsPort === undefined ? before.metricsPort : wholeNumber('--metrics-port', metricsPort),
    hasOpenMetrics: options.openMetrics ?? before.hasOpenMetrics,
    cniFolders: {
      programs: cniBinDir ?? before.cniFolders.programs,
      configuration: cniConfigDir ?? before.cniFolders.configuration,
    },
  }
}

/** Only what was said. */
export function chosenNetwork(options: InstallOptions): NetworkSpec {
  const { podPrefix, servicePrefix, fabric, encapsulate, mtu, gatewaysPerSite, joinPrivateAddresses } = options
  const sites = sitesOf(options)
  return {
    ...(podPrefix && { podPrefixes: podPrefix }),
    ...(servicePrefix && { servicePrefixes: servicePrefix }),
    ...(sites && { sites }),
    ...((fabric !== undefined || encapsulate !== undefined) && {
      fabric: { kind: fabric ?? 'direct', ...(encapsulate !== undefined && { encapsulate }) },
    }),
    ...(mtu !== undefined && { mtu: mtu === 'auto' ? mtu : wholeNumber('--mtu', mtu) }),
    ...(gatewaysPerSite !== undefined && { gatewaysPerSite: wholeNumber('--gateways-per-site', gatewaysPerSite) }),
    ...(joinPrivateAddresses && { joinPrivateAddresses }),
  }
}

/** Throws where a value can be none, whatever the cluster is. */
export function checkOptions(options: InstallOptions): void {
  chosenSettings(options, defaultSettings(''))
  networkObject(chosenNetwork(options))
}

/** What clouds' controllers and k3s put on nodes. */
export const DEFAULT_SITE_LABEL = 'topology.kubernetes.io/region'

function sitesOf({ siteBy, siteLabel }: InstallOptions): NetworkSpec['sites'] {
  const by = siteBy ?? (siteLabel === undefined ? undefined : 'label')
  if (by === undefined) return undefined
  if (by === 'label') return { by, label: siteLabel ?? DEFAULT_SITE_LABEL }
  if (siteLabel !== undefined) throw new Error(`--site-label is of no use with --site-by ${by}; leave one of them out`)
  return { by }
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${option} ${text} is not a whole number`)
  return Number(text)
}
