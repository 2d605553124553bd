// What a runtime asks, read from the CNI_* variables and the network configuration that the plugin's client passes on.
import { CNI_CODE, cniError } from './cni-error.ts'
import { type CniVersion, FALLBACK_CNI_VERSION, parseCniVersion, tryCniVersion } from './cni-version.ts'

export type CniRequest = VersionRequest | AddRequest | DeleteRequest

export type VersionRequest = { readonly kind: 'version'; readonly cniVersion: unknown }

/** One interface of one container: what ADD makes and DEL removes. */
export type Attachment = { readonly containerId: string; readonly interfaceName: string }

export type AddRequest = Attachment & {
  readonly kind: 'add'
  readonly cniVersion: CniVersion
  /** CNI_NETNS: a path that stands for the pod's network namespace. */
  readonly namespacePath: string
  /** `namespace/name` of the pod, where the runtime is Kubernetes'. */
  readonly podName?: string
  /** The configuration's `dns`, which the result repeats. */
  readonly dns: unknown
}

export type DeleteRequest = Attachment & { readonly kind: 'del'; readonly cniVersion: CniVersion }

/** Reads the client's bytes: each CNI_* variable and a NUL, one more NUL, the configuration. */
export function parseCniRequest(bytes: Uint8Array): CniRequest {
  const { environment, configuration } = splitCniRequest(bytes)
  const command = environment.get('CNI_COMMAND') ?? ''
  switch (command) {
    case 'VERSION':
      return {
        kind: 'version',
        cniVersion: configuration === '' ? undefined : readConfiguration(configuration).cniVersion,
      }
    case 'ADD':
      return readAdd(environment, readConfiguration(configuration))
    case 'DEL':
      return readDelete(environment, readConfiguration(configuration))
    default:
      throw cniError(
        CNI_CODE.badEnvironment,
        `CNI_COMMAND is "${command}"; damask knows ADD, DEL and VERSION (upper case)`,
      )
  }
}

/** The version in which a refusal is written: the request's own, where it says one that we know. */
export function requestedVersion(bytes: Uint8Array): CniVersion {
  try {
    return tryCniVersion(readConfiguration(splitCniRequest(bytes).configuration).cniVersion) ?? FALLBACK_CNI_VERSION
  } catch {
    return FALLBACK_CNI_VERSION
  }
}

function splitCniRequest(bytes: Uint8Array): {
  environment: ReadonlyMap<string, string>
  configuration: string
} {
  const environment = new Map<string, string>()
  const decoder = new TextDecoder()
  for (let start = 0; ; ) {
    const end = bytes.indexOf(0, start)
    if (end < 0) throw cniError(CNI_CODE.undecodable, 'the request ends inside its environment; use the damask client')
    if (end === start) return { environment, configuration: decoder.decode(bytes.subarray(end + 1)).trim() }
    const entry = decoder.decode(bytes.subarray(start, end))
    const equals = entry.indexOf('=')
    if (equals > 0) environment.set(entry.slice(0, equals), entry.slice(equals + 1))
    start = end + 1
  }
}

type Configuration = { readonly [field: string]: unknown }

const isObject = (value: unknown): value is Configuration =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function readConfiguration(text: string): Configuration {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw cniError(CNI_CODE.undecodable, 'the network configuration on standard input is not JSON', cause)
  }
  if (isObject(value)) return value
  throw cniError(CNI_CODE.undecodable, 'the network configuration on standard input is not a JSON object')
}

function readAdd(environment: ReadonlyMap<string, string>, configuration: Configuration): AddRequest {
  const cniVersion = parseCniVersion(configuration.cniVersion)
  refuseUnsupported(configuration)
  const namespacePath = environment.get('CNI_NETNS') ?? ''
  if (!namespacePath.startsWith('/')) {
    throw cniError(
      CNI_CODE.badEnvironment,
      `CNI_NETNS is "${namespacePath}"; ADD needs the absolute path of a namespace`,
    )
  }
  const podName = readPodName(environment.get('CNI_ARGS') ?? '')
  return {
    kind: 'add',
    cniVersion,
    ...readAttachment(environment),
    namespacePath,
    ...(podName === undefined ? {} : { podName }),
    dns: configuration.dns,
  }
}

/** As little as a removal needs: what is asked to go should not stay because of its configuration. */
function readDelete(environment: ReadonlyMap<string, string>, configuration: Configuration): DeleteRequest {
  return { kind: 'del', cniVersion: parseCniVersion(configuration.cniVersion), ...readAttachment(environment) }
}

function readAttachment(environment: ReadonlyMap<string, string>): Attachment {
  const containerId = environment.get('CNI_CONTAINERID') ?? ''
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(containerId)) {
    throw cniError(
      CNI_CODE.badEnvironment,
      `CNI_CONTAINERID is "${containerId}"; it has to start with a letter or digit and go on with letters, digits, "_", "." or "-"`,
    )
  }
  const interfaceName = environment.get('CNI_IFNAME') ?? ''
  // dev_valid_name() of the kernel: IFNAMSIZ is 16 with its NUL.
  if (!/^[^\s/:]{1,15}$/.test(interfaceName) || /^\.{1,2}$|^lo$/.test(interfaceName)) {
    throw cniError(
      CNI_CODE.badEnvironment,
      `CNI_IFNAME is "${interfaceName}"; write an interface name of 1 to 15 characters without "/", ":" or blanks, as in eth0`,
    )
  }
  return { containerId, interfaceName }
}

/** Fields that would change what the pod gets: to ignore one would be a lie. */
function refuseUnsupported(configuration: Configuration): void {
  const { ipam, prevResult, runtimeConfig } = configuration
  const runtime = isObject(runtimeConfig) ? runtimeConfig : {}
  const refused: [name: string, value: unknown, remedy: string][] = [
    ['prevResult', prevResult, "damask makes the pod's interface, so it has to be the first plugin of the list"],
    ['ipam', ipam, 'damask gives addresses itself, from the pod prefixes of the node'],
    ['runtimeConfig.ips', runtime.ips, 'remove the capability "ips"'],
    ['runtimeConfig.ipRanges', runtime.ipRanges, 'remove the capability "ipRanges"'],
    ['runtimeConfig.mac', runtime.mac, 'remove the capability "mac"'],
  ]
  for (const [name, value, remedy] of refused) {
    if (isEmpty(value)) continue
    throw cniError(CNI_CODE.unsupportedField, `damask does not support ${name}: ${JSON.stringify(value)}; ${remedy}`)
  }
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0)

/** CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0`. */
function readPodName(args: string): string | undefined {
  const pairs = new Map(
    args.split(';').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
  const namespace = pairs.get('K8S_POD_NAMESPACE')
  const name = pairs.get('K8S_POD_NAME')
  return namespace && name ? `${namespace}/${name}` : undefined
}
