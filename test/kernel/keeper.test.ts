// A keeper of wireguard-go beside real agents: tunnels that outlive whoever asked for them.
import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { GET } from '../../src/linux/wireguard/uapi.ts'
import { exchange } from '../../src/linux/wireguard/uapi-socket.ts'
import { createLoneMachine, createWire, type LoneMachine } from '../lone-machine.ts'

const WORLD = `
apiVersion: damask.dev/v1alpha1
kind: Network
metadata: { name: default }
spec: { podPrefixes: [10.42.0.0/16], sites: { by: node } }
`
const node = (name: string, number: number) => `---
apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: ${name} }
spec:
  privateAddresses: [192.0.2.${number}/24]
  endpoint: { host: 192.0.2.${number}, port: 51820 }
  podPrefixes: [10.42.${number}.0/24]
`

const PATIENCE = { timeout: 60_000, interval: 20 }

type Kept = { name: string; state: string; pid?: number; how?: string; lastWords?: string }

let folder: string
let wire: ReturnType<typeof createWire>
const keepers = new Set<ChildProcess>()
/** How the last keeper of a machine ended, by folder. */
const ends = new Map<string, string>()

beforeAll(() => {
  execFileSync(join(import.meta.dirname, '../../bin/damask'), ['--version'], { stdio: 'ignore' }) // builds
  folder = mkdtempSync(join(tmpdir(), 'damask-keeper-'))
  wire = createWire()
})
afterAll(async () => {
  for (const keeper of keepers) await stop(keeper)
  wire?.remove()
  rmSync(folder, { recursive: true, force: true })
})

const socketOf = (machine: LoneMachine): string => join(machine.folder, 'run/keeper.sock')
const orderOf = (machine: LoneMachine, method: 'PUT' | 'DELETE', name: string) =>
  machine.ask(`/interfaces/${name}`, { socket: 'keeper.sock', method })
async function kept(machine: LoneMachine): Promise<readonly Kept[]> {
  try {
    return JSON.parse((await machine.ask('/interfaces', { socket: 'keeper.sock' })).body)
  } catch (cause) {
    const end = ends.get(machine.folder) ?? 'it runs'
    throw new Error(`the keeper does not answer (${end}): ${cause}\n${machine.log().slice(-2000)}`, { cause })
  }
}
const tunnelPid = async (machine: LoneMachine) => (await kept(machine)).find(({ state }) => state === 'running')?.pid
/** As the OOM killer does; throws where there is none, as 0 would be this process group. */
async function killTunnel(machine: LoneMachine): Promise<number> {
  const pid = await tunnelPid(machine)
  if (!pid) throw new Error(`no wireguard-go runs on ${machine.folder}`)
  process.kill(pid, 'SIGKILL')
  return pid
}
const linksOf = (machine: LoneMachine): string => machine.run('ip', '-o', 'link', 'show')
const isReady = async (machine: LoneMachine): Promise<boolean> =>
  (await machine.ask('/readyz?peers').catch(() => ({ code: 0 }))).code === 200
/** When the session began, to the nanosecond, as the process itself says: `1795… 123456789`. */
async function handshakeOf(pid: number | undefined): Promise<string> {
  const told = await exchange(`/proc/${pid}/root/run/wireguard/damask-t1.sock`, GET)
  return [...told.matchAll(/^last_handshake_time_n?sec=(\d+)$/gm)].map(([, number]) => number).join(' ')
}
const runs = (pid: number | undefined): boolean => existsSync(`/proc/${pid}/exe`) // of a zombie it leads nowhere

async function startKeeper(machine: LoneMachine): Promise<ChildProcess> {
  const keeper = machine.start('keeper')
  keepers.add(keeper)
  ends.delete(machine.folder)
  keeper.once('exit', (code, signal) => ends.set(machine.folder, `it ended: ${signal ?? `exit code ${code}`}`))
  await vi.waitUntil(() => kept(machine).catch(() => undefined), PATIENCE)
  return keeper
}

async function stop(keeper: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  keepers.delete(keeper)
  if (keeper.exitCode !== null || keeper.signalCode !== null) return keeper.exitCode
  const ended = new Promise<number | null>((resolve) => keeper.once('exit', resolve))
  keeper.kill(signal)
  return ended
}

