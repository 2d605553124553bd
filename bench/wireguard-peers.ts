// A WireGuard device with many peers from empty, as the agent makes it, beside `wg syncconf` with the same peers; and how long the
// device itself takes to be there. Both devices are of the kernel where it has WireGuard, else of wireguard-go.
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inNamespace, type LinuxKernel, openKernel } from '../src/linux/index.ts'
import {
  formatEndpoint,
  formatPrefix,
  hostPrefix,
  link,
  MARK,
  type NodeState,
  nthAddress,
  type PublicKey,
  parsePrefix,
  tunnelLink,
  type WireguardPeer,
  wireguardDevice,
  wireguardPeer,
} from '../src/model/index.ts'
import { diff } from '../src/reconcile/index.ts'
import type { Bench, Benchmark } from './benchmark.ts'
import { figure, sample } from './samples.ts'
import { type ScratchNamespace, scratchNamespace } from './scratch-namespace.ts'

const LINK = tunnelLink(1)
const PEER_LINK = 'wgbench0'
const LISTEN_PORT = 51820
const BECAUSE = [{ resource: 'Network/default', rule: 'measured' }]

export const wireguardPeers: Benchmark = {
  name: 'wireguard',
  about: 'peers of one device from empty and found as wanted, beside wg syncconf',
  needsRoot: true,
  async run(bench) {
    const count = bench.isQuick ? 50 : 1000
    const runs = bench.isQuick ? 2 : 10
    const wanted = wantedState(count)
    const configuration = configurationOf(bench, wanted)
    const starts: number[] = []
    let implementation = ''
    const ours = { prepare: () => openOurs(bench, wanted, starts), after: (made: Ours) => made.close() }
    const theirs = { prepare: () => openTheirs(bench), after: (made: Theirs) => made.close() }

    const fromEmpty = await sample({
      runs,
      warmUps: 2,
      ...ours,
      run: (made) => made.bring(wanted.state),
      async after(made) {
        implementation = made.kernel.wireguard()
        await made.bring(wanted.state, 0)
        await made.close()
      },
    })
    const synced = await sample({ runs, warmUps: 1, ...theirs, run: (made) => made.sync(configuration) })
    const again = await sample({
      runs,
      warmUps: 1,
      ...ours,
      async prepare() {
        const made = await ours.prepare()
        await made.bring(wanted.state)
        return made
      },
      run: (made) => made.bring(wanted.state, 0),
    })
    const syncedAgain = await sample({
      runs,
      warmUps: 1,
      ...theirs,
      async prepare() {
        const made = await theirs.prepare()
        made.sync(configuration)
        return made
      },
      run: (made) => made.sync(configuration),
    })
    bench.note(`devices are of: ${implementation}`)
    const what = `${count.toLocaleString('en')} peers`
    return [
      figure(`${what} from empty`, fromEmpty, { budget: 150, peer: { name: 'wg syncconf', samples: synced } }),
      figure(`${what} read, nothing to change`, again, { peer: { name: 'wg syncconf', samples: syncedAgain } }),
      figure(`a new device of ${implementation} is there`, starts.slice(2)),
    ]
  },
}

type Wanted = {
  readonly state: NodeState
  readonly peers: readonly WireguardPeer[]
  readonly publicKey: PublicKey
  readonly privateKey: string
}

function wantedState(count: number): Wanted {
  const privateKey = execFileSync('wg', ['genkey'], { encoding: 'utf8' }).trim()
  const publicKey = execFileSync('wg', ['pubkey'], { encoding: 'utf8', input: privateKey }).trim() as PublicKey
  const peers = Array.from({ length: count }, (_, index) =>
    wireguardPeer({
      link: LINK,
      publicKey: randomBytes(32).toString('base64') as PublicKey,
      endpoint: { address: nthAddress(parsePrefix('198.18.0.0/15'), index + 1), port: 51820 },
      allowedIps: ['10.0.0.0/8', 'fd42::/32'].map((range) => hostPrefix(nthAddress(parsePrefix(range), index + 1))),
      keepaliveSeconds: 0,
      because: BECAUSE,
    }),
  )
  const device = wireguardDevice({ link: LINK, publicKey, listenPort: LISTEN_PORT, mark: MARK, because: BECAUSE })
  return {
    state: { node: 'bench', gatewayAddresses: {}, parts: [[wireguardLink], [device], peers] },
    peers,
    publicKey,
    privateKey,
  }
}

