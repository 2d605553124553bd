import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { preparePlan } from '../planner/index.ts'
import { readWorld } from '../store/index.ts'
import { importCommand } from './import-command.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-import-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function importText(text: string, ...words: readonly string[]) {
  const file = join(folder, 'net-conf.json')
  writeFileSync(file, text)
  const printed: string[] = []
  const errors: string[] = []
  let exitCode: number | undefined
  const command = importCommand({
    print: (line) => printed.push(line),
    printError: (line) => errors.push(line.replaceAll(`${folder}/`, '')),
    setExitCode: (code) => {
      exitCode = code
    },
  })
  await command.parseAsync(['flannel', file, ...words], { from: 'user' })
  return { printed: printed.join('\n'), errors, exitCode }
}

const importJson = (config: unknown) => importText(JSON.stringify(config))
const vxlan = (more: object = {}) => ({ Network: '10.42.0.0/16', Backend: { Type: 'vxlan' }, ...more })
const withBackend = (Type: string, more: object = {}) => vxlan({ Backend: { Type, ...more } })
const specOf = async (config: unknown) => parse((await importJson(config)).printed).spec

describe('a configuration of flannel as a Network', () => {
  const podPrefixes = ['10.42.0.0/16']
  const oneSite = { podPrefixes, sites: { by: 'field' } }
  const fullMesh = { podPrefixes, sites: { by: 'node' } }
  test.each([
    [withBackend('vxlan'), { ...oneSite, fabric: { kind: 'vxlan' } }],
    [
      withBackend('vxlan', { DirectRouting: true, Port: 4789, MTU: 1450 }),
      { ...oneSite, fabric: { kind: 'vxlan', encapsulate: 'cross-subnet', port: 4789 }, mtu: 1400 },
    ],
    [withBackend('VXLAN', { Port: 0, MTU: 0 }), { ...oneSite, fabric: { kind: 'vxlan' } }],
    [withBackend('host-gw'), { ...oneSite, fabric: { kind: 'direct' } }],
    [
      withBackend('ipip', { DirectRouting: true }),
      { ...oneSite, fabric: { kind: 'ipip', encapsulate: 'cross-subnet' } },
    ],
    [withBackend('wireguard'), fullMesh],
    [withBackend('wireguard', { ListenPort: 51900 }), { ...fullMesh, tunnel: { kind: 'wireguard', port: 51900 } }],
    [withBackend('udp', { Port: 8285 }), { ...oneSite, fabric: { kind: 'vxlan' } }],
    [{ Network: '10.42.0.0/16' }, { ...oneSite, fabric: { kind: 'vxlan' } }],
    [withBackend('ipsec', { PSK: 'x'.repeat(96), UDPEncap: true }), fullMesh],
    [withBackend('extension', { PostStartupCommand: 'tailscale set' }), fullMesh],
    [withBackend('alloc'), { ...oneSite, fabric: { kind: 'none' } }],
    [withBackend('tencent-vpc', { AccessKeyID: 'a', AccessKeySecret: 'b' }), { ...oneSite, fabric: { kind: 'vxlan' } }],
    [vxlan({ SubnetLen: 22 }), { ...oneSite, podPrefixLengths: { ipv4: 22 }, fabric: { kind: 'vxlan' } }],
    // Flannel takes two bits more where a /24 does not fit four times.
    [
      vxlan({ Network: '10.42.0.0/23' }),
      { ...oneSite, podPrefixes: ['10.42.0.0/23'], podPrefixLengths: { ipv4: 25 }, fabric: { kind: 'vxlan' } },
    ],
    [
      vxlan({ EnableIPv6: true, IPv6Network: 'fd42:42::/48' }),
      { ...oneSite, podPrefixes: ['10.42.0.0/16', 'fd42:42::/48'], fabric: { kind: 'vxlan' } },
    ],
    // As k3s writes it.
    [vxlan({ EnableIPv6: false, EnableIPv4: true, IPv6Network: '::/0' }), { ...oneSite, fabric: { kind: 'vxlan' } }],
    [
      vxlan({ EnableIPv4: false, Network: '0.0.0.0/0', EnableIPv6: true, IPv6Network: 'fd42:42::/56' }),
      { ...oneSite, podPrefixes: ['fd42:42::/56'], fabric: { kind: 'vxlan' } },
    ],
  ])('%j', async (config, spec) => {
    expect(await specOf(config)).toEqual(spec)
  })

  test('keys are read in any case, and the last of several counts', async () => {
    const { printed, errors, exitCode } = await importText(
      '{"network": "10.42.0.0/16",\n "NETWORK": "10.43.0.0/16",\n "backend": {"type": "vxlan", "Directrouting": true}}',
    )
    expect(errors).toEqual(['net-conf.json:2:2: warning: Network stands twice; flannel takes the last, and so do we'])
    expect(parse(printed).spec).toMatchObject({
      podPrefixes: ['10.43.0.0/16'],
      fabric: { kind: 'vxlan', encapsulate: 'cross-subnet' },
    })
    expect(exitCode).toBe(0)
  })

  test('-o json prints the same document', async () => {
    const text = JSON.stringify(vxlan({ SubnetLen: 22 }))
    const [asYaml, asJson] = [await importText(text), await importText(text, '-o', 'json')]
    expect(JSON.parse(asJson.printed)).toEqual(parse(asYaml.printed))
  })

  test.each([
    withBackend('vxlan', { DirectRouting: true }),
    withBackend('host-gw'),
    withBackend('wireguard'),
    vxlan({ EnableIPv6: true, IPv6Network: 'fd42:42::/48' }),
  ])('with nodes added the store reads it and the planner plans it: %j', async (config) => {
    const { printed } = await importJson(config)
    const node = (name: string, nth: number) =>
      `---\napiVersion: damask.dev/v1alpha1\nkind: Node\nmetadata: { name: ${name} }\nspec:\n  site: here\n  privateAddresses: [10.0.0.${nth}/24]\n  endpoint: { host: 203.0.113.${nth}, port: 51820 }\n  podPrefixes: [10.42.${nth}.0/24]\n`
    const file = join(folder, 'world.yaml')
    writeFileSync(file, `${printed}\n${node('a', 1)}${node('b', 2)}`)
    const { world, issues } = await readWorld([file])
    expect(issues).toEqual([])
    expect(world && preparePlan(world).issues).toEqual([])
    expect(world?.network.podPrefixes.length).toBeGreaterThan(0)
  })
})

