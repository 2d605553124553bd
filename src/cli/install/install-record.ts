// What was chosen at the last installation, kept in the cluster: an upgrade chooses the same.
import type { KubernetesObject } from '../../store/index.ts'
import { defaultSettings, type InstallSettings } from './install-settings.ts'
import { NAMESPACE, PART_OF } from './namespace.ts'

export const RECORD = 'damask-install'

export type InstallRecord = { readonly version: string; readonly settings: InstallSettings }

export const recordObject = ({ version, settings }: InstallRecord): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: RECORD,
    namespace: NAMESPACE,
    labels: PART_OF,
    annotations: { 'damask.dev/about': 'What `damask install` was told. `damask upgrade` takes it over.' },
  },
  data: { version, settings: JSON.stringify(settings) },
})

/** Undefined: somebody else wrote it. Settings that the version which wrote it did not know are the defaults. */
export function tryRecord(object: KubernetesObject | undefined): InstallRecord | undefined {
  const { version, settings } = (object?.data ?? {}) as Partial<Record<string, string>>
  if (version === undefined || settings === undefined) return undefined
  try {
    return { version, settings: { ...defaultSettings(version), ...JSON.parse(settings) } }
  } catch {
    return undefined
  }
}
