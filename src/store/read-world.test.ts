import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseAddress, parsePrefix } from '../model/index.ts'
import { formatIssue } from './issue.ts'
import { readWorld } from './store-reader.ts'
import { WORLD } from './world.fixture.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-store-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const put = (name: string, text: string | Uint8Array): string => {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  return path
}
const issuesOf = async (...paths: string[]): Promise<string[]> =>
  (await readWorld(paths)).issues.map((issue) => formatIssue(issue).replaceAll(folder, 'DIR'))

const EXAMPLE = join(import.meta.dirname, '../../examples/four-clouds.yaml')

describe('the example', () => {
  test('is a World with every default filled in', async () => {
    const { world, issues } = await readWorld([EXAMPLE])
    expect(issues).toEqual([])
    expect(world?.network).toEqual({
      name: 'default',
      podPrefixes: [parsePrefix('10.42.0.0/16'), parsePrefix('fd42:42::/48')],
      servicePrefixes: [parsePrefix('10.43.0.0/16')],
      sites: { by: 'field' },
      fabric: { kind: 'direct', encapsulate: 'always', port: 8472 },
      tunnel: { kind: 'wireguard', port: 51820 },
      encryption: 'required',
      gatewaysPerSite: 1,
      masquerade: [4, 6],
      joinPrivateAddresses: false,
      mtu: 'auto',
    })
    expect([...(world?.sites ?? [])]).toEqual([
      ['aws', { name: 'aws', fabric: { kind: 'vxlan', encapsulate: 'always', port: 8472 } }],
    ])
    expect([...(world?.nodes.keys() ?? [])]).toEqual('aliyun-1 aws-1 aws-2 aws-3 gcp-1 gcp-2 home-1'.split(' '))
    expect(world?.nodes.get('aws-1')).toEqual({
      name: 'aws-1',
      labels: {},
      site: 'aws',
      privateAddresses: [{ address: parseAddress('172.31.0.11'), length: 20 }],
      endpoint: { host: parseAddress('203.0.113.11'), port: 51820 },
      podPrefixes: [parsePrefix('10.42.1.0/24'), parsePrefix('fd42:42:0:1::/64')],
      offeredPrefixes: [],
      gateway: 'allow',
    })
    expect(world?.nodes.get('home-1')).not.toHaveProperty('endpoint')
    expect(world?.statuses.size).toBe(0)
  })

  test('is a Lab with a place for every node', async () => {
    const { lab } = await readWorld([EXAMPLE])
    const udp = [{ protocol: 'udp', port: 51820 }]
    expect(lab).toEqual({
      name: 'four-clouds',
      clouds: [
        { name: 'aws', nat: 'one-to-one', sourceCheck: true, allow: udp, mtuBytes: 1500, routerAdvertisements: false },
        { name: 'gcp', nat: 'one-to-one', sourceCheck: false, allow: udp, mtuBytes: 1500, routerAdvertisements: false },
        {
          name: 'aliyun',
          nat: 'one-to-one',
          sourceCheck: true,
          allow: udp,
          mtuBytes: 1500,
          routerAdvertisements: false,
        },
        { name: 'home', nat: 'masquerade', sourceCheck: false, allow: [], mtuBytes: 1500, routerAdvertisements: false },
      ],
      placement: new Map([
        ['aliyun-1', 'aliyun'],
        ['aws-1', 'aws'],
        ['aws-2', 'aws'],
        ['aws-3', 'aws'],
        ['gcp-1', 'gcp'],
        ['gcp-2', 'gcp'],
        ['home-1', 'home'],
      ]),
      podsPerNode: 2,
      hosts: new Map(),
      stores: 'shared',
    })
  })
})

