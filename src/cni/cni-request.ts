// What a runtime asks, read from the CNI_* variables and the network configuration that the plugin's client passes on.
import { CNI_CODE, cniError } from './cni-error.ts'
import {
  type CniVersion,
  compareCniVersions,
  FALLBACK_CNI_VERSION,
  parseCniVersion,
  tryCniVersion,
} from './cni-version.ts'
import { type PodWishes, readArguments, readWishes } from './pod-wishes.ts'
import { type PreviousResult, readPreviousResult } from './previous-result.ts'
import { type Configuration, type Environment, isObject, readConfiguration, splitRequest } from './request-bytes.ts'
import { type Attachment, readAttachment, readNamespacePath, readNetworkName } from './request-fields.ts'

export type CniRequest = VersionRequest | StatusRequest | GcRequest | AttachmentRequest

/** What is about one attachment. */
export type AttachmentRequest = AddRequest | CheckRequest | DeleteRequest

export type VersionRequest = { readonly kind: 'version'; readonly cniVersion: unknown }

/** STATUS: can ADD be served now? */
export type StatusRequest = { readonly kind: 'status'; readonly cniVersion: CniVersion }

export type GcRequest = {
  readonly kind: 'gc'
  readonly cniVersion: CniVersion
  readonly networkName: string
  /** What the runtime still knows of this network; all else may go. */
  readonly valid: readonly Attachment[]
}

export type AddRequest = Attachment & {
  readonly kind: 'add'
  readonly cniVersion: CniVersion
  readonly networkName: string
  /** CNI_NETNS: a path that stands for the pod's network namespace. */
  readonly namespacePath: string
  /** `namespace/name` of the pod, where the runtime is Kubernetes'. */
  readonly podName?: string
  readonly wishes: PodWishes
  /** Of the plugins before us in the list. */
  readonly previous?: PreviousResult
  /** The configuration's `dns`, which the result repeats. */
  readonly dns: unknown
}

export type CheckRequest = Attachment & {
  readonly kind: 'check'
  readonly cniVersion: CniVersion
  readonly namespacePath: string
  /** The result of the whole list, as ADD left it. */
  readonly previous: PreviousResult
}

export type DeleteRequest = Attachment & { readonly kind: 'del'; readonly cniVersion: CniVersion }

/** The bytes as request-bytes.ts says them. */
export function parseCniRequest(bytes: Uint8Array): CniRequest {
  const { environment, configuration: text } = splitRequest(bytes)
  const command = environment.get('CNI_COMMAND') ?? ''
  const configuration = (): Configuration => readConfiguration(text)
  switch (command) {
    case 'VERSION':
      return { kind: 'version', cniVersion: text === '' ? undefined : configuration().cniVersion }
    case 'ADD':
      return readAdd(environment, configuration())
    case 'CHECK':
      return readCheck(environment, configuration())
    case 'DEL':
      return readDelete(environment, configuration())
    case 'GC':
      return readGc(configuration())
    case 'STATUS':
      return { kind: 'status', cniVersion: versionFrom('1.1.0', 'STATUS', configuration()) }
    default:
      throw cniError(
        CNI_CODE.badEnvironment,
        `CNI_COMMAND is "${command}"; damask knows ADD, CHECK, DEL, GC, STATUS and VERSION (upper case)`,
      )
  }
}

/** The version in which a refusal is written: the request's own, where it says one that we know. */
export function requestedVersion(bytes: Uint8Array): CniVersion {
  try {
    return tryCniVersion(readConfiguration(splitRequest(bytes).configuration).cniVersion) ?? FALLBACK_CNI_VERSION
  } catch {
    return FALLBACK_CNI_VERSION
  }
}

function readAdd(environment: Environment, configuration: Configuration): AddRequest {
  const cniVersion = parseCniVersion(configuration.cniVersion)
  refuseUnsupported(configuration)
  const args = readArguments(environment.get('CNI_ARGS') ?? '')
  const podName = podNameOf(args.get('K8S_POD_NAMESPACE'), args.get('K8S_POD_NAME'))
  const previous = readPreviousResult(configuration)
  return {
    kind: 'add',
    cniVersion,
    networkName: readNetworkName(configuration),
    ...readAttachment(environment),
    namespacePath: readNamespacePath(environment, 'ADD'),
    ...(podName !== undefined && { podName }),
    wishes: readWishes(configuration, args),
    ...(previous !== undefined && { previous }),
    dns: configuration.dns,
  }
}

function readCheck(environment: Environment, configuration: Configuration): CheckRequest {
  const cniVersion = versionFrom('0.4.0', 'CHECK', configuration)
  const previous = readPreviousResult(configuration)
  if (previous === undefined)
    throw cniError(CNI_CODE.invalidConfiguration, 'CHECK came without prevResult, so there is nothing to compare with')
  return {
    kind: 'check',
    cniVersion,
    ...readAttachment(environment),
    namespacePath: readNamespacePath(environment, 'CHECK'),
    previous,
  }
}

/** As little as a removal needs: what is asked to go should not stay because of its configuration. */
function readDelete(environment: Environment, configuration: Configuration): DeleteRequest {
  return { kind: 'del', cniVersion: parseCniVersion(configuration.cniVersion), ...readAttachment(environment) }
}

const VALID_ATTACHMENTS = 'cni.dev/valid-attachments'

function readGc(configuration: Configuration): GcRequest {
  const cniVersion = versionFrom('1.1.0', 'GC', configuration)
  const list = configuration[VALID_ATTACHMENTS]
  // Left out it would mean that every pod of the node may go.
  if (!Array.isArray(list))
    throw cniError(CNI_CODE.invalidConfiguration, `GC came without the list ${VALID_ATTACHMENTS}; nothing was removed`)
  return { kind: 'gc', cniVersion, networkName: readNetworkName(configuration), valid: list.map(readValid) }
}

function readValid(value: unknown): Attachment {
  const { containerID: containerId, ifname: interfaceName } = isObject(value) ? value : {}
  if (typeof containerId === 'string' && typeof interfaceName === 'string') return { containerId, interfaceName }
  throw cniError(
    CNI_CODE.invalidConfiguration,
    `${VALID_ATTACHMENTS} has ${JSON.stringify(value)}; each needs the texts containerID and ifname; nothing was removed`,
  )
}

function versionFrom(first: CniVersion, verb: string, { cniVersion }: Configuration): CniVersion {
  const version = parseCniVersion(cniVersion)
  if (compareCniVersions(version, first) >= 0) return version
  throw cniError(
    CNI_CODE.incompatibleVersion,
    `the network configuration has cniVersion ${version}, which knows no ${verb}; it is there from ${first} on`,
  )
}

/** Fields that would change what the pod gets: to ignore one would be a lie. */
function refuseUnsupported({ ipam, runtimeConfig }: Configuration): void {
  const ranges = isObject(runtimeConfig) ? runtimeConfig.ipRanges : undefined
  const refused: [name: string, value: unknown, remedy: string][] = [
    ['ipam', ipam, 'damask gives addresses itself, from the pod prefixes of the node'],
    ['runtimeConfig.ipRanges', ranges, 'remove the capability "ipRanges"'],
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

const podNameOf = (namespace: string | undefined, name: string | undefined): string | undefined =>
  namespace && name ? `${namespace}/${name}` : undefined
