// What an installation is to be: of what was said, of what the cluster tells, and of what was said the last time.
import type { KubernetesApi, KubernetesObject } from '../../store/index.ts'
import { AGENT } from './agent-daemon-set.ts'
import { checkPodPrefixes, findPodPrefixes, findServicePrefixes } from './found-prefixes.ts'
import { RECORD, tryRecord } from './install-record.ts'
import { defaultSettings, type InstallSettings, imageOf } from './install-settings.ts'
import { chosenNetwork, chosenSettings, DEFAULT_SITE_LABEL, type InstallOptions } from './install-wishes.ts'
import { collectionOf } from './kinds.ts'
import type { Manifests } from './manifests.ts'
import { NAMESPACE } from './namespace.ts'
import { NETWORK_NAME, type NetworkSpec, networkObject } from './network-object.ts'
import { DAEMON_SETS } from './workload-progress.ts'

export type Prepared = {
  readonly manifests: Manifests
  /** What was not said but found, or left as it is. */
  readonly notes: readonly string[]
}

/** `api` is asked only for what was not said. */
export async function prepareInstall(
  options: InstallOptions,
  version: string,
  openApi: () => Promise<KubernetesApi>,
): Promise<Prepared> {
  const settings = chosenSettings(options, defaultSettings(version))
  const asked = chosenNetwork(options)
  const { spec, notes } = await completed(asked, openApi)
  return { manifests: { version, settings, network: networkObject(spec) }, notes }
}

/** Into a cluster, where there may be an installation. */
export async function prepareInstallInto(
  options: InstallOptions,
  version: string,
  api: KubernetesApi,
): Promise<Prepared> {
  await refuseHelm(api)
  const last = await lastSettings(api)
  const settings = chosenSettings(
    options,
    last ? { ...last.settings, image: imageAt(last, version, options.image) } : defaultSettings(version),
  )
  const asked = chosenNetwork(options)
  if (asked.podPrefixes) await checkPodPrefixes(api, asked.podPrefixes)
  const existing = await existingNetwork(api)
  if (existing === undefined) {
    const { spec, notes } = await completed(asked, async () => api)
    const sites = asked.sites ? [] : [`nodes with one value of the label ${DEFAULT_SITE_LABEL} are one site`]
    return { manifests: { version, settings, network: networkObject(spec) }, notes: [...notes, ...sites] }
  }
  if (Object.keys(asked).length === 0)
    return { manifests: { version, settings }, notes: [`Network ${NETWORK_NAME} is there, and stays as it is`] }
  // What another asked for earlier stays, field by field.
  const before = (existing.spec ?? {}) as NetworkSpec
  const fabric = asked.fabric && { fabric: mergedFabric(before.fabric, asked.fabric) }
  const network = networkObject({ ...before, ...asked, ...fabric })
  const fields = Object.keys(asked).map((field) => `spec.${field}`)
  return {
    manifests: { version, settings, network },
    notes: [`Network ${NETWORK_NAME} is there; set: ${fields.join(', ')}`],
  }
}

/** The settings of the last installation with the image of this version. */
export async function prepareUpgrade(options: InstallOptions, version: string, api: KubernetesApi): Promise<Manifests> {
  await refuseHelm(api)
  const last = await lastSettings(api)
  if (last === undefined)
    throw new Error(
      `the cluster has no ConfigMap ${NAMESPACE}/${RECORD} that says how Damask was installed; call \`damask install\``,
    )
  const before = { ...last.settings, image: imageAt(last, version, options.image) }
  return { version, settings: chosenSettings(options, before) }
}

type Last = { readonly version: string; readonly settings: InstallSettings }

export async function lastSettings(api: KubernetesApi): Promise<Last | undefined> {
  const collection = { group: '', version: 'v1', plural: 'configmaps', namespace: NAMESPACE }
  return tryRecord(await api.get(collection, RECORD))
}

/** An image of another registry is asked for there at this version. */
function imageAt(last: Last, version: string, asked: string | undefined): string {
  const { image } = last.settings
  if (asked !== undefined || image === imageOf(version)) return asked ?? image
  const tag = `:${last.version}`
  if (image.endsWith(tag)) return `${image.slice(0, -tag.length)}:${version}`
  throw new Error(`Damask was installed from the image ${image}, whose name does not say a version; say --image`)
}

async function completed(
  asked: NetworkSpec,
  openApi: () => Promise<KubernetesApi>,
): Promise<{ readonly spec: NetworkSpec; readonly notes: readonly string[] }> {
  const pods = asked.podPrefixes ? undefined : await findPodPrefixes(await openApi())
  const services = asked.servicePrefixes ? undefined : await findServicePrefixes(await openApi())
  const notes = [
    ...(pods ? [`pods have ${pods.prefixes.join(', ')} (${pods.source})`] : []),
    ...(services ? [`services have ${services.prefixes.join(', ')} (${services.source})`] : []),
  ]
  return {
    spec: {
      podPrefixes: pods?.prefixes ?? [],
      servicePrefixes: services?.prefixes ?? [],
      sites: { by: 'label', label: DEFAULT_SITE_LABEL },
      ...asked,
      ...(asked.fabric && { fabric: { kind: DEFAULT_FABRIC, ...asked.fabric } }),
    },
    notes,
  }
}

async function existingNetwork(api: KubernetesApi): Promise<KubernetesObject | undefined> {
  const { collection, name } = NETWORK
  try {
    return await api.get(collection, name)
  } catch (cause) {
    // The kind is not defined yet.
    if (cause instanceof Error && 'status' in cause && cause.status === 404) return undefined
    throw cause
  }
}

type Fabric = NonNullable<NetworkSpec['fabric']>

/** What is not said stays, but for what the kind that is said has no use for. */
function mergedFabric(before: Fabric | undefined, asked: Fabric): Fabric {
  const merged = { kind: DEFAULT_FABRIC, ...before, ...asked }
  const { encapsulate: _, ...bare } = merged
  const isBare = merged.kind === 'direct' || merged.kind === 'none'
  return isBare && asked.encapsulate === undefined ? bare : merged
}

/** That of a Network which says none. */
const DEFAULT_FABRIC = 'direct'

const NETWORK = { collection: collectionOf(networkObject({})), name: NETWORK_NAME }

async function refuseHelm(api: KubernetesApi): Promise<void> {
  const agents = await api.get(DAEMON_SETS, AGENT)
  const { labels = {}, annotations = {} } = agents?.metadata ?? {}
  if (labels['app.kubernetes.io/managed-by'] !== 'Helm') return
  const release = annotations['meta.helm.sh/release-name'] ?? 'damask'
  throw new Error(
    `Helm installed Damask here, as the release ${release}, and would undo what this command does; use \`helm upgrade ${release}\``,
  )
}
