import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from './command-run.fixture.ts'
import { planCommand } from './plan-command.ts'

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))
const FOUR_CLOUDS = `${EXAMPLES}/four-clouds.yaml`
const TEXT = readFileSync(FOUR_CLOUDS, 'utf8')

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-diff-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The example with something replaced, which must be in it, and documents added. */
function changed(name: string, replaced: Readonly<Record<string, string>>, added = ''): string {
  let text = TEXT
  for (const [before, after] of Object.entries(replaced)) {
    expect(text).toContain(before)
    text = text.replace(before, after)
  }
  const file = join(folder, `${name}.yaml`)
  writeFileSync(file, text + added)
  return file
}

async function plan(...words: readonly string[]) {
  return runCommand((machine) => planCommand(machine).exitOverride(), words)
}

const lossesIn = (printed: string): string[] => printed.match(/^ {2}(?:reach|encryption) lost.*$/gm) ?? []

const NEWCOMER = `
---
apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: gcp-3 }
spec: { site: gcp, privateAddresses: [10.128.0.13/24], podPrefixes: [10.42.8.0/24, "fd42:42:0:8::/64"] }
`
const FABRIC = 'spec: { fabric: { kind: vxlan } }'
const keysOf = (keys: Readonly<Record<string, string>>): string =>
  Object.entries(keys)
    .map(
      ([name, letter]) =>
        `\n---\napiVersion: damask.dev/v1alpha1\nkind: NodeStatus\nmetadata: { name: ${name} }\nstatus: { publicKey: "${letter.repeat(42)}A=" }`,
    )
    .join('')

