import { describe, expect, test } from 'vitest'
import type { KubernetesApi, KubernetesObject } from '../../store/index.ts'
import type { InstallOptions } from './install-wishes.ts'
import { prepareInstall, prepareInstallInto } from './prepare-install.ts'

const RANGES = { podPrefix: ['10.42.0.0/16'], servicePrefix: ['10.43.0.0/16'] }
const noCluster = () => Promise.reject(new Error('a cluster was asked'))

const fabricIn = (network: KubernetesObject | undefined): unknown =>
  (network?.spec as { readonly fabric?: unknown } | undefined)?.fabric

async function fabricOf(options: InstallOptions): Promise<unknown> {
  const { manifests } = await prepareInstall({ ...RANGES, ...options }, '0.3.0', noCluster)
  return fabricIn(manifests.network)
}

/** Of a cluster that has this Network, and nothing else. */
async function fabricInto(spec: object, options: InstallOptions): Promise<unknown> {
  const network = { apiVersion: 'damask.dev/v1alpha1', kind: 'Network', metadata: { name: 'default' }, spec }
  const get = async (_: object, name: string): Promise<KubernetesObject | undefined> =>
    name === 'default' ? network : undefined
  const api = { get, list: async () => [] } as unknown as KubernetesApi
  const { manifests } = await prepareInstallInto(options, '0.3.0', api)
  return fabricIn(manifests.network)
}

describe('the fabric of a Network', () => {
  test('is that of a new one as it is said, and left out where it is not', async () => {
    expect(await fabricOf({})).toBeUndefined()
    expect(await fabricOf({ fabric: 'vxlan' })).toEqual({ kind: 'vxlan' })
    expect(await fabricOf({ fabric: 'ipip', encapsulate: 'cross-subnet' })).toEqual({
      kind: 'ipip',
      encapsulate: 'cross-subnet',
    })
    await expect(fabricOf({ encapsulate: 'cross-subnet' })).rejects.toThrow(/of no use with the kind direct/)
  })

  test('keeps of one that is there what is not said', async () => {
    const spec = { podPrefixes: ['10.42.0.0/16'], fabric: { kind: 'vxlan', port: 4789 } }
    expect(await fabricInto(spec, { encapsulate: 'cross-subnet' })).toEqual({
      kind: 'vxlan',
      port: 4789,
      encapsulate: 'cross-subnet',
    })
    expect(await fabricInto(spec, { fabric: 'wireguard' })).toEqual({ kind: 'wireguard', port: 4789 })
    expect(await fabricInto(spec, { mtu: '1400' })).toEqual(spec.fabric)
    await expect(fabricInto({}, { encapsulate: 'always' })).rejects.toThrow(/of no use with the kind direct/)
  })

  test('of no use any more is what a fabric had that is given up', async () => {
    const spec = { fabric: { kind: 'vxlan', encapsulate: 'cross-subnet' } }
    expect(await fabricInto(spec, { fabric: 'direct' })).toEqual({ kind: 'direct' })
  })
})
