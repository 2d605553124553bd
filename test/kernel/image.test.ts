// The image as a runtime takes it: its bytes, its files, and its programs under a root that nobody can write to.
import { execFileSync, spawn } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { imageName } from '../../scripts/oci-image.ts'
import { createNamespace, deleteNamespace } from '../../src/linux/index.ts'
import { createWire, within } from '../lone-machine.ts'
import { insideImage, runInside, type UnpackedImage, unpackImage } from '../unpacked-image.ts'
import { loneWorld } from '../vm/lone-world.ts'

const ROOT = join(import.meta.dirname, '../..')
const { version }: { version: string } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const CURRENT_WIREGUARD_GO = join(ROOT, 'dist/wireguard-go')
/** The image brings the current one; where nobody built it, Debian's shows the same of all the rest. */
const WIREGUARD_GO = existsSync(CURRENT_WIREGUARD_GO) ? CURRENT_WIREGUARD_GO : '/usr/bin/wireguard-go'
const MEGABYTE = 1e6
const READY = { ready: { ready: true } }

let folder: string
let archive: string
let image: UnpackedImage
/** Paths of all that is in it but folders. */
let files: readonly string[]

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-oci-test-'))
  archive = build('one', '022')
  image = unpackImage(archive, join(folder, 'unpacked'))
  files = readdirSync(image.root, { recursive: true, encoding: 'utf8' }).filter(
    (path) => !lstatSync(join(image.root, path)).isDirectory(),
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function build(out: string, umask: string): string {
  const words = [join(ROOT, 'scripts/build-image.ts'), '--out', join(folder, out), '--wireguard-go', WIREGUARD_GO]
  const env = { ...process.env, SOURCE_DATE_EPOCH: '1700000000' }
  execFileSync('sh', ['-c', `umask ${umask}; exec "$@"`, 'sh', process.execPath, ...words], { env, stdio: 'pipe' })
  const names = readdirSync(join(folder, out))
  expect(names).toHaveLength(1)
  return join(folder, out, names.join())
}

const damask = (...words: readonly string[]): readonly string[] => [...image.config.config.Entrypoint, ...words]

describe('the image', () => {
  test('is the same, byte by byte, whenever and by whomever it is built', () => {
    const other = build('two', '077')
    expect(unpackImage(other, join(folder, 'other')).descriptor).toEqual(image.descriptor)
    expect(readFileSync(other).equals(readFileSync(archive))).toBe(true)
    for (const path of [other, join(folder, 'other')]) rmSync(path, { recursive: true })
  })

  test('says its name to containerd, to others, and to a Docker that does not know the layout', () => {
    expect(imageName(version)).toBe(`damask.dev/damask:${version}`)
    expect(image.descriptor.annotations).toEqual({
      'io.containerd.image.name': imageName(version),
      'org.opencontainers.image.ref.name': version,
    })
    const [docker] = JSON.parse(readFileSync(join(folder, 'unpacked/manifest.json'), 'utf8'))
    expect(docker.RepoTags).toEqual([imageName(version)])
    for (const path of [docker.Config, ...docker.Layers])
      expect(lstatSync(join(folder, 'unpacked', path)).isFile()).toBe(true)
    expect(image.config.created).toBe('2023-11-14T22:13:20.000Z')
  })

  test('is of less than 60 MB, and a new version of the program is of less than 3', () => {
    expect(statSync(archive).size).toBeLessThan(60 * MEGABYTE)
    expect(image.layers.map(({ size }) => size < 3 * MEGABYTE)).toEqual([false, true])
  })

  test('belongs to root, nobody else may write but in /tmp, and nothing runs with the rights of another', () => {
    for (const path of readdirSync(image.root, { recursive: true, encoding: 'utf8' })) {
      const entry = lstatSync(join(image.root, path))
      expect([path, entry.uid, entry.gid]).toEqual([path, 0, 0])
      if (entry.isSymbolicLink()) continue
      const allowed = path === 'tmp' ? [0o1777] : entry.isDirectory() ? [0o755] : [0o644, 0o755]
      expect(allowed, path).toContain(entry.mode & 0o7777)
    }
  })

  test('has every library that a program or library in it needs, and no shell', () => {
    const elves = files.filter((path) => isElf(join(image.root, path)))
    const names = new Set(files.map((path) => path.replace(/.*\//, '')))
    expect(elves).toContain('usr/lib/damask/node')
    for (const path of elves) {
      const said = execFileSync('readelf', ['-dlW', join(image.root, path)], { encoding: 'utf8' })
      for (const needed of said.match(/(?<=\(NEEDED\).*\[).*(?=\])/g) ?? [])
        expect(names.has(needed), `${path} needs ${needed}`).toBe(true)
      const loader = /program interpreter: \/([^\]]+)/.exec(said)?.[1]
      if (loader !== undefined) expect(files).toContain(loader)
    }
    expect(names.has('sh')).toBe(false)
  })

  test('names no folder of the machine that built it', () => {
    const folders = [ROOT, join(tmpdir(), 'damask-image-')].map((path) => Buffer.from(path))
    const telling = files.filter((path) => {
      if (lstatSync(join(image.root, path)).isSymbolicLink()) return false
      const bytes = readFileSync(join(image.root, path))
      return folders.some((one) => bytes.includes(one))
    })
    expect(telling).toEqual([])
  })
})

describe('inside the image, with a root that is read only', () => {
  test('its entry point runs', () => {
    const { stdout, stderr } = runInside(image.root, damask('--version'))
    expect({ stdout, stderr }).toEqual({ stdout: `${version}\n`, stderr: '' })
  })

  test('`damask` is a command on its path', () => {
    expect(image.config.config.Env).toEqual(['PATH=/usr/bin'])
    expect(runInside(image.root, ['/usr/bin/damask', 'cidr', 'subtract', '10.0.0.0/30', '10.0.0.0/31']).stdout).toBe(
      '10.0.0.2/31\n',
    )
  })

  test('its root cannot be written to', () => {
    const script = "require('node:fs').writeFileSync('/written', '')"
    expect(runInside(image.root, ['/usr/lib/damask/node', '-e', script]).stderr).toContain('EROFS')
  })

  test('it draws, for which it loads Graphviz', () => {
    const mounts = { '/srv/examples': join(ROOT, 'examples') }
    const words = damask('graph', '/srv/examples/four-clouds.yaml', '-o', 'svg')
    const { stdout, stderr } = runInside(image.root, words, mounts)
    expect(stderr).toBe('')
    expect(stdout).toContain('</svg>')
  })

  test('it puts its CNI client on the host', () => {
    const host = join(folder, 'host')
    for (const path of [host, join(host, 'bin'), join(host, 'state')]) mkdirSync(path)
    const mounts = { '/opt/cni/bin': join(host, 'bin'), '/var/lib/damask': join(host, 'state') }
    // No agent serves, so it ends there.
    const { stderr } = runInside(image.root, damask('cni', 'install', '--wait', '0'), mounts)
    expect(stderr).toMatch(/the agent does not serve pods/)
    expect(execFileSync(join(host, 'bin/damask'), { env: { CNI_COMMAND: 'VERSION' }, encoding: 'utf8' })).toContain(
      '1.0.0',
    )
  })

  test('an agent runs, and makes what its node is to have: with libnftables, and with wireguard-go where the kernel has none', async () => {
    const namespace = `damask-test-${process.pid}-image`
    createNamespace(namespace)
    onTestFinished(() => deleteNamespace(namespace))
    const wire = createWire()
    onTestFinished(wire.remove)
    wire.plug(namespace, '10.0.1.11/24')
    const [store, run, state] = [join(folder, 'store'), join(folder, 'run'), join(folder, 'state')]
    for (const path of [store, run, state]) mkdirSync(path)
    writeFileSync(join(store, 'world.yaml'), loneWorld({ hasTunnel: true }))

    const mounts = { '/etc/damask/world': store, '/run': run, '/var/lib/damask': state }
    const words = damask('agent', '--node', 'a1', '--store', '/etc/damask/world')
    const [program = '', ...rest] = insideImage(image.root, mounts, words)
    const agent = spawn('nsenter', [`--net=/run/netns/${namespace}`, program, ...rest], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
    })
    let log = ''
    agent.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString()
    })
    const ended = new Promise((resolve) => agent.once('close', resolve))
    onTestFinished(async () => {
      agent.kill('SIGKILL')
      await ended
    })

    const socket = join(run, 'damask/agent.sock')
    await expect.poll(() => askStatus(socket).catch(() => log), { interval: 100 }).toMatchObject(READY)
    const status = await askStatus(socket)
    expect(status).toMatchObject({ failures: [], drift: { total: 0 } })
    expect(within(namespace, 'nft', 'list', 'table', 'inet', 'damask')).toContain('chain')
    expect(within(namespace, 'ip', '-o', 'link', 'show', 'damask-t1')).toContain('damask-t1')
    if (status.wireguard === 'wireguard-go')
      expect(programsIn(namespace)).toContain('/usr/lib/damask/dist/wireguard-go')
  })
})

/** Of all processes in the network namespace, as they are called inside. */
function programsIn(namespace: string): string[] {
  const pids = execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' }).split('\n').filter(Boolean)
  return pids.map((pid) => readlinkSync(`/proc/${pid}/exe`).replace(image.root, ''))
}

function isElf(path: string): boolean {
  return !lstatSync(path).isSymbolicLink() && readFileSync(path).subarray(0, 4).toString('latin1') === '\x7fELF'
}

/** Rejects while the agent is starting: it says so in plain text. */
async function askStatus(socketPath: string): Promise<{ readonly wireguard: string }> {
  const body = await new Promise<string>((resolve, reject) => {
    const asked = request({ socketPath, path: '/status', agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => resolve(Buffer.concat(chunks).toString()))
    })
    asked.on('error', reject)
    asked.end()
  })
  return JSON.parse(body)
}