describe('damask plan --diff', () => {
  test('of the same files says that nothing changes, gains or loses', async () => {
    const { printed, exitCode } = await plan('--diff', FOUR_CLOUDS, FOUR_CLOUDS)
    expect(printed).toContain('nothing changes on any node')
    expect(printed).toMatch(/what it means \(all 364 pairs compared\)\n {2}no pair gains or loses anything/)
    expect(printed).toMatch(/sessions that break\n {2}none\n\nnothing is lost that was there$/)
    expect(exitCode).toBe(0)
  })

  test('a node joins: nodes that change alike are told once, each entry with its reason, and nothing is lost', async () => {
    const { printed, exitCode } = await plan('--diff', FOUR_CLOUDS, changed('joins', {}, NEWCOMER))
    expect(printed).toContain('1 node comes, 7 nodes of 8 change')
    expect(printed).toMatch(/^ {2}node gcp-3 comes, with \d+ entries$/m)
    expect(printed).toContain('  2 nodes alike: +2 routes, ~1 filter\n    on aws-2 and aws-3; as on aws-2:\n')
    expect(printed).toMatch(
      /3 nodes alike: \+2 routes, ~1 filter, ~1 peer\n {4}on aliyun-1, aws-1 and home-1; as on aliyun-1:/,
    )
    expect(printed).toMatch(
      /~ damask-t1 peer \?gcp-1: allowed-ips \+10\.42\.8\.0\/24 \+fd42:42:0:8::\/64\n {6}# Node\/gcp-1 spec\.endpoint: a gateway of site gcp/,
    )
    expect(printed).not.toMatch(/^ {4}- /m)
    expect(printed).toMatch(/reach gained .*<-> pods and hosts of gcp-3, IPv4 and IPv6 \(112 pairs\)\n.*gcp-3 are new/)
    expect(printed).toMatch(/sessions that break\n {2}none/)
    expect(exitCode).toBe(0)
    const bare = await plan('--diff', FOUR_CLOUDS, join(folder, 'joins.yaml'), '--no-because')
    expect(bare.printed).not.toContain('Node/gcp-1 spec.endpoint')
  })

  test('the other way round the node goes, and that is a loss', async () => {
    const { printed, exitCode } = await plan('--diff', changed('left', {}, NEWCOMER), FOUR_CLOUDS)
    expect(printed).toMatch(/^ {2}node gcp-3 goes, with \d+ entries {2}# .*damask node clean$/m)
    expect(lossesIn(printed)).not.toEqual([])
    expect(exitCode).toBe(1)
  })

  test('a gateway moves: its sessions end, and one more hop in its own network is no loss', async () => {
    const prefixes = 'podPrefixes: [10.42.2.0/24, "fd42:42:0:2::/64"]'
    const moved = changed('gateway', { [prefixes]: `${prefixes}\n  gateway: prefer` })
    const { printed, exitCode } = await plan('--diff', FOUR_CLOUDS, moved)
    expect(printed).toMatch(/node aws-2: .*\+1 link, .*\+3 peers/)
    expect(printed).toMatch(/^ {4}\+ nexthop id \d+ group \d+ proto 218 … and 2 alike$/m)
    expect(printed).toContain('  WireGuard: aliyun-1, gcp-1 and home-1 with aws-1: no peers any more\n')
    expect(lossesIn(printed)).toEqual([])
    expect(printed).not.toContain('encryption')
    expect(exitCode).toBe(0)
  })

  test('a fabric becomes WireGuard: encryption is gained and packets are smaller; turned off again, it is lost', async () => {
    const wireguard = changed('encrypted', { [FABRIC]: 'spec: { fabric: { kind: wireguard } }' })
    const on = await plan('--diff', FOUR_CLOUDS, wireguard)
    expect(on.printed.match(/^ {2}encryption gained.*/gm)).toEqual([
      '  encryption gained  pods and hosts of aliyun-1, aws-1, gcp-1, gcp-2 and home-1 <-> pods and hosts of aws-2 and aws-3, IPv4 and IPv6 (160 pairs)',
      '  encryption gained  pods and hosts of aws-2 and aws-3 among each other, IPv4 and IPv6 (16 pairs)',
    ])
    expect(on.printed).toMatch(/smaller packets {2}pods and hosts of aws-1, aws-2 and aws-3 among each other/)
    expect(on.printed).toContain('    largest packet 1450 -> 1440 bytes')
    expect(on.printed).toMatch(/TCP: connections of 48 pairs were opened for larger packets/)
    expect({ losses: lossesIn(on.printed), exitCode: on.exitCode }).toEqual({ losses: [], exitCode: 0 })
    const off = await plan('--diff', wireguard, FOUR_CLOUDS)
    expect(off.printed).toMatch(/encryption lost .*\n.*in the clear over 1 network, before over no network/)
    expect(off.printed).toContain('larger packets  pods')
    expect(off.exitCode).toBe(1)
  })

  test('pod prefixes that vanish are a loss, also to the outside; the host speaks by another address', async () => {
    const without = changed('prefixless', { '  podPrefixes: [10.42.3.0/24, "fd42:42:0:3::/64"]\n': '' })
    const { printed, exitCode } = await plan('--diff', FOUR_CLOUDS, without)
    expect(lossesIn(printed)).toEqual([
      expect.stringMatching(/<-> pods of aws-3, IPv4 and IPv6 \(48 pairs\)$/),
      expect.stringMatching(/<-> host aws-3, IPv6 \(24 pairs\)$/),
      // It speaks by its private address now, and answers to that go by the cloud's own wires, where the source check stands.
      '  reach lost  host aws-3 -> hosts aws-1 and aws-2, IPv4 (2 pairs)',
      '  reach lost  pods of aws-3 -> the outside, IPv4 (1 pair)',
    ])
    expect(printed).toContain('pods of aws-3 with addresses from 10.42.3.0/24: nobody has the prefix now')
    expect(printed).toContain('host aws-3: speaks by 172.31.0.13, before by 10.42.3.1')
    expect(exitCode).toBe(1)
  })

  test('pods that get another prefix are the same pods: nothing is lost, but they start anew', async () => {
    const renumbered = changed('renumbered', { '10.42.3.0/24': '10.42.33.0/24' })
    const { printed, exitCode } = await plan('--diff', FOUR_CLOUDS, renumbered)
    expect(printed).toContain(
      'pods of aws-3 with addresses from 10.42.3.0/24: nobody has the prefix now; new pods are from 10.42.33.0/24',
    )
    expect(printed).not.toContain('with addresses from fd42')
    expect({ losses: lossesIn(printed), exitCode }).toEqual({ losses: [], exitCode: 0 })
  })

  test('another key breaks the sessions with it; keys that one side alone knows are those of the other', async () => {
    const keys = { 'aws-1': 'a', 'gcp-1': 'b', 'aliyun-1': 'c', 'home-1': 'd' }
    const before = changed('keys', {}, keysOf(keys))
    const after = changed('other-key', {}, keysOf({ ...keys, 'gcp-1': 'e' }))
    const { printed, exitCode } = await plan('--diff', before, after)
    expect(printed).toContain(
      `WireGuard: aliyun-1, aws-1 and home-1 with gcp-1: another key, ${'b'.repeat(42)}A= -> ${'e'.repeat(42)}A=; packets wait`,
    )
    expect(exitCode).toBe(0)
    for (const sides of [
      [before, FOUR_CLOUDS],
      [FOUR_CLOUDS, before],
    ] as const)
      expect((await plan('--diff', ...sides)).printed).toContain('nothing changes on any node')
  })

  test('an endpoint that moves, and a machine whose address others see, break connections', async () => {
    const moved = changed('endpoint', {
      'host: 198.51.100.11': 'host: 198.51.100.77',
      '172.31.0.13/20': '172.31.0.23/20',
    })
    const { printed, exitCode } = await plan('--diff', FOUR_CLOUDS, moved)
    expect(printed).toMatch(/~ damask-t1 peer \?gcp-1: endpoint 198\.51\.100\.11:51820 -> 198\.51\.100\.77:51820\n/)
    expect(printed).toContain(
      'WireGuard: aliyun-1, aws-1 and home-1 with gcp-1: reached at 198.51.100.77:51820, before at 198.51.100.11:51820',
    )
    expect(printed).toContain(
      'connections: pods and hosts of aws-3 -> the outside, IPv4 (2 pairs) arrive as 172.31.0.23, before as 172.31.0.13',
    )
    // A link that is made anew takes with it what stands on it.
    expect(printed).toMatch(/- damask-vx: .*local 172\.31\.0\.13[\s\S]*\+ damask-vx: .*local 172\.31\.0\.23/)
    expect(printed).toContain('+ neighbour fe80::ac1f:b dev damask-vx')
    expect(exitCode).toBe(0)
  })

  test('a machine that is known by a name keeps its place when others with names join', async () => {
    const named = changed('named', { 'host: 198.51.100.11': 'host: zulu.example.net' })
    const joined = changed('named-both', {
      'host: 198.51.100.11': 'host: zulu.example.net',
      'host: 192.0.2.11': 'host: alpha.example.net',
    })
    const { printed } = await plan('--diff', named, joined)
    expect(printed).toMatch(/WireGuard: .* with aliyun-1: reached at /)
    expect(printed).not.toMatch(/with gcp-1: reached at/)
  })

  test('a gateway that takes another slot is met on another device, at another port', async () => {
    const before = `${EXAMPLES}/two-gateways.yaml`
    const after = join(folder, 'slots.yaml')
    writeFileSync(
      after,
      readFileSync(before, 'utf8').replace('name: a1 }\nspec:\n', 'name: a1 }\nspec:\n  gateway: never\n'),
    )
    const { printed } = await plan('--diff', before, after)
    expect(printed).toContain(
      'WireGuard: b1 and b2 with a2: from damask-t2 to damask-t1; packets wait for a new handshake',
    )
    expect(printed).toContain('WireGuard: a2 with b1: reached at 198.51.100.11:51820, before at 198.51.100.11:51821')
    expect(printed).toContain('WireGuard: b1 and b2 with a1: no peers any more')
  })

  test('a relay where there was none is one more public hop', async () => {
    const noEndpoint = changed('no-endpoint', { '  endpoint: { host: 192.0.2.11, port: 51820 }\n': '' })
    const { printed, exitCode } = await plan('--diff', FOUR_CLOUDS, noEndpoint)
    expect(printed).toMatch(
      /more public hops {2}pods and hosts of aliyun-1 and home-1 among each other.*\n.*over 2 public networks, before over 1/,
    )
    expect(exitCode).toBe(0)
  })

  test('a port that a cloud of the Lab closes is a loss, though no plan changes; opened again, it is a gain', async () => {
    const closed = changed('closed', { 'allow: [{ protocol: udp, port: 51820 }] # what': 'allow: [] # what' })
    const { printed, exitCode } = await plan('--diff', FOUR_CLOUDS, closed)
    expect(printed).toContain('nothing changes on any node')
    expect(lossesIn(printed)).not.toEqual([])
    expect(printed).toMatch(/reach lost .*home-1/)
    expect(printed).toContain('the firewall of aws does not let UDP port 51820 through')
    expect(exitCode).toBe(1)
    const opened = await plan('--diff', closed, FOUR_CLOUDS)
    expect(lossesIn(opened.printed)).toEqual([])
    expect(opened.printed).toContain('reach gained')
    expect(opened.exitCode).toBe(0)
  })

  test('a smaller MTU of a cloud is planned for, and packets are smaller', async () => {
    const narrow = changed('narrow', { 'name: gcp\n': 'name: gcp\n      mtu: 1400\n' })
    const { printed, exitCode } = await plan('--diff', FOUR_CLOUDS, narrow)
    expect(printed).toMatch(/~ damask-t1: <UP> mtu 1340 /)
    expect(printed).toMatch(/smaller packets .*gcp-1/)
    expect(printed).toContain('largest packet 1440 -> 1340 bytes')
    expect(exitCode).toBe(0)
  })

  test('a NAT that forgets sooner than machines behind it keep awake loses what others begin', async () => {
    const forgetful = changed('forgetful', { 'nat: masquerade\n': 'nat: masquerade\n      natTimeout: 10\n' })
    const { printed, exitCode } = await plan('--diff', FOUR_CLOUDS, forgetful)
    expect(printed).toContain('nothing changes on any node')
    expect(printed).toMatch(/reach lost .*home-1/)
    expect(exitCode).toBe(1)
  })

  test('of a Lab that cannot be laid out the networks are guessed, as trace and verify do, and it says so', async () => {
    const cloud = 'name: aliyun\n      nat: one-to-one\n'
    const impossible = changed('impossible', { [cloud]: 'name: aliyun\n      nat: none\n' })
    const { printed } = await plan('--diff', FOUR_CLOUDS, impossible)
    expect(printed.match(/^note: .*/gm)).toEqual([
      expect.stringMatching(
        /^note: the networks below are guessed, and not those of the Lab: node aliyun-1 has the endpoint/,
      ),
    ])
  })

  test('says where one side has a Lab, and the networks below the other are guessed', async () => {
    const labless = join(folder, 'labless.yaml')
    writeFileSync(labless, TEXT.slice(0, TEXT.lastIndexOf('---')))
    const note = /^note: one side has a Lab, and the networks below the other are guessed/m
    expect((await plan('--diff', labless, FOUR_CLOUDS)).printed).toMatch(note)
    expect((await plan('--diff', labless, labless)).printed).not.toMatch(/^note: /m)
    expect((await plan('--diff', FOUR_CLOUDS, FOUR_CLOUDS)).printed).not.toMatch(/^note: /m)
  })

  test('--node tells what changes on that node, and what its own ends gain and lose', async () => {
    const file = changed('joins-again', {}, NEWCOMER)
    const { printed } = await plan('--diff', FOUR_CLOUDS, file, '--node', 'gcp-2')
    expect(printed.match(/^ {2}node .*/gm)).toEqual(['  node gcp-2: +2 routes, ~1 filter'])
    expect(printed).toContain(
      'reach gained  pods and hosts of gcp-2 and gcp-3 among each other, IPv4 and IPv6 (16 pairs)',
    )
    expect(printed).not.toContain('home-1')
    const misspelt = await plan('--diff', FOUR_CLOUDS, file, '--node', 'gcp-9')
    expect(misspelt.errors.at(-1)).toMatch(
      /^there is no node gcp-9 on either side; there are .*did you mean "gcp-1"\?$/,
    )
    expect(misspelt.exitCode).toBe(2)
  })

  test('-o json has the same as data', async () => {
    const { printed } = await plan('--diff', FOUR_CLOUDS, join(folder, 'gateway.yaml'), '-o', 'json')
    const data = JSON.parse(printed)
    expect(data).toMatchObject({ isLost: false, nodes: { old: 7, next: 7 }, comes: [], goes: [] })
    expect(data.changes[0]).toMatchObject({
      nodes: ['aws-1'],
      summary: '+1 group of next hops, +2 routes, -1 link',
      steps: [{ op: 'create', kind: 'next-hop-group', alike: 0 }, {}, {}, { op: 'delete', kind: 'link' }],
    })
    expect(data.sessions.wireguard).toEqual([
      expect.objectContaining({ why: 'gone', with: 'aws-1', nodes: ['aliyun-1', 'gcp-1', 'home-1'] }),
    ])
    const off = await plan('--diff', join(folder, 'encrypted.yaml'), FOUR_CLOUDS, '-o', 'json')
    expect(JSON.parse(off.printed)).toMatchObject({ isLost: true })
    expect(JSON.parse(off.printed).meaning.differences).toContainEqual(
      expect.objectContaining({
        aspect: 'encryption',
        change: 'lost',
        isBothWays: true,
        families: [4, 6],
        pairs: 160,
        example: expect.objectContaining({
          before: expect.objectContaining({ isReached: true, clearCrossings: 0 }),
          after: expect.objectContaining({ isReached: true, clearCrossings: 1 }),
        }),
      }),
    )
  })
})

describe('damask plan --diff of wrong input', () => {
  test('says what is wrong with either side, and exits with 2', async () => {
    const missing = await plan('--diff', join(folder, 'none.yaml'), FOUR_CLOUDS)
    expect(missing.errors.join('\n')).toContain('none.yaml')
    expect(missing.exitCode).toBe(2)
    expect((await plan('--diff', FOUR_CLOUDS, join(folder, 'none.yaml'))).exitCode).toBe(2)
    expect((await plan('--diff', FOUR_CLOUDS)).errors.join()).toContain('say where the resources are')
  })

  test('refuses words that do not go together', async () => {
    const refused = async (...words: readonly string[]) => {
      const { errors, exitCode, printed } = await plan(...words, FOUR_CLOUDS)
      expect({ exitCode, printed }).toEqual({ exitCode: 2, printed: '' })
      return errors.join()
    }
    expect(await refused('--lab', 'x')).toContain('--diff running')
    expect(await refused('--diff', 'running', '--diff', FOUR_CLOUDS)).toContain('stands alone')
    expect(await refused('--diff', FOUR_CLOUDS, '-o', 'commands')).toContain('leave out -o commands')
    expect(await refused('--diff', 'running', '--lab', 'no-such-lab')).toMatch(/no lab/)
    expect(await refused('--diff', 'running', '--node', 'aws-9')).toContain('did you mean "aws-1"?')
    expect(await refused('--diff', 'running', '--node', 'aws-1')).toContain('know no public key of any node')
  })
})