describe('everything that may be written', () => {
  test('is read', async () => {
    const { world, issues } = await readWorld([put('w.yaml', EVERYTHING)])
    expect(issues).toEqual([])
    expect(world?.network).toMatchObject({
      lan: parsePrefix('172.16.0.0/12'),
      sites: { by: 'label', label: 'topology.kubernetes.io/region' },
      fabric: { kind: 'ipip', encapsulate: 'cross-subnet', port: 8472 },
      gatewaysPerSite: 16,
      encryption: 'preferred',
      masquerade: [6],
      mtu: 1400,
      joinPrivateAddresses: true,
    })
    expect(world?.nodes.get('a')).toMatchObject({
      labels: { 'topology.kubernetes.io/region': 'eu' },
      endpoint: { host: 'a.example.org', port: 1, ports: [1, 2] },
      offeredPrefixes: [parsePrefix('192.168.7.0/24')],
      lan: parseAddress('172.16.0.1'),
      gateway: 'prefer',
      granted: { slot: 1 },
    })
    expect(world?.grants.get('a')).toEqual({ name: 'a', slot: 2 })
    expect(world?.sites.get('eu')).toEqual({ name: 'eu', gatewaysPerSite: 2, mtu: 'auto' })
    expect(world?.statuses.get('a')).toEqual({
      name: 'a',
      publicKey: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
      underlayMtuBytes: 1500,
      underlayIpv6MtuBytes: 1480,
      conditions: [{ type: 'Clash', message: 'two of a kind' }],
    })
  })

  test('reads anchors within a document', async () => {
    const text = WORLD.replace('host: 203.0.113.11, port: 51820', 'host: 203.0.113.11, port: &port 7, ports: [*port]')
    const { world } = await readWorld([put('w.yaml', text)])
    expect(world?.nodes.get('aws-1')?.endpoint).toMatchObject({ port: 7, ports: [7] })
  })

  test('reads a byte order mark, carriage returns and an empty last document', async () => {
    const text = `\uFEFF${WORLD}---\n# the end\n`.replaceAll('\n', '\r\n')
    expect(await issuesOf(put('w.yaml', text))).toEqual([])
  })
})

describe('the order of documents and files', () => {
  test('does not matter', async () => {
    const whole = await readWorld([put('whole.yaml', WORLD)])
    const documents = WORLD.split('---\n')
    const shuffled = [...documents].sort((a, b) => (a.slice(60) < b.slice(60) ? 1 : -1))
    expect(shuffled).not.toEqual(documents)
    put('parts/b/last.yaml', shuffled.slice(0, 3).join('---\n'))
    for (const [index, document] of shuffled.slice(3).entries()) put(`parts/${9 - index}.yml`, document)
    const parts = await readWorld([join(folder, 'parts')])
    expect(parts).toEqual(whole)
    expect([...(parts.world?.nodes.keys() ?? [])]).toEqual(['aws-1', 'aws-2', 'gcp-1'])
    expect([...(parts.lab?.placement ?? [])]).toEqual([...(whole.lab?.placement ?? [])])
    expect(JSON.stringify(parts.world?.network)).toBe(JSON.stringify(whole.world?.network))
  })
})

const EVERYTHING = `apiVersion: damask.dev/v1alpha1
kind: Network
metadata: { name: default }
spec:
  podPrefixes: [10.42.0.0/16, "fd42:42::/48"]
  lan: 172.16.0.0/12
  sites: { by: label, label: topology.kubernetes.io/region }
  fabric: { kind: ipip, encapsulate: cross-subnet }
  encryption: preferred
  gatewaysPerSite: 16
  masquerade: [ipv6]
  mtu: 1400
  joinPrivateAddresses: true
---
apiVersion: damask.dev/v1alpha1
kind: Site
metadata: { name: eu }
spec: { gatewaysPerSite: 2, mtu: auto }
---
apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: a, labels: { topology.kubernetes.io/region: eu } }
spec:
  privateAddresses: [192.0.2.1/24, "2001:db8::1/64"]
  endpoint: { host: A.example.org, port: 1, ports: [1, 2] }
  podPrefixes: [10.42.1.0/24]
  offeredPrefixes: [192.168.7.0/24]
  lan: 172.16.0.1
  gateway: prefer
granted: { slot: 1 }
---
apiVersion: damask.dev/v1alpha1
kind: NodeGrant
metadata: { name: a }
granted: { slot: 2 }
---
apiVersion: damask.dev/v1alpha1
kind: NodeStatus
metadata: { name: a }
status:
  publicKey: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
  underlayMtu: 1500
  underlayIpv6Mtu: 1480
  conditions: [{ type: Clash, message: two of a kind }]
`
