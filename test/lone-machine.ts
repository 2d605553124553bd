// A machine of its own for tests: a network namespace on a shared wire, and the real agent in it as a process with its own
// folders. The machine outlives its agent, as machines do.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { createNamespace, deleteNamespace } from '../src/linux/index.ts'
import { LINK_PREFIX } from '../src/model/index.ts'

const ROOT = join(import.meta.dirname, '..')
/** As bin/damask starts it, without the look at the sources, which may change while a test runs. */
const DAMASK = [process.execPath, '--max-semi-space-size=1', '--expose-gc', join(ROOT, 'dist/damask.js')]

/** By which a program knows that it runs in a cluster. */
const POD = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }

export type Pod = { readonly namespace: string; readonly containerId: string; readonly addresses: readonly string[] }

type AskOrder = { readonly socket?: string; readonly method?: 'PUT' | 'DELETE' }

export type LoneMachine = {
  readonly namespace: string
  readonly folder: string
  /** `store`: a folder; or a cluster, as a pod of it: its service account's files are where the kubelet puts them. */
  startAgent(store: string | { readonly apiServer: string }): void
  agentPid(): number
  /** Resolves with the exit code once the agent is gone. */
  stopAgent(signal?: NodeJS.Signals): Promise<number | null>
  /** The agent; `order`: another socket of its run folder, or another method. */
  ask(path: string, order?: AskOrder): Promise<{ readonly code: number; readonly body: string }>
  /** Our program inside, with folders as the machine's own: `start('keeper')`, `damask('node', 'clean')`. */
  start(...words: readonly string[]): ChildProcess
  damask(...words: readonly string[]): {
    readonly status: number | null
    readonly stdout: string
    readonly stderr: string
  }
  log(): string
  addPod(): Pod
  deletePod(pod: Pod): void
  /** Runs a program inside. */
  run(...command: readonly string[]): string
  remove(): Promise<void>
}

/** A wire between machines: a bridge in a namespace of its own. */
export function createWire(): {
  readonly plug: (machine: string, address: string) => void
  readonly remove: () => void
} {
  const name = freshName()
  createNamespace(name)
  execFileSync('ip', ['-n', name, 'link', 'add', 'wire', 'type', 'bridge'])
  execFileSync('ip', ['-n', name, 'link', 'set', 'wire', 'up'])
  let ports = 0
  return {
    plug(machine, address) {
      const port = `port${ports++}`
      ip(name, `link add ${port} master wire type veth peer name eth0 netns ${machine}`)
      ip(name, `link set ${port} up`)
      ip(machine, `address add ${address} dev eth0`)
      ip(machine, 'link set eth0 up')
      ip(machine, 'link set lo up')
    },
    remove: () => deleteNamespace(name),
  }
}

