import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseAddress } from '../model/index.ts'
import { readWorld } from '../store/index.ts'
import type { MachineLook } from './machine-look.ts'
import { nodeCommand } from './node-command.ts'

const MACHINE: MachineLook = {
  hostName: 'paris-1.example.net',
  links: [
    {
      name: 'eth0',
      mtuBytes: 1500,
      ipv6MtuBytes: 1480,
      addresses: [
        { address: parseAddress('203.0.113.11'), length: 24 },
        { address: parseAddress('2001:db8::11'), length: 64 },
      ],
    },
    { name: 'eth1', mtuBytes: 1400, addresses: [{ address: parseAddress('10.0.0.11'), length: 24 }] },
  ],
  defaultRoutes: [
    { family: 4, links: ['eth0'], gateways: [parseAddress('203.0.113.1')] },
    { family: 6, links: ['eth0'], gateways: [parseAddress('fe80::1')] },
  ],
}
const NETWORK = `apiVersion: damask.dev/v1alpha1
kind: Network
metadata: { name: default }
spec: { podPrefixes: [10.42.0.0/16], lan: 172.16.0.0/12 }
---
`

let folder: string
let state: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-node-'))
  state = join(folder, 'state')
})
afterEach(() => rmSync(folder, { recursive: true }))

async function init(words: readonly string[], machine = MACHINE) {
  const printed: string[] = []
  const errors: string[] = []
  let exitCode: number | undefined
  const terminal = {
    print: (text: string) => printed.push(text),
    printError: (text: string) => errors.push(text),
    setExitCode: (code: number) => {
      exitCode = code
    },
  }
  await nodeCommand(terminal, () => machine).parseAsync(['init', '--state', state, ...words], { from: 'user' })
  return { printed: printed.join('\n'), errors, exitCode }
}
const publicKeyIn = (text: string): string => /publicKey: (\S+)/.exec(text)?.[1] ?? ''