describe('what flannel refuses is refused, with its place', () => {
  test.each([
    [vxlan({ Network: '10.42.0.0' }), /:1:12: Network: "10.42.0.0", where a prefix .* is due; flannel refuses it/],
    [vxlan({ Network: 'fd42::/48' }), /Network: "fd42::\/48", where a prefix/],
    [vxlan({ Network: null }), /Network: null, where a prefix/],
    [{ Backend: { Type: 'vxlan' } }, /:1:1: EnableIPv4: IPv4 is on unless this says false, and Network is not there/],
    [vxlan({ Network: '10.42.0.0/29' }), /Network: 10.42.0.0\/29 is too small; .* \/28/],
    [vxlan({ EnableIPv6: true }), /:1:\d+: EnableIPv6: IPv6 is on, and IPv6Network is not there/],
    [vxlan({ EnableIPv4: false }), /EnableIPv4: neither IPv4 nor IPv6 is on/],
    [vxlan({ SubnetLen: 31 }), /SubnetLen: .* flannel takes \/30 at most/],
    [vxlan({ SubnetLen: 17 }), /SubnetLen: .* four prefixes of \/17, .* \/18 is the shortest/],
    [vxlan({ SubnetLen: '24' }), /SubnetLen: "24", where a whole number from 0 to 32, without quotes, is due/],
    [vxlan({ SubnetLen: -1 }), /SubnetLen: -1, where a whole number/],
    [vxlan({ SubnetMin: '10.43.0.0' }), /SubnetMin: it is outside of 10.42.0.0\/16/],
    [vxlan({ SubnetMax: '10.42.1.7' }), /SubnetMax: no prefix of \/24 begins there; 10.42.1.0\/24 does/],
    [
      vxlan({ EnableIPv6: true, IPv6Network: 'fd42::/48', IPv6SubnetLen: 127 }),
      /IPv6SubnetLen: .* flannel takes \/126 at most/,
    ],
    [vxlan({ EnableIPv6: 'yes' }), /EnableIPv6: "yes", where true or false, without quotes, is due/],
    [withBackend('vxlann'), /:1:45: Backend.Type: flannel knows no backend "vxlann"; did you mean "vxlan"\?/],
    [withBackend('wireguard-native'), /k3s's name for flannel's wireguard/],
    [vxlan({ Backend: {} }), /Backend.Type: it is not there; flannel knows vxlan, /],
    [vxlan({ Backend: 'vxlan' }), /Backend: it is no object; expected \{ "Type": "vxlan" \}/],
    [withBackend('vxlan', { Port: 70000 }), /Backend.Port: 70000, where a whole number from 0 to 65535 is due/],
    [withBackend('vxlan', { DirectRouting: 1 }), /Backend.DirectRouting: 1, where true or false/],
    [withBackend('wireguard', { Mode: 'both' }), /Backend.Mode: flannel knows no "both"/],
    [withBackend('ipsec', { PSK: 'short' }), /Backend.PSK: flannel wants 96 characters at least, and finds 5/],
    [withBackend('wireguard', { PSK: 31337 }), /Backend.PSK: something else, where a text in double quotes is due/],
    [[], /:1:1: this is no object/],
  ])('%j', async (config, expected) => {
    const { printed, errors, exitCode } = await importJson(config)
    const refusals = errors.filter((error) => !error.includes(': warning: '))
    expect(refusals.join('\n')).toMatch(expected)
    expect(refusals).toHaveLength(1)
    expect({ printed, exitCode }).toEqual({ printed: '', exitCode: 2 })
  })
})