describe('a keeper alone', () => {
  let c: LoneMachine
  beforeAll(async () => {
    c = createLoneMachine('c', folder)
    await startKeeper(c)
  })
  afterAll(() => c?.remove())

  test('starts a wireguard-go once, however often it is asked, on a socket that is root’s alone', async () => {
    expect((await orderOf(c, 'PUT', 'damask-t1')).code).toBe(201)
    const pid = await tunnelPid(c)
    expect((await orderOf(c, 'PUT', 'damask-t1')).code).toBe(200)
    expect(await kept(c)).toEqual([{ name: 'damask-t1', state: 'running', pid }])
    expect(linksOf(c)).toContain('damask-t1')
    expect(statSync(socketOf(c)).mode & 0o777).toBe(0o600)
  })

  test('makes no other devices than ours', async () => {
    for (const name of ['eth1', 'damask0', 'damask-', 'damask-T1', 'damask-123456789', 'damask-..%2f..', ''])
      expect((await orderOf(c, 'PUT', name)).code, name).toBe(400)
    expect(await kept(c)).toHaveLength(1)
  })

  test('makes a device that somebody deletes anew, when it is asked', async () => {
    const before = await tunnelPid(c)
    c.run('ip', 'link', 'delete', 'damask-t1')
    expect((await orderOf(c, 'PUT', 'damask-t1')).code).toBe(201)
    expect(await tunnelPid(c)).not.toBe(before)
    expect(linksOf(c)).toContain('damask-t1')
  })

  test('says how one ended that it did not end, and starts it only when it is asked', async () => {
    await killTunnel(c)
    await expect.poll(() => kept(c)).toEqual([{ name: 'damask-t1', state: 'ended', how: 'SIGKILL' }])
    expect(linksOf(c)).not.toContain('damask-t1')
    expect((await orderOf(c, 'PUT', 'damask-t1')).code).toBe(201)
    expect(await kept(c)).toMatchObject([{ state: 'running' }])
  })

  test('answers with the last words of a wireguard-go that cannot start', async () => {
    c.run('ip', 'link', 'add', 'damask-t9', 'type', 'bridge')
    const { code, body } = await orderOf(c, 'PUT', 'damask-t9')
    c.run('ip', 'link', 'delete', 'damask-t9')
    expect(code).toBe(500)
    expect(JSON.parse(body)).toEqual({
      errno: 5,
      message: expect.stringMatching(
        /^cannot start \S+ for damask-t9: EIO - it ended at once \(exit code 1\): Failed to create TUN device: /,
      ),
    })
  })

  test('ends one when it is told to, with its device', async () => {
    expect((await orderOf(c, 'PUT', 'damask-f1')).code).toBe(201)
    expect((await orderOf(c, 'DELETE', 'damask-f1')).code).toBe(200)
    expect(linksOf(c)).not.toContain('damask-f1')
    expect((await orderOf(c, 'DELETE', 'damask-f1')).code).toBe(404)
  })

  test('keeps a second one out of its folder, which touches nothing', async () => {
    const pid = await tunnelPid(c)
    const { status, stderr } = spawnSync(
      'nsenter',
      [
        `--net=/run/netns/${c.namespace}`,
        join(import.meta.dirname, '../../bin/damask'),
        'keeper',
        '--run',
        join(c.folder, 'run'),
      ],
      { encoding: 'utf8' },
    )
    expect(status).toBe(1)
    expect(stderr).toMatch(/another keeper runs on .*; stop it/)
    expect(await tunnelPid(c)).toBe(pid)
  })
})

describe('agents beside a keeper', () => {
  let a: LoneMachine
  let b: LoneMachine
  let keeper: ChildProcess
  const store = () => join(folder, 'store')
  /** The address of b's `damask0`, through the tunnel. Polled: on a busy machine one echo may come too late. */
  const echoes = (): boolean =>
    spawnSync('ip', ['netns', 'exec', a.namespace, 'ping', '-n', '-c', '1', '-W', '5', '10.42.2.1']).status === 0
  beforeAll(async () => {
    mkdirSync(store())
    writeFileSync(join(store(), 'world.yaml'), WORLD + node('a', 1) + node('b', 2))
    a = createLoneMachine('a', folder)
    b = createLoneMachine('b', folder)
    wire.plug(a.namespace, '192.0.2.1/24')
    wire.plug(b.namespace, '192.0.2.2/24')
    keeper = await startKeeper(a)
    a.startAgent(store())
    b.startAgent(store())
    await vi.waitUntil(async () => (await isReady(a)) && (await isReady(b)), PATIENCE)
  })
  afterAll(async () => {
    await a?.remove()
    await b?.remove()
  })

  test('get their tunnels from it', async () => {
    expect(await kept(a)).toMatchObject([{ name: 'damask-t1', state: 'running' }])
    const pid = await tunnelPid(a)
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toContain(`PPid:\t${keeper.pid}\n`)
    await expect.poll(echoes).toBe(true)
  })

  test('may be killed and started again: the process, the session and the packets stay', async () => {
    const pid = await tunnelPid(a)
    const handshake = await handshakeOf(pid)
    expect(handshake).toMatch(/^[1-9]\d* \d+$/)
    await a.stopAgent('SIGKILL')
    await expect.poll(echoes).toBe(true)
    a.startAgent(store())
    await expect.poll(() => isReady(a)).toBe(true)
    expect(await tunnelPid(a)).toBe(pid)
    expect(await handshakeOf(pid)).toBe(handshake)
    await expect.poll(echoes).toBe(true)
  })

  test('ask again for a tunnel whose wireguard-go was killed', async () => {
    const pid = await killTunnel(a)
    await expect.poll(async () => (await tunnelPid(a)) ?? pid).not.toBe(pid)
    await expect.poll(echoes).toBe(true)
  })

  test('keep their tunnels while it is killed, and the next keeper takes them over', async () => {
    const pid = await tunnelPid(a)
    await stop(keeper, 'SIGKILL')
    await expect.poll(echoes).toBe(true)
    keeper = await startKeeper(a)
    expect(await tunnelPid(a)).toBe(pid)
  })

  test('lose them when it is stopped, and where nothing forbids it start their own, which a keeper takes over', async () => {
    const pid = await tunnelPid(a)
    expect(await stop(keeper)).toBe(0)
    expect(runs(pid)).toBe(false)
    expect(existsSync(socketOf(a))).toBe(false)
    expect(a.log()).toContain('stopping: the processes end now, and their devices with them')
    await expect.poll(echoes).toBe(true)
    keeper = await startKeeper(a)
    expect(await kept(a)).toMatchObject([{ name: 'damask-t1', state: 'running' }])
  })
})
