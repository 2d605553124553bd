// The chart and the command make the same objects.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { KubernetesObject } from '../../src/store/index.ts'
import { helmProgram } from './helm-program.ts'

const ROOT = join(import.meta.dirname, '../..')

let helm = ''
let folder = ''
beforeAll(() => {
  helm = helmProgram()
  folder = mkdtempSync(join(tmpdir(), 'damask-helm-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const objectsIn = (text: string): ReadonlyMap<string, KubernetesObject> =>
  new Map(
    parseAllDocuments(text)
      .map((document): KubernetesObject | null => document.toJS())
      .filter((object) => object !== null)
      // What the command remembers for its next call: Helm has a record of its own.
      .filter(({ metadata }) => metadata.name !== 'damask-install')
      .map((object) => [`${object.kind} ${object.metadata.name}`, object]),
  )

function rendered(values: object): ReadonlyMap<string, KubernetesObject> {
  const file = join(folder, 'values.yaml')
  writeFileSync(file, JSON.stringify(values))
  const words = ['template', 'damask', 'packaging/helm/damask', '--include-crds', '--kube-version=1.30.0', '-f', file]
  return objectsIn(execFileSync(helm, words, { cwd: ROOT, encoding: 'utf8', env: { HOME: folder } }))
}

const printed = (...options: readonly string[]): ReadonlyMap<string, KubernetesObject> =>
  objectsIn(
    execFileSync(process.execPath, ['src/cli/main.ts', 'install', '--dry-run', '-o', 'yaml', ...options], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )

const NETWORK = {
  podPrefixes: ['10.42.0.0/16'],
  servicePrefixes: ['10.43.0.0/16'],
  sites: { by: 'label', label: 'topology.kubernetes.io/region' },
}
const PREFIXES = ['--pod-prefix', '10.42.0.0/16', '--service-prefix', '10.43.0.0/16']

describe('helm template makes the objects of damask install', () => {
  test('with what both take by themselves', () => {
    const chart = rendered({ network: NETWORK })
    expect(chart.size).toBeGreaterThan(15)
    expect(chart).toEqual(printed(...PREFIXES))
  })

  test('with every option', () => {
    const values = {
      image: 'registry.example.com/damask:1',
      imagePullPolicy: 'Always',
      pullSecrets: ['one', 'two'],
      apiServer: 'https://203.0.113.10:6443',
      wireguardGo: 'never',
      hasAdmissionPolicy: false,
      metricsPort: 9000,
      hasOpenMetrics: true,
      cniFolders: { programs: '/opt/bin', configuration: '/etc/net.d' },
      network: {
        ...NETWORK,
        sites: { by: 'node' },
        fabric: { kind: 'vxlan', encapsulate: 'cross-subnet' },
        mtu: 1400,
        gatewaysPerSite: 2,
        joinPrivateAddresses: true,
      },
    }
    const options = [
      ['--image', 'registry.example.com/damask:1', '--image-pull-policy', 'Always'],
      ['--pull-secret', 'one', '--pull-secret', 'two', '--api-server', 'https://203.0.113.10:6443'],
      [
        '--wireguard-go',
        'never',
        '--no-admission-policy',
        '--cni-bin-dir',
        '/opt/bin',
        '--cni-config-dir',
        '/etc/net.d',
      ],
      ['--metrics-port', '9000', '--open-metrics'],
      ['--site-by', 'node', '--fabric', 'vxlan', '--encapsulate', 'cross-subnet', '--mtu', '1400'],
      ['--gateways-per-site', '2', '--join-private-addresses'],
    ].flat()
    expect(rendered(values)).toEqual(printed(...PREFIXES, ...options))
  })
})