const wireguardLink = link({ name: LINK, type: { kind: 'wireguard' }, mtuBytes: 1420, because: BECAUSE })

type Ours = {
  readonly kernel: LinuxKernel
  /** Reads, compares and changes; throws where another number of changes was due. */
  readonly bring: (state: NodeState, due?: number) => Promise<void>
  readonly close: () => Promise<void>
}

/** A kernel with the device and no peers; how long the device took is added to `starts`. */
async function openOurs(bench: Bench, { publicKey, privateKey }: Wanted, starts: number[]): Promise<Ours> {
  const namespace = scratchNamespace(bench)
  const kernel = await openKernel({ namespace: namespace.handle, privateKeys: new Map([[publicKey, privateKey]]) })
  const apply = async (changes: Parameters<typeof kernel.apply>[0]): Promise<void> => {
    const [failure] = await kernel.apply(changes)
    if (failure !== undefined) throw new Error(failure.message)
  }
  let isThere = true
  const close = async (): Promise<void> => {
    if (!isThere) return
    isThere = false
    await apply([{ op: 'delete', entry: wireguardLink }]) // wireguard-go ends with it
    kernel.close()
    namespace.remove()
  }
  bench.defer(close)
  const startedAt = performance.now()
  await apply([{ op: 'create', entry: wireguardLink }])
  starts.push(performance.now() - startedAt)
  return {
    kernel,
    close,
    async bring(state, due) {
      const changes = diff(state, (await kernel.observe([])).entries)
      if (due !== undefined && changes.length !== due)
        throw new Error(`${changes.length} changes are due, and there should be ${due}`)
      await apply(changes)
    },
  }
}

type Theirs = { readonly sync: (file: string) => void; readonly close: () => void }

/** A device of the same kind, made without us. */
async function openTheirs(bench: Bench): Promise<Theirs> {
  const namespace = scratchNamespace(bench)
  const ip = (...words: readonly string[]): string =>
    execFileSync('ip', ['-n', namespace.name, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  let isThere = true
  const close = (): void => {
    if (!isThere) return
    isThere = false
    ip('link', 'delete', PEER_LINK)
    namespace.remove()
  }
  try {
    ip('link', 'add', PEER_LINK, 'type', 'wireguard')
  } catch {
    await startWireguardGo(namespace)
  }
  bench.defer(close)
  ip('link', 'set', PEER_LINK, 'up')
  return {
    close,
    sync: (file) =>
      void execFileSync('nsenter', [`--net=/run/netns/${namespace.name}`, 'wg', 'syncconf', PEER_LINK, file]),
  }
}

async function startWireguardGo({ handle }: ScratchNamespace): Promise<void> {
  const child = inNamespace(handle, () =>
    spawn('wireguard-go', [PEER_LINK], {
      stdio: 'ignore',
      env: { ...process.env, LOG_LEVEL: 'error', WG_PROCESS_FOREGROUND: '1' },
    }),
  )
  const ended = once(child, 'exit').then(() => 'ended')
  for (let turn = 0; turn < 2000; turn++) {
    // Its socket comes after its device, and is listened at a moment later.
    if (existsSync(`/var/run/wireguard/${PEER_LINK}.sock`)) return await sleep(20)
    if ((await Promise.race([ended, sleep(10)])) === 'ended') break
  }
  child.kill()
  throw new Error('wireguard-go made no device within twenty seconds')
}

function configurationOf({ folder }: Bench, { peers, privateKey }: Wanted): string {
  const file = join(folder, 'peers.conf')
  const sections = peers.map(({ publicKey, endpoint, allowedIps }) =>
    [
      '[Peer]',
      `PublicKey = ${publicKey}`,
      `Endpoint = ${endpoint === undefined ? '' : formatEndpoint(endpoint)}`,
      `AllowedIPs = ${allowedIps.map(formatPrefix).join(', ')}`,
    ].join('\n'),
  )
  const device = `[Interface]\nPrivateKey = ${privateKey}\nListenPort = ${LISTEN_PORT}\nFwMark = ${MARK}`
  writeFileSync(file, `${[device, ...sections].join('\n\n')}\n`, { mode: 0o600 })
  return file
}
