// The Debian package as dpkg takes it: into a root folder of its own, and out again.
import { type ExecFileSyncOptions, execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const { version }: { version: string } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

let folder: string
let deb: string
/** Where the package is installed. */
let root: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-deb-test-'))
  deb = build('one', '022')
  root = join(folder, 'root')
  for (const name of ['info', 'updates']) mkdirSync(join(root, 'var/lib/dpkg', name), { recursive: true })
  for (const name of ['status', 'available']) writeFileSync(join(root, 'var/lib/dpkg', name), '')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Without compression, which takes half a minute. */
function build(out: string, umask: string): string {
  const words = [join(ROOT, 'scripts/build-deb.ts'), '--out', join(folder, out), '--compression', 'none']
  const env = { ...process.env, SOURCE_DATE_EPOCH: '1700000000' }
  execFileSync('sh', ['-c', `umask ${umask}; exec "$@"`, 'sh', process.execPath, ...words], { env, stdio: 'pipe' })
  const [name = 'nothing'] = readdirSync(join(folder, out))
  return join(folder, out, name)
}

const run = (program: string, words: readonly string[], options: ExecFileSyncOptions = {}): string =>
  execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options }).toString()
/** Maintainer scripts run outside, with the root folder in DPKG_ROOT: there is no shell in it. */
const dpkg = (...words: readonly string[]): string =>
  run('dpkg', [`--root=${root}`, '--force-script-chrootless', '--force-depends', ...words])
const installed = (path: string): boolean => lstatSync(join(root, path), { throwIfNoEntry: false }) !== undefined
const field = (name: string): string => run('dpkg-deb', ['--field', deb, name]).trim()

describe('the Debian package', () => {
  test('is the same, byte by byte, whenever and by whomever it is built', () => {
    const other = build('two', '077')
    expect(readFileSync(other).equals(readFileSync(deb))).toBe(true)
    rmSync(other)
  })

  test('says its version, its architecture and what it needs', () => {
    expect(field('Version')).toBe(version)
    expect(field('Architecture')).toBe(run('dpkg', ['--print-architecture']).trim())
    expect(field('Depends')).toContain('libnftables1')
  })

  test('belongs to root, and nobody else may write in it', () => {
    const [first, ...rest] = run('dpkg-deb', ['--contents', deb]).trim().split('\n')
    expect(first).toMatch(/^drwxr-xr-x root\/root +0 2023-11-14 22:13 \.\/$/)
    expect(rest.filter((line) => !/^(-rw-r--r--|-rwxr-xr-x|drwxr-xr-x|lrwxrwxrwx) root\/root /.test(line))).toEqual([])
  })

  test('depends on every library that its programs load', () => {
    const packages = { libnftables1: 'libnftables', libc6: 'libc.so', 'libstdc++6': 'libstdc', 'libgcc-s1': 'libgcc_s' }
    run('dpkg-deb', ['--extract', deb, join(folder, 'extracted')])
    const programs = ['usr/lib/damask/node', 'usr/lib/cni/damask'].map((path) => join(folder, 'extracted', path))
    const libraries = programs.flatMap((path) => run('readelf', ['-d', path]).match(/(?<=NEEDED.*\[).*(?=\])/g) ?? [])
    const ofGlibc = /^(libdl|libm|libpthread|libc|ld-linux.*)\.so/
    for (const library of libraries.filter((name) => !ofGlibc.test(name)))
      expect(
        Object.values(packages).some((prefix) => library.startsWith(prefix)),
        library,
      ).toBe(true)
    for (const name of Object.keys(packages)) expect(field('Depends')).toContain(name)
  })
})

describe('dpkg', () => {
  test('installs it: enabled, not started, its program runs with the Node that it brings', () => {
    dpkg('--install', deb)
    expect(installed('etc/systemd/system/multi-user.target.wants/damask.service')).toBe(true)
    expect(installed('etc/systemd/system/timers.target.wants/damask-pull.timer')).toBe(false)
    expect(readdirSync(join(root, 'var/lib/damask'))).toEqual([])
    const alone = { env: { PATH: '/usr/bin:/bin' }, cwd: '/' }
    expect(run(join(root, 'usr/bin/damask'), ['--version'], alone)).toBe(`${version}\n`)
    expect(run(join(root, 'usr/bin/damask'), ['--help'], alone)).toMatch(/^ {2}agent /m)
    expect(dpkg('--verify', 'damask')).toBe('')
  })

  test('its program makes a key and prints the documents of a node', () => {
    const state = join(root, 'var/lib/damask')
    const words = ['node', 'init', '--name', 'n1', '--private-address', '10.0.0.11/24', '--state', state]
    expect(run(join(root, 'usr/bin/damask'), words)).toMatch(/^kind: NodeStatus$/m)
    expect(lstatSync(join(state, 'private.key')).mode & 0o777).toBe(0o600)
  })

  test('its program draws and reads documents, for which it loads most of what it brings', () => {
    const example = join(root, 'usr/share/doc/damask/examples/four-clouds.yaml')
    expect(run(join(root, 'usr/bin/damask'), ['graph', example, '-o', 'dot'])).toMatch(/^(di)?graph /m)
    expect(run(join(root, 'usr/bin/damask'), ['plan', example, '--node', 'aws-1'])).toContain('damask-t1')
  })

  test('its units are what systemd takes', () => {
    const units = 'usr/lib/systemd/system'
    cpSync(join('/', units), join(root, units), {
      recursive: true,
      filter: (path) =>
        !path.includes('.wants') && (path.endsWith('system') || /\.(target|slice|mount|socket)$/.test(path)),
    })
    writeFileSync(join(root, 'usr/bin/git'), '', { mode: 0o755 })
    const names = ['damask.service', 'damask-pull.service', 'damask-pull.timer']
    const verify = ['verify', `--root=${root}`, '--man=no', '--recursive-errors=no', ...names]
    const { stdout, stderr, status } = spawnSync('systemd-analyze', verify, { encoding: 'utf8' })
    expect(`${stdout}${stderr}`.split('\n').filter((line) => line.includes('damask'))).toEqual([])
    expect(status).toBe(0)
  })

  test('asks about no file of its own on the way to the next version, and takes all along', () => {
    writeFileSync(join(root, 'etc/default/damask'), 'DAMASK_NODE=n1\n')
    dpkg('--install', deb)
    expect(readFileSync(join(root, 'etc/default/damask'), 'utf8')).toBe('DAMASK_NODE=n1\n')
  })

  test('removes it and leaves the key; a purge takes all but the documents', () => {
    dpkg('--remove', 'damask')
    expect(installed('usr/lib/damask')).toBe(false)
    expect(installed('var/lib/damask/private.key')).toBe(true)
    expect(installed('etc/default/damask')).toBe(true)
    mkdirSync(join(root, 'etc/damask/world'), { recursive: true })
    dpkg('--purge', 'damask')
    expect(existsSync(join(root, 'var/lib/damask'))).toBe(false)
    expect(installed('etc/systemd/system/multi-user.target.wants/damask.service')).toBe(false)
    expect(installed('etc/default/damask')).toBe(false)
    expect(installed('etc/damask/world')).toBe(true)
  })
})