describe('damask node init', () => {
  test('prints a Node and its NodeStatus, and says beside each guess where it is from', async () => {
    const { printed, errors, exitCode } = await init(['--site', 'paris', '--lan', '172.16.0.1'])
    expect(printed.replace(publicKeyIn(printed), 'KEY')).toBe(
      `# Made by \`damask node init\` on this machine. Look at what it guessed.

apiVersion: damask.dev/v1alpha1
kind: Node
metadata:
  name: paris-1 # the host's name
spec:
  site: paris
  privateAddresses: [203.0.113.11/24, 2001:db8::11/64] # of eth0, where the default route leads
  endpoint:
    host: 203.0.113.11 # a public address, of eth0
    port: 51820
  lan: 172.16.0.1
---
apiVersion: damask.dev/v1alpha1
kind: NodeStatus
metadata:
  name: paris-1
status:
  publicKey: KEY
  underlayMtu: 1500
  underlayIpv6Mtu: 1480`,
    )
    expect(errors).toEqual([`made the private key ${state}/private.key`])
    expect(exitCode).toBe(0)
  })

  test('prints what a store reads, beside a Network, without a complaint', async () => {
    const { printed } = await init(['--site', 'paris', '--lan', '172.16.0.1', '--pod-prefix', '10.42.1.0/24'])
    const file = join(folder, 'world.yaml')
    writeFileSync(file, NETWORK + printed)
    const { world, issues } = await readWorld([file])
    expect(issues).toEqual([])
    expect(world?.nodes.get('paris-1')).toMatchObject({ site: 'paris', lan: parseAddress('172.16.0.1') })
    expect(world?.statuses.get('paris-1')?.publicKey).toBe(publicKeyIn(printed))
  })

  test('says what it is told in place of what it sees', async () => {
    const { printed } = await init([
      ...['--name', 'n1', '--private-address', '10.0.0.11/24', '--endpoint', 'n1.example.net:4500'],
      ...['--pod-prefix', '10.42.1.0/24', '--pod-prefix', 'fd42::/64'],
    ])
    expect(printed).toContain('name: n1\n')
    expect(printed).toContain('privateAddresses: [10.0.0.11/24]\n')
    expect(printed).toContain('endpoint:\n    host: n1.example.net\n    port: 4500\n')
    expect(printed).toContain('podPrefixes: [10.42.1.0/24, fd42::/64]\n')
    expect(printed).toContain('underlayMtu: 1400')
    expect(printed).not.toContain('underlayIpv6Mtu')
  })

  test.each([
    ['203.0.113.99', 'host: 203.0.113.99\n    port: 51820'],
    ['203.0.113.99:1', 'host: 203.0.113.99\n    port: 1'],
    ['[2001:db8::9]:1', 'host: 2001:db8::9\n    port: 1'],
    ['[2001:db8::9]', 'host: 2001:db8::9\n    port: 51820'],
    ['2001:db8::9', 'host: 2001:db8::9\n    port: 51820'],
  ])('takes --endpoint %s', async (text, fields) => {
    expect((await init(['--endpoint', text])).printed).toContain(fields)
  })

  test('has no endpoint with --no-endpoint, and says how to name one where none is seen', async () => {
    const without = await init(['--no-endpoint'])
    expect(without.printed).not.toContain('endpoint')
    expect(without.errors).toHaveLength(1)
    const hidden = await init([], { ...MACHINE, links: MACHINE.links.slice(1), defaultRoutes: [] })
    expect(hidden.printed).not.toContain('endpoint')
    expect(hidden.errors[0]).toMatch(/^note: .* behind NAT; .* say --endpoint ADDRESS\[:PORT\]$/)
  })

  test('keeps the key that is there, and never prints it', async () => {
    const first = await init([])
    const key = readFileSync(join(state, 'private.key'), 'utf8').trim()
    expect(statSync(join(state, 'private.key')).mode & 0o777).toBe(0o600)
    const second = await init(['-o', 'json'])
    expect(second.errors).toEqual([`kept the private key ${state}/private.key`])
    expect(JSON.parse(second.printed)).toMatchObject([
      { kind: 'Node', metadata: { name: 'paris-1' } },
      { kind: 'NodeStatus', status: { publicKey: publicKeyIn(first.printed) } },
    ])
    for (const { printed, errors } of [first, second]) expect(`${printed}${errors}`).not.toContain(key)
  })

  test.each([
    [['--name', 'Paris'], /metadata\.name is "Paris"; expected a DNS name/],
    [['--site', 'a b'], /spec\.site is "a b"; expected a DNS label/],
    [['--private-address', '10.0.0.11'], /"10\.0\.0\.11" has no prefix length; write 10\.0\.0\.11\/24/],
    [['--endpoint', '203.0.113.300'], /"300" is above 255/],
    [['--endpoint', '203.0.113.11:'], /"" is no port/],
    [['--endpoint', '203.0.113.11:70000'], /spec\.endpoint\.port is 70000; expected a whole number from 1 to 65535/],
    [['--lan', '172.16.0.0/12'], /spec\.lan/],
    [['--pod-prefix', '10.42.1.1/24'], /spec\.podPrefixes/],
  ])('%j is an error in a sentence, and makes no key', async (words, sentence) => {
    const { printed, errors, exitCode } = await init(words)
    expect(errors.join()).toMatch(sentence)
    expect({ printed, exitCode }).toEqual({ printed: '', exitCode: 2 })
    expect(existsSync(state)).toBe(false)
  })

  test('a state folder that cannot be is said, and nothing is printed', async () => {
    writeFileSync(state, '')
    const { printed, errors, exitCode } = await init([])
    expect(errors.join()).toMatch(/^cannot keep a private key in .*state: .*(EEXIST|ENOTDIR)/)
    expect({ printed, exitCode }).toEqual({ printed: '', exitCode: 1 })
  })
})
