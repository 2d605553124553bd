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
    image: options.image === undefined ? before.image : imageName(options.image),
    imagePullPolicy: options.imagePullPolicy ?? before.imagePullPolicy,
    pullSecrets: options.pullSecret?.map(secretName) ?? before.pullSecrets,
    ...(apiServer !== undefined && { apiServer }),
    wireguardGo: options.wireguardGo ?? before.wireguardGo,
    // Said or not, it is true: only `--no-admission-policy` says anything.
    hasAdmissionPolicy: admissionPolicy === false ? false : before.hasAdmissionPolicy,
    metricsPort: metricsPort === undefined ? before.metricsPort : portNumber('--metrics-port', metricsPort),
    hasOpenMetrics: options.openMetrics ?? before.hasOpenMetrics,
    cniFolders: {
      programs: cniBinDir === undefined ? before.cniFolders.programs : hostFolder('--cni-bin-dir', cniBinDir),
      configuration:
        cniConfigDir === undefined ? before.cniFolders.configuration : hostFolder('--cni-config-dir', cniConfigDir),
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
      fabric: { ...(fabric !== undefined && { kind: fabric }), ...(encapsulate !== undefined && { encapsulate }) },
    }),
    ...(mtu !== undefined && { mtu: mtu === 'auto' ? mtu : wholeNumber('--mtu', mtu) }),
    ...(gatewaysPerSite !== undefined && { gatewaysPerSite: wholeNumber('--gateways-per-site', gatewaysPerSite) }),
    ...(joinPrivateAddresses && { joinPrivateAddresses }),
  }
}

/** Throws where a value can be none, whatever the cluster is. */
export function checkOptions(options: InstallOptions): void {
  chosenSettings(options, defaultSettings(''))
  const { fabric, ...network } = chosenNetwork(options)
  // The kind of fabric may be that of the Network that is there.
  networkObject({ ...network, ...(fabric && { fabric: { kind: 'vxlan', ...fabric } }) })
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

function imageName(text: string): string {
  if (!/^[^\s@]\S*$/.test(text))
    throw new Error(`--image "${text}" is not the name of an image; write it as registry.example.com/damask:1.0.0`)
  return text
}

/** As Kubernetes has names of Secrets: a DNS subdomain. */
function secretName(text: string): string {
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text) || text.length > 253)
    throw new Error(
      `--pull-secret "${text}" is not the name of a Secret; expected lowercase letters, digits, hyphens and dots`,
    )
  return text
}

function hostFolder(option: string, text: string): string {
  if (!text.startsWith('/')) throw new Error(`${option} ${text} is not a folder of the nodes; write its whole path`)
  return text
}

export function portNumber(option: string, text: string): number {
  const port = wholeNumber(option, text)
  if (port < 1 || port > 65535) throw new Error(`${option} ${text} is not a port; expected 1 to 65535`)
  return port
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${option} ${text} is not a whole number`)
  return Number(text)
}
