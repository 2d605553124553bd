import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { runCommand } from './command-run.fixture.ts'
import { verifyCommand } from './verify-command.ts'

const MESHES = fileURLToPath(new URL('../../test/wg-quick', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'damask-verify-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

async function verify(...words: readonly string[]) {
  const { printed, errors, exitCode } = await runCommand(verifyCommand, words)
  return { text: printed.replaceAll(`${MESHES}/`, ''), errors, exitCode }
}

const verifyMesh = (name: string) => verify('--wg-quick', join(MESHES, name))

/** The lines of errors, without what stands below them. */
const errorsIn = (text: string) => text.split('\n').filter((line) => line.includes(': error: '))

/** A copy of a mesh with one text in place of another in one file. */
function changed(mesh: string, file: string, from: string | RegExp, to: string): string {
  const folder = mkdtempSync(join(scratch, 'mesh-'))
  for (const name of readdirSync(join(MESHES, mesh)))
    writeFileSync(join(folder, name), readFileSync(join(MESHES, mesh, name)))
  const before = readFileSync(join(folder, file), 'utf8')
  const after = before.replace(from, to)
  expect(after).not.toBe(before)
  writeFileSync(join(folder, file), after)
  return folder
}

describe('damask verify --wg-quick finds no error in a correct mesh:', () => {
  test.each(['nanjing-shanghai', 'full-mesh', 'hub-and-spoke', 'road-warrior'])('%s', async (mesh) => {
    const { text, exitCode } = await verifyMesh(mesh)
    expect(text).toMatch(/\d machines: nothing is wrong$/)
    expect(text).not.toMatch(/: (error|warning): /)
    expect(exitCode).toBe(0)
  })
})

describe('damask verify --wg-quick finds', () => {
  test("in the published virtual LAN that S1 lists S1's own network in place of Nanjing's", async () => {
    const { text, exitCode } = await verifyMesh('nanjing-shanghai-published')
    expect(errorsIn(text)).toEqual([
      'nanjing-shanghai-published/S1.conf:11:14: error: the peer N1 lists 172.16.128.0/24, which is the network of S1 itself',
    ])
    expect(text).toContain(`
    S1 sends nothing to N1, and drops all that comes from it
    N1 does not reach S1; N2 does not reach S1; N3 does not reach S1; S1 does not reach N1, N2, N3
    write: AllowedIPs = 172.16.0.0/24
`)
    expect(text).toContain(`
from \\ to  N1  N2  N3  S1
N1             -   -   NO
N2         -       -   NO
N3         -   -       NO
S1         NO  NO  NO
`)
    expect(exitCode).toBe(1)
  })

  test('the same mistake in the correct LAN, and nothing else', async () => {
    const { text } = await verify(
      '--wg-quick',
      changed('nanjing-shanghai', 'S1.conf', 'AllowedIPs = 172.16.0.0/24', 'AllowedIPs = 172.16.128.0/24'),
    )
    expect(errorsIn(text)).toHaveLength(1)
    expect(text).toContain('S1.conf:11:14: error: the peer N1 lists 172.16.128.0/24, which is the network of S1 itself')
    expect(text).toContain('4 machines: 1 error')
  })

  test('the one entry that a full mesh of four lacks, and what to write there', async () => {
    const { text, exitCode } = await verifyMesh('forgotten-entry')
    expect(errorsIn(text)).toEqual([
      'forgotten-entry/cph.conf:1:1: error: cph has no [Peer] for ber, which has one for cph',
    ])
    expect(text).toContain('\n    ber does not reach cph; cph does not reach ber\n')
    expect(text).toMatch(/write: a \[Peer\] with PublicKey = \S{44}, AllowedIPs = 10\.20\.0\.2\/32, fd20::2\/128\n/)
    expect(exitCode).toBe(1)
  })

  test('a laptop that is added on three machines of four', async () => {
    const { text, exitCode } = await verifyMesh('laptop-on-three')
    expect(errorsIn(text)).toEqual([
      'laptop-on-three/dub.conf:1:1: error: dub has no [Peer] for laptop, which has one for dub',
    ])
    expect(exitCode).toBe(1)
  })

  test('the same where the file of the laptop is not in the folder', async () => {
    const folder = mkdtempSync(join(scratch, 'mesh-'))
    for (const name of ['ams', 'ber', 'cph', 'dub'])
      writeFileSync(join(folder, `${name}.conf`), readFileSync(join(MESHES, 'laptop-on-three', `${name}.conf`)))
    const { text, exitCode } = await verify('--wg-quick', folder)
    expect(text).toMatch(/dub\.conf:1:1: warning: ams, ber and cph have the peer \S+, and dub does not/)
    expect(exitCode).toBe(0)
  })

  test('two laptops with one key', async () => {
    const { text, exitCode } = await verifyMesh('two-laptops-one-key')
    expect(errorsIn(text)).toEqual([
      'two-laptops-one-key/laptop-2.conf:3:14: error: laptop-1 and laptop-2 have one private key',
    ])
    expect(text).toContain('two-laptops-one-key/laptop-1.conf:3:14: the key of laptop-1')
    expect(exitCode).toBe(1)
  })

  test('nothing wrong with a machine whose key is set by a PostUp, as the others know it', async () => {
    const folder = changed(
      'full-mesh',
      'ber.conf',
      /PrivateKey = .*/,
      'PostUp = wg set %i private-key /etc/wireguard/key',
    )
    const { text, exitCode } = await verify('--wg-quick', folder)
    expect(text).toMatch(/ber\.conf:1:1: note: ber has no PrivateKey in its file: it is taken for the owner of \S+/)
    expect(text).toMatch(/4 machines: nothing is wrong$/)
    expect(exitCode).toBe(0)
  })
})

test('a private key is never printed', async () => {
  for (const mesh of readdirSync(MESHES)) {
    const { text } = await verifyMesh(mesh)
    const json = (await verify('--wg-quick', join(MESHES, mesh), '-o', 'json')).text
    for (const file of readdirSync(join(MESHES, mesh), { recursive: true, withFileTypes: true }))
      if (file.isFile()) {
        const [, key = 'none'] =
          /privatekey *= *(\S+)/i.exec(readFileSync(join(file.parentPath, file.name), 'utf8')) ?? []
        expect(`${text}${json}`).not.toContain(key)
      }
  }
})

test('damask verify -o json prints findings with their places, and every pair', async () => {
  const { text, exitCode } = await verify('--wg-quick', join(MESHES, 'forgotten-entry'), '-o', 'json')
  const { machines, findings, reach } = JSON.parse(text)
  expect(machines).toEqual(['ams', 'ber', 'cph', 'dub'])
  expect(findings).toMatchObject([
    {
      severity: 'error',
      code: 'no-peer',
      place: { file: 'forgotten-entry/cph.conf', line: 1, column: 1 },
      unreachable: [
        { from: 'ber', to: 'cph' },
        { from: 'cph', to: 'ber' },
      ],
    },
  ])
  expect(reach).toHaveLength(12)
  expect(reach[0]).toEqual({ from: 'ams', to: 'ber', verdict: 'reached', through: [] })
  expect(exitCode).toBe(1)
})

test('damask verify of nothing, of a folder that is not there and of one without files says so, and exits with 2', async () => {
  expect(await verify()).toMatchObject({
    errors: [
      'say what to verify: files or folders of resources, --kubernetes, or --wg-quick and the folder with the wg-quick files of all machines',
    ],
    exitCode: 2,
  })
  const none = await verify('--wg-quick', join(scratch, 'none'))
  expect(none.errors[0]).toMatch(/^cannot read the wg-quick files in .*ENOENT/)
  expect(none.exitCode).toBe(2)
  const empty = join(scratch, 'empty')
  mkdirSync(empty)
  expect((await verify('--wg-quick', empty)).errors[0]).toMatch(
    /^there is no wg-quick file in .*; put one a machine there/,
  )
})

describe('damask verify FILE', () => {
  const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))

  test('proves that all pairs of a network arrive, and names the gateways that others depend on', async () => {
    const { text, exitCode } = await verify(join(EXAMPLES, 'four-clouds.yaml'))
    expect(text).toContain(
      '7 nodes, 380 pairs of pods, machines and what is outside: all that should arrive does, and back',
    )
    expect(text).toContain('packets of 1440 bytes pass everywhere unsplit')
    expect(text).toContain(
      'warning: without gateway aws-1, 128 pairs of others are lost, of 6 nodes: aliyun-1, aws-2, ',
    )
    expect(exitCode).toBe(0)
  })

  test('with two gateways a site loses nobody with either of them', async () => {
    const { text } = await verify(join(EXAMPLES, 'two-gateways.yaml'))
    expect(text).toMatch(/\n4 of 4 gateways can be lost without losing a pair of others$/)
  })

  test('says who is lost, where, by which entry and because of what', async () => {
    const file = join(scratch, 'two-homes.yaml')
    writeFileSync(file, TWO_HOMES)
    const { text, exitCode } = await verify(file, '--no-without-gateways')
    expect(text).toContain(`error: 8 pairs are lost: east-1: the route says that it is unreachable
    among 2 nodes of 2 sites (east and west); machines and pods, IPv4
    for one, at east-1
    by unreachable 10.42.0.0/16 proto 218 table 219
    because Network/default spec.podPrefixes[0]: never in the clear: what no route carries is refused
    (of those that are alike one is named: east-1 for 2 nodes)
    see: damask trace east-1 10.42.2.1 ${file}
`)
    expect(exitCode).toBe(1)
  })

  test('tells what would cross a public network unencrypted once, both ways', async () => {
    const world = fileURLToPath(new URL('../../test/worlds/leaks-on-purpose.yaml', import.meta.url))
    const { text } = await verify(world, '--no-without-gateways')
    expect(text.split('\n').filter((line) => line.startsWith('error: '))).toEqual([
      'error: 16 pairs would cross a public network unencrypted: where one is on the way (one > internet > two)',
    ])
    expect(text).toContain('    among site torn (north and south); machines and pods, IPv4 and IPv6\n')
  })

  test('a certificate holds for its network, and fails for another or when altered', async () => {
    const example = join(EXAMPLES, 'two-gateways.yaml')
    const { text } = await verify(example, '-o', 'json')
    const file = join(scratch, 'certificate.json')
    writeFileSync(file, text)
    expect(await verify('--check', file, example)).toMatchObject({ exitCode: 0, errors: [] })
    expect((await verify('--check', file, join(EXAMPLES, 'full-mesh.yaml'))).errors[0]).toContain(
      'it is of another network',
    )
    writeFileSync(file, text.replace('"delivered"', '"dropped"'))
    expect(await verify('--check', file, example)).toMatchObject({
      exitCode: 1,
      errors: [`error: ${file}: certificate.classes[0].verdict.kind says "dropped", and it is "delivered"`],
    })
    writeFileSync(file, 'nonsense')
    expect(await verify('--check', file, example)).toMatchObject({ exitCode: 2 })
  })

  test('a certificate says what is lost without each gateway, and fails where that was altered', async () => {
    const example = join(EXAMPLES, 'ipv6-only.yaml')
    const certificate = JSON.parse((await verify(example, '-o', 'json')).text)
    expect(certificate.withoutGateways).toMatchObject([
      { gateway: 'home-1', pairs: 0, from: [], to: [], left: { kinds: expect.anything() } },
      { gateway: 'north-1', pairs: 24, from: ['home-1', 'north-2', 'south-1', 'south-2'] },
      { gateway: 'south-1', pairs: 24 },
    ])
    const file = join(scratch, 'losses.json')
    const check = async (losses: unknown) => {
      writeFileSync(file, JSON.stringify({ ...certificate, withoutGateways: losses }))
      return verify('--check', file, example)
    }
    const whole = certificate.withoutGateways
    expect(await check(whole)).toMatchObject({ exitCode: 0, errors: [] })
    expect((await check(whole)).text).toContain('and so does what it says is lost without any one gateway')
    expect(await check(null)).toMatchObject({ exitCode: 0, errors: [] })
    expect((await check(null)).text).toContain('it does not say what is lost without a gateway')
    const north = whole[1]
    const altered = (change: object) => [whole[0], { ...north, ...change }, whole[2]]
    expect((await check(altered({ pairs: 0 }))).errors).toEqual([
      `error: ${file}: certificate.withoutGateways[1].pairs says 0, and it is 24`,
    ])
    const kinds = north.left.kinds
    for (const losses of [
      undefined,
      [],
      whole.slice(1),
      whole.toReversed(),
      [whole[0], null, whole[2]],
      altered({ gateway: 'north-2' }),
      altered({ from: north.from.slice(1) }),
      altered({ to: [...north.to, 'north-1'] }),
      altered({ left: undefined }),
      altered({ left: { ...north.left, pairs: 1 } }),
      altered({ left: { ...north.left, classes: 1 } }),
      altered({ left: { ...north.left, kinds: kinds.slice(1) } }),
      altered({ left: { ...north.left, kinds: [[kinds.flat(2)]] } }),
      altered({ left: { ...north.left, kinds: [...kinds, [['north-1']]] } }),
      altered({ more: 1 }),
    ])
      expect((await check(losses)).exitCode, JSON.stringify(losses)).toBe(1)
  })

  test('refuses to guess what it is asked', async () => {
    expect((await verify()).errors[0]).toMatch(/^say what to verify: files or folders of resources/)
    expect((await verify('--wg-quick', MESHES, 'world.yaml')).errors[0]).toMatch(/^--wg-quick is judged by itself/)
  })
})

/** Neither can begin, and nobody relays. */
const TWO_HOMES = `
apiVersion: damask.dev/v1alpha1
kind: Network
metadata: { name: default }
spec: { podPrefixes: [10.42.0.0/16], sites: { by: field } }
---
apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: east-1 }
spec: { site: east, privateAddresses: [192.168.1.2/24], podPrefixes: [10.42.1.0/24] }
---
apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: west-1 }
spec: { site: west, privateAddresses: [192.168.2.2/24], podPrefixes: [10.42.2.0/24] }
`