export function createLoneMachine(name: string, parent: string): LoneMachine {
  const namespace = freshName()
  const folder = join(parent, name)
  const runFolder = join(folder, 'run')
  const client = join(folder, 'damask-cni')
  mkdirSync(folder)
  createNamespace(namespace)
  execFileSync(join(ROOT, 'scripts/build-cni.sh'), [client, `-DDAMASK_CNI_SOCKET="${join(runFolder, 'cni.sock')}"`])
  let agent: ChildProcess | undefined
  let ended: Promise<number | null> = Promise.resolve(null)
  const pods = new Map<string, Pod>()

  const cni = (
    command: 'ADD' | 'DEL',
    { namespace: pod, containerId }: Pick<Pod, 'namespace' | 'containerId'>,
  ): string => {
    const { stdout, stderr, status } = spawnSync(client, {
      input: '{"cniVersion":"1.0.0","name":"damask","type":"damask"}',
      encoding: 'utf8',
      env: {
        CNI_COMMAND: command,
        CNI_CONTAINERID: containerId,
        CNI_NETNS: `/run/netns/${pod}`,
        CNI_IFNAME: 'eth0',
        CNI_PATH: '/opt/cni/bin',
      },
    })
    if (status !== 0) throw new Error(`CNI ${command} on ${name} ended with ${status}: ${stdout}${stderr}`)
    return stdout
  }

  const state = ['--state', join(folder, 'state')]
  const run = ['--run', runFolder]
  /** A command line that runs inside: wireguard-go's sockets stand in /run/wireguard, which each machine has for itself. */
  const inside = (words: readonly string[]): readonly string[] => {
    const script = 'mkdir -p /run/wireguard; mount -n -t tmpfs tmpfs /run/wireguard 2>/dev/null; exec "$@"'
    const holder = mountHolder(namespace, script)
    return [`--net=/run/netns/${namespace}`, `--mount=/proc/${holder}/ns/mnt`, ...DAMASK, ...words]
  }
  const start = (words: readonly string[], more: Readonly<Record<string, string>> = {}): ChildProcess => {
    const log = openSync(join(folder, 'log'), 'a')
    try {
      const env = { ...process.env, ...more }
      return spawn('nsenter', inside(words), { stdio: ['ignore', log, log], cwd: '/', env })
    } finally {
      closeSync(log)
    }
  }

  return {
    namespace,
    folder,
    startAgent(store) {
      const from = typeof store === 'string' ? ['--store', store] : ['--kubernetes', '--api-server', store.apiServer]
      agent = start(['agent', '--node', name, ...from, ...state, ...run], typeof store === 'string' ? {} : POD)
      ended = new Promise((resolve) => agent?.once('close', resolve))
    },
    agentPid: () => agent?.pid ?? 0,
    async stopAgent(signal = 'SIGTERM') {
      agent?.kill(signal)
      return ended
    },
    ask: (path, { socket = 'agent.sock', method } = {}) => ask(join(runFolder, socket), path, method),
    start: (...words) => start([...words, ...run]),
    damask: (...words) => spawnSync('nsenter', inside([...words, ...state, ...run]), { encoding: 'utf8' }),
    log: () => readFileSync(join(folder, 'log'), 'utf8'),
    addPod() {
      const pod = freshName()
      createNamespace(pod)
      const containerId = randomBytes(8).toString('hex')
      const { ips }: { ips: readonly { address: string }[] } = JSON.parse(cni('ADD', { namespace: pod, containerId }))
      const made = { namespace: pod, containerId, addresses: ips.map(({ address }) => address.replace(/\/.*/, '')) }
      pods.set(pod, made)
      return made
    },
    deletePod(pod) {
      cni('DEL', pod)
      pods.delete(pod.namespace)
      deleteNamespace(pod.namespace)
    },
    run: (...command) => within(namespace, ...command),
    async remove() {
      agent?.kill('SIGKILL')
      await ended
      for (const { namespace: pod } of pods.values()) deleteNamespace(pod)
      // wireguard-go ends with its device; until then it keeps the namespace alive.
      for (const link of linksOf(namespace)) spawnSync('ip', ['-n', namespace, 'link', 'delete', link])
      holders.get(namespace)?.kill('SIGKILL')
      holders.delete(namespace)
      deleteNamespace(namespace)
    },
  }
}

/** Those that an agent made. */
function linksOf(namespace: string): readonly string[] {
  const links: readonly { readonly ifname: string }[] = JSON.parse(ip(namespace, '-j link'))
  return links.map(({ ifname }) => ifname).filter((name) => name.startsWith(LINK_PREFIX))
}

const holders = new Map<string, ChildProcess>()

/** The process that keeps the machine's mount namespace; made with the first agent. */
function mountHolder(namespace: string, script: string): number {
  const known = holders.get(namespace)?.pid
  if (known !== undefined) return known
  const holder = spawn(
    'unshare',
    ['--mount', '--propagation', 'slave', 'sh', '-c', script, 'sh', 'sleep', 'infinity'],
    {
      stdio: 'ignore',
    },
  )
  holders.set(namespace, holder)
  const pid = holder.pid ?? 0
  // It is ready once it sleeps: until then it has the host's /run/wireguard.
  for (let turn = 0; turn < 6000 && !readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep'); turn++)
    spawnSync('sleep', ['0.01'])
  return pid
}

/** What a program in the namespace prints; throws where it fails. */
export const within = (namespace: string, ...command: readonly string[]): string =>
  execFileSync('nsenter', [`--net=/run/netns/${namespace}`, ...command], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })

const ip = (namespace: string, words: string): string =>
  execFileSync('ip', ['-n', namespace, ...words.split(' ')], { encoding: 'utf8' })

const freshName = (): string => `damask-test-${process.pid}-${randomBytes(4).toString('hex')}`

function ask(
  socketPath: string,
  path: string,
  method = 'GET',
): Promise<{ readonly code: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, method, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => resolve({ code: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
    })
    asked.on('error', reject)
    asked.end()
  })
}