describe('what Damask has nothing for is a warning that says what to do', () => {
  test.each([
    [withBackend('vxlan', { VNI: 7 }), /Backend.VNI: Damask always takes 218/],
    [withBackend('vxlan', { GBP: true }), /Backend.GBP/],
    [withBackend('vxlan', { Learning: true }), /Backend.Learning/],
    [withBackend('vxlan', { MacPrefix: '0E-2A' }), /Backend.MacPrefix: this is for Windows/],
    [withBackend('wireguard', { PSK: 's3cret' }), /Backend.PSK: Damask has no preshared keys/],
    [withBackend('wireguard', { ListenPortV6: 51821 }), /let UDP 51820 in, and no other/],
    [withBackend('wireguard', { PersistentKeepaliveInterval: 25 }), /keeps tunnels alive by itself/],
    [withBackend('udp'), /Backend.Type: Damask carries no packets in user space/],
    [withBackend('extension', { SubnetAddCommand: 'ip route' }), /Backend.SubnetAddCommand: Damask runs no commands/],
    [withBackend('tencent-vpc', { AccessKeySecret: 's3cret' }), /AccessKeySecret: .* withdraw this key/],
    [vxlan({ SubnetMin: '10.42.16.0' }), /SubnetMin: .* write spec.podPrefixes of each Node/],
    [{ Network: '10.42.0.0/16' }, /Backend: it is not there; flannel takes udp then/],
    [vxlan({ Network: '10.42.7.0/16' }), /Network: 10.42.7.0\/16 has host bits set; flannel takes 10.42.0.0\/16/],
    [vxlan({ SubnetLenn: 24 }), /SubnetLenn: flannel does not know this, .*; did you mean "SubnetLen"\?/],
    [vxlan({ IPv6Network: 'fd42::/48' }), /IPv6Network: flannel does not use it without "EnableIPv6": true/],
  ])('%j', async (config, expected) => {
    const { errors, exitCode, printed } = await importJson(config)
    expect(errors.join('\n')).toMatch(expected)
    expect(errors.join('\n') + printed).not.toContain('s3cret')
    expect(exitCode).toBe(0)
  })
})

const PUBLISHED = `{
  "Network": "10.42.0.0/16",
  "Backend": {
    "Type": "vxlan"
    "Directrouting": true
  }
}
`

test('a mistake of syntax is shown with its line and a caret', async () => {
  const { printed, errors, exitCode } = await importText(PUBLISHED)
  expect(errors).toEqual([
    'net-conf.json:4:20: a comma is missing after "vxlan"\n        "Type": "vxlan"\n                       ^',
  ])
  expect({ printed, exitCode }).toEqual({ printed: '', exitCode: 2 })
})

const configMap = (json: string) => `apiVersion: v1
kind: Namespace
metadata: { name: kube-flannel }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: kube-flannel-cfg, namespace: kube-flannel }
data:
  cni-conf.json: |
    {}
  net-conf.json: |
${json.replace(/^(?=.)/gm, '    ')}`

describe('the ConfigMap of the manifest', () => {
  test('is read', async () => {
    const { printed } = await importText(configMap(PUBLISHED.replace('"vxlan"', '"vxlan",')))
    expect(parse(printed).spec.fabric).toEqual({ kind: 'vxlan', encapsulate: 'cross-subnet' })
  })

  test('has its mistakes shown where they stand in the whole file', async () => {
    const { errors } = await importText(configMap(PUBLISHED))
    expect(errors.join()).toMatch(
      /^net-conf\.json:15:24: a comma is missing after "vxlan"\n {12}"Type": "vxlan"\n {27}\^$/,
    )
  })

  test('without net-conf.json is told from a file that is no JSON', async () => {
    const { errors } = await importText('apiVersion: v1\nkind: ConfigMap\ndata:\n  cni-conf.json: "{}"\n')
    expect(errors.join()).toMatch(/is a ConfigMap without data\["net-conf.json"\]/)
  })

  test('is read as kubectl prints it in JSON', async () => {
    const data = { 'net-conf.json': JSON.stringify(vxlan()) }
    expect((await importJson({ apiVersion: 'v1', kind: 'ConfigMap', data })).printed).toContain('kind: vxlan')
  })
})

test('a file that is not there is named, with exit code 2', async () => {
  const errors: string[] = []
  let exitCode: number | undefined
  const terminal = {
    print: () => {},
    printError: (text: string) => errors.push(text),
    setExitCode: (code: number) => {
      exitCode = code
    },
  }
  await importCommand(terminal).parseAsync(['flannel', join(folder, 'none.json')], { from: 'user' })
  expect(errors.join()).toMatch(/cannot read .*none\.json: ENOENT/)
  expect(exitCode).toBe(2)
})
