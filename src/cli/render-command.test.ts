import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from './command-run.fixture.ts'
import { renderCommand } from './render-command.ts'

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}.yaml`, import.meta.url))
const NANJING = example('nanjing-shanghai')

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-render-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function wgQuick(...words: readonly string[]) {
  const { printed, errors, exitCode } = await runCommand(renderCommand, ['wg-quick', ...words])
  return { printed: printed, errors: errors.join('\n'), exitCode }
}

/** Without comments. */
const settingsOf = (text: string): string => text.replace(/^#.*\n/gm, '')

describe('the virtual LAN of Nanjing and Shanghai', () => {
  test('n2 sends its gateway what is not its own network: twelve prefixes', async () => {
    const { printed, exitCode } = await wgQuick(NANJING, '--node', 'n2')
    expect(settingsOf(printed)).toBe(`[Interface]
Address = 172.16.0.2/32
ListenPort = 51836
MTU = 1440
PostUp = wg set %i private-key /etc/wireguard/%i.key

[Peer]
PublicKey = ?n1
AllowedIPs = 172.16.1.0/24, 172.16.2.0/23, 172.16.4.0/22, 172.16.8.0/21, 172.16.16.0/20, 172.16.32.0/19, 172.16.64.0/18, 172.16.128.0/17, 172.17.0.0/16, 172.18.0.0/15, 172.20.0.0/14, 172.24.0.0/13
Endpoint = 172.16.0.1:51820`)
    expect(exitCode).toBe(0)
  })

  test('n1 passes on what is for its fellows, through one device, and speaks to them itself as ever', async () => {
    const { printed } = await wgQuick(NANJING, '--node', 'n1')
    expect(settingsOf(printed)).toBe(`[Interface]
Address = 172.16.0.1/32
ListenPort = 51820
MTU = 1440
Table = 218
PostUp = wg set %i private-key /etc/wireguard/%i.key
PostUp = sysctl -q -w net.ipv4.ip_forward=1
PostUp = ip rule add pref 4990 to 172.16.0.0/24 iif lo lookup main
PostUp = ip rule add pref 5000 lookup 218
PostUp = sysctl -q -w net.ipv4.conf.%i.rp_filter=2
PostUp = ip route add unreachable 172.16.0.0/12 metric 9999
PostDown = ip route del unreachable 172.16.0.0/12 metric 9999
PostDown = ip rule del pref 5000 lookup 218
PostDown = ip rule del pref 4990 to 172.16.0.0/24 iif lo lookup main

[Peer]
PublicKey = ?n2
AllowedIPs = 172.16.0.2/32
Endpoint = 172.16.0.2:51836

[Peer]
PublicKey = ?n3
AllowedIPs = 172.16.0.3/32
Endpoint = 172.16.0.3:51836

[Peer]
PublicKey = ?s1
AllowedIPs = 172.16.128.1/32
Endpoint = 198.51.100.1:51820`)
  })

  test('s1 never lists its own network, and says whose key each peer has', async () => {
    const { printed, errors } = await wgQuick(NANJING, '--node', 's1')
    expect(printed).toContain('[Peer]\n# n1\nPublicKey = ?n1\nAllowedIPs = 172.16.0.1/32, 172.16.0.2/31\n')
    expect(errors).toMatch(/^warning: the public key of n1, n2, n3, s1 is not known: write a NodeStatus/)
  })

  test('--out writes a file for each machine, for its owner alone', async () => {
    const out = join(folder, 'deep', 'files')
    const { printed } = await wgQuick(NANJING, '--out', out)
    expect(readdirSync(out)).toEqual(['n1.conf', 'n2.conf', 'n3.conf', 's1.conf'])
    expect(printed.split('\n')).toEqual(readdirSync(out).map((name) => join(out, name)))
    expect(statSync(join(out, 'n1.conf')).mode & 0o777).toBe(0o600)
    expect(`${(await wgQuick(NANJING, '--node', 'n1')).printed}\n`).toBe(readFileSync(join(out, 'n1.conf'), 'utf8'))
  })
})

const NAMED = `apiVersion: damask.dev/v1alpha1
kind: Network
metadata: { name: default }
spec: { podPrefixes: [10.42.0.0/16] }
---
apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: a }
spec:
  privateAddresses: [10.1.0.1/24]
  endpoint: { host: a.example.net, port: 51900 }
  podPrefixes: [10.42.1.0/24]
---
apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: b }
spec:
  privateAddresses: [10.2.0.1/24]
  podPrefixes: [10.42.2.0/24]
`

test('an endpoint that is a name stays one, and who is behind NAT keeps the tunnel alive', async () => {
  const file = join(folder, 'named.yaml')
  writeFileSync(file, NAMED)
  const { printed } = await wgQuick(file, '--node', 'b')
  expect(printed).toMatch(/AllowedIPs = 10\.42\.1\.0\/24\nEndpoint = a\.example\.net:51900$/)
  expect(settingsOf(printed)).toContain('/%i.key\nPostUp = wg set %i peer ?a persistent-keepalive 25\n')
  expect(settingsOf((await wgQuick(file, '--node', 'a')).printed)).toMatch(/AllowedIPs = 10\.42\.2\.0\/24$/)
})

describe('what no file of wg-quick can say is refused, with what to do', () => {
  test.each([
    ['four-clouds', /^no file of wg-quick is enough for aws-1, .*damask-vx.*; set fabric: \{ kind: wireguard \}/],
    ['behind-nat', /is enough for office-1, office-2: .*by routes over the private network/],
    ['two-gateways', /several gateways.*; set gatewaysPerSite: 1/],
  ])('%s', async (name, expected) => {
    const { printed, errors, exitCode } = await wgQuick(example(name))
    expect(errors).toMatch(expected)
    expect({ printed, exitCode }).toEqual({ printed: '', exitCode: 2 })
  })

  test('a node that is not there', async () => {
    const { errors, exitCode } = await wgQuick(NANJING, '--node', 'n11')
    expect(errors).toBe('there is no node n11 in this world; it has n1, n2, n3, s1; did you mean "n1"?')
    expect(exitCode).toBe(2)
  })
})
