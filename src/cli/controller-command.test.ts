// The real command, also killed in the middle of its work.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readWorld } from '../store/index.ts'

const COMMAND = [join(import.meta.dirname, 'main.ts'), 'controller']
const COUNT = 300

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'damask-controller-'))
  const documents = Array.from({ length: COUNT }, (_, index) => node(index))
  writeFileSync(join(root, 'world.yaml'), [NETWORK, ...documents].join('---\n'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const NETWORK = `apiVersion: damask.dev/v1alpha1
kind: Network
metadata: { name: default }
spec: { podPrefixes: [10.42.0.0/16], sites: { by: node } }
`
const node = (index: number): string => `apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: n${index} }
spec:
  privateAddresses: [192.168.0.1/24]
  endpoint: { host: 203.0.${index >> 8}.${index & 255}, port: 51820 }
`

const once = (...words: readonly string[]) =>
  spawnSync(process.execPath, [...COMMAND, '--store', root, '--once', ...words], { encoding: 'utf8' })
const written = (): number =>
  existsSync(join(root, 'granted'))
    ? readdirSync(join(root, 'granted')).filter((name) => !name.startsWith('.')).length
    : 0

/** Starts it and takes its life once so many grants are written. */
async function killAt(count: number, ...words: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [...COMMAND, '--store', root, ...words], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const end = Date.now() + 90_000
  while (written() < count && child.exitCode === null) {
    if (Date.now() > end) break
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  child.kill('SIGKILL')
  await ended
}

describe('damask controller', () => {
  test('killed at any moment it leaves a store that is read, and the next one does the rest', async () => {
    const killThrice = async (): Promise<void> => {
      rmSync(join(root, 'granted'), { recursive: true, force: true })
      for (const [count, words] of [
        [1, ['--once']],
        [60, []],
        [120, ['--once']],
      ] as const) {
        await killAt(count, ...words)
        const { world, issues } = await readWorld([root])
        expect(issues).toEqual([])
        expect(world?.grants.size).toBe(written())
        expect(written()).toBeGreaterThanOrEqual(count)
      }
    }
    await killThrice()
    // On a busy machine it may be done before we come.
    for (let turn = 0; turn < 10 && written() === COUNT; turn++) await killThrice()
    expect(written()).toBeLessThan(COUNT)
    const rest = COUNT - written()
    const { stdout, stderr, status } = once()
    expect([stderr, status]).toEqual(['', 0])
    expect(stdout.trim().split('\n')).toHaveLength(rest)
    expect(stdout).toMatch(/^granted slot 1 of site n\d+ to node n\d+$/m)
    expect(once()).toMatchObject({ stdout: '', stderr: '', status: 0 })
    expect((await readWorld([root])).world?.grants.size).toBe(COUNT)
  })

  test('--once says what is wrong with the world with its place, ends with 2, and leaves what there is', async () => {
    writeFileSync(join(root, 'more.yaml'), node(1).replace('n1', 'x').replace('endpoint', 'endpiont'))
    expect(once()).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/more\.yaml:6:3: spec\.endpiont is not a field of a Node/),
    })
    expect(written()).toBe(0)
    rmSync(join(root, 'world.yaml'))
    rmSync(join(root, 'more.yaml'))
    expect(once()).toMatchObject({ status: 2, stderr: expect.stringContaining('no .yaml or .yml file') })
  })

  test('--once -o json prints what was done, as data, and an empty list where nothing was', () => {
    writeFileSync(join(root, 'world.yaml'), [NETWORK, node(0)].join('---\n'))
    mkdirSync(join(root, 'granted'))
    const mine =
      '# Written by the controller of this network. Changes are lost.\napiVersion: damask.dev/v1alpha1\nkind: NodeGrant\n'
    const record = (name: string, fields: string) => `${mine}metadata: { name: ${name} }\ngranted: { ${fields} }\n`
    writeFileSync(join(root, 'granted', 'n0.yaml'), record('n0', 'site: office, slot: 2'))
    writeFileSync(join(root, 'granted', 'gone.yaml'), record('gone', 'slot: 1'))
    const { stdout, stderr, status } = once('-o', 'json')
    expect([stderr, status]).toEqual(['', 0])
    expect(JSON.parse(stdout)).toEqual([
      { change: 'removed', node: 'gone' },
      { change: 'granted', node: 'n0', site: 'n0', slot: 1, before: { site: 'office', slot: 2 } },
    ])
    expect(once('-o', 'json')).toMatchObject({ stdout: '[]\n', stderr: '', status: 0 })
  })

  test('--once ends with 1 where a grant cannot be written', () => {
    mkdirSync(join(root, 'granted'))
    writeFileSync(join(root, 'granted', 'n0.yaml'), '# mine')
    const { status, stderr } = once()
    expect(stderr).toContain('cannot write the grant of node n0 to ')
    expect(written()).toBe(COUNT)
    expect(status).toBe(1)
  })

  test.each([
    ['', 'say where the resources are: either --store FOLDER or --kubernetes'],
    ['--store x --kubernetes', 'say where the resources are: either --store FOLDER or --kubernetes, not both'],
    [
      '--store x --api-server https://a',
      '--kubeconfig, --api-server and --identity are of a cluster; they go with --kubernetes',
    ],
    ['--kubernetes --once', '--once is of a folder; it goes with --store'],
    [
      '--kubernetes --api-server a:6443',
      '"a:6443" is not the address of an API server; write it as https://203.0.113.10:6443',
    ],
    ['--kubernetes', 'nothing says where the API server is: this is no pod of a cluster'],
  ])('with %j it says what is wrong with that, and ends with 2', (words, sentence) => {
    const given = words.split(' ').filter((word) => word !== '')
    const { KUBERNETES_SERVICE_HOST: _, ...env } = process.env
    const { stderr, status } = spawnSync(process.execPath, [...COMMAND, ...given], { encoding: 'utf8', env })
    expect(stderr).toContain(sentence)
    expect(status).toBe(2)
  })

  test('ends with 1 where the kubeconfig cannot be read, and names it', () => {
    const words = ['--kubernetes', '--kubeconfig', join(root, 'none')]
    const { stderr, status } = spawnSync(process.execPath, [...COMMAND, ...words], { encoding: 'utf8' })
    expect(stderr).toContain('the controller cannot run: ')
    expect(stderr).toContain(join(root, 'none'))
    expect(status).toBe(1)
  })
})
