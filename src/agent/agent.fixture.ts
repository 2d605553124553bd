// A node for the agent's tests: a kernel in memory, a store and a state folder on disk, and agents that live there one after the
// other. `a` is the node, `b` another one; each is its own site.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MemoryKernel, openMemoryKernel } from '../linux/index.ts'
import {
  type Address,
  type Entry,
  formatAddress,
  type HostLink,
  keyOf,
  type PublicKey,
  parseAddress,
} from '../model/index.ts'
import { formatIssue, openDirectoryStore } from '../store/index.ts'
import { askCni } from './cni-client.fixture.ts'
import {
  type Agent,
  type AgentAnswer,
  type AgentKernel,
  type AgentOptions,
  type AgentOrder,
  type AgentStatus,
  askAgent,
  type Clock,
  openHost,
  openSecretLog,
  startAgent,
} from './index.ts'

export const NETWORK = `
apiVersion: damask.dev/v1alpha1
kind: Network
metadata: { name: default }
spec: { podPrefixes: [10.42.0.0/16, "fd42::/48"], sites: { by: node } }
`
/** `fields` follow the others of its spec. */
export const nodeText = (name: string, number: number, fields = ''): string => `
apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: ${name} }
spec: { privateAddresses: [192.168.${number}.11/24], podPrefixes: [10.42.${number}.0/24, "fd42:0:0:${number}::/64"]${fields} }
`
export const statusText = (name: string, publicKey: string): string => `
apiVersion: damask.dev/v1alpha1
kind: NodeStatus
metadata: { name: ${name} }
status: { publicKey: ${publicKey} }
`
export const B_KEY = 'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=' as PublicKey
export const PEER = `wireguard-peer damask-t1 ${B_KEY}`
export const ROUTE = 'route 218 10.42.2.0/24'
export const ETH0: HostLink = {
  name: 'eth0',
  mtuBytes: 1450,
  isUp: true,
  hardwareAddress: '02:00:00:00:00:01',
  addresses: [{ address: parseAddress('192.168.1.11'), length: 24 }],
}

export type NodeUnderTest = {
  readonly path: (...names: string[]) => string
  readonly clock: Clock
  readonly kernel: () => MemoryKernel
  /** A new kernel: nothing of ours stands. */
  readonly reboot: () => void
  /** What the agents logged. */
  readonly lines: string[]
  /** Where they sent a packet that opens a session. */
  readonly datagrams: string[]
  /** The addresses of names, for the resolver; an error in their place is thrown. */
  readonly hosts: Map<string, readonly string[] | Error>
  /** Names that were asked for. */
  readonly asked: string[]
  readonly start: (options?: Partial<AgentOptions>) => Promise<Agent>
  /** Until its store was read, its plan stands and its key is published. */
  readonly startAndSettle: (options?: Partial<AgentOptions>) => Promise<Agent>
  /** The last one that was started. */
  readonly stop: () => Promise<void>
  readonly status: () => Promise<AgentStatus>
  readonly ask: (path: string, order?: AgentOrder) => Promise<AgentAnswer>
  /** What the plugin of a container runtime is answered. */
  readonly askCni: (
    command: 'ADD' | 'DEL' | 'STATUS' | 'VERSION',
    namespacePath?: string,
    cniVersion?: string,
  ) => Promise<{ readonly code?: number; readonly msg?: string }>
  readonly write: (name: string, text: string) => void
  readonly entryOf: (key: string) => Entry | undefined
  readonly stands: (key: string) => boolean
  /** B was heard from just now. */
  readonly hearFromB: (endpoint?: string) => void
  readonly until: (isTrue: () => boolean | Promise<boolean>, milliseconds?: number) => Promise<void>
  /** Until the agent has nothing more to do or to say. */
  readonly quiet: () => Promise<void>
  readonly remove: () => Promise<void>
}

export type NodeUnderTestOptions = {
  /** How much faster than time its clock runs; 1: just as fast. */
  readonly speed?: number
}

export async function createNode({ speed = 1 }: NodeUnderTestOptions = {}): Promise<NodeUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'damask-agent-'))
  const path = (...names: string[]): string => join(folder, ...names)
  const clock = fastClock(speed)
  const lines: string[] = []
  const datagrams: string[] = []
  const hosts = new Map<string, readonly string[] | Error>()
  const asked: string[] = []
  const agents: Agent[] = []
  let kernel = openMemoryKernel({ hostLinks: [ETH0] })

  const write = (name: string, text: string): void => writeFileSync(path('store', name), text)
  mkdirSync(path('store'))
  write('network.yaml', NETWORK)
  write('a.yaml', nodeText('a', 1, ', endpoint: { host: 203.0.113.1, port: 51820 }'))
  write('b.yaml', nodeText('b', 2))
  const store = openDirectoryStore({ directory: path('store') })
  await store.writeStatus({ name: 'b', publicKey: B_KEY })
  store.close()

  async function resolveHost(name: string): Promise<readonly Address[]> {
    asked.push(name)
    const found = hosts.get(name) ?? new Error('nobody knows this name')
    if (found instanceof Error) throw found
    return found.map(parseAddress)
  }

  async function start(options: Partial<AgentOptions> = {}): Promise<Agent> {
    const log = openSecretLog({ level: 'debug', node: 'a', write: (line) => lines.push(line) })
    const agent = await startAgent({
      node: 'a',
      folders: { state: path('state'), run: path('run') },
      openKernel: async () => unclosed(kernel),
      openStore: async () => ({ ...openDirectoryStore({ directory: path('store'), log }), formatIssue }),
      host: openHost({ kernelRelease: '6.18.44', isRoot: true, root: folder }),
      version: '0.0.0',
      clock,
      log,
      sendDatagram: (_link, to) => void datagrams.push(formatAddress(to)),
      resolveHost,
      ...options,
    })
    agents.push(agent)
    return agent
  }

  const entryOf = (key: string): Entry | undefined => kernel.standing().find((entry) => keyOf(entry) === key)
  const stands = (key: string): boolean => entryOf(key) !== undefined

  async function until(isTrue: () => boolean | Promise<boolean>, milliseconds = 60_000): Promise<void> {
    const end = Date.now() + milliseconds
    while (!(await isTrue())) {
      if (Date.now() > end) throw new Error(`not so within ${milliseconds} ms: ${isTrue}\n${lines.join('')}`)
      await sleep(5)
    }
  }

  async function quiet(): Promise<void> {
    const now = (): string => `${kernel.applied().length} ${lines.length}`
    for (let before = ''; before !== now(); ) {
      before = now()
      // Turn by turn: where the process was kept waiting, a timer is due before what it has to hear was read.
      for (let turn = 0; turn < 15; turn++) await sleep(10)
    }
  }

  const ask = (target: string, order?: AgentOrder): Promise<AgentAnswer> =>
    askAgent(path('run', 'agent.sock'), target, order)

  return {
    path,
    clock,
    kernel: () => kernel,
    reboot() {
      kernel = openMemoryKernel({ hostLinks: [ETH0] })
    },
    lines,
    datagrams,
    hosts,
    asked,
    start,
    async startAndSettle(options) {
      const agent = await start(options)
      await until(async () => {
        const { store, ready } = await agent.status()
        return store.kind === 'read' && ready.ready && stands(PEER)
      })
      await until(() => existsSync(path('state', 'world.snapshot')) && existsSync(path('store', 'status', 'a.yaml')))
      await quiet()
      return agent
    },
    stop: async () => agents.pop()?.close(),
    status: async () => JSON.parse((await ask('/status')).body),
    ask,
    askCni: (...words) => askCni(path('run', 'cni.sock'), ...words),
    write,
    entryOf,
    stands,
    hearFromB(endpoint) {
      const [host = '', port] = endpoint?.split(':') ?? []
      kernel.setActivity({
        link: 'damask-t1',
        publicKey: B_KEY,
        ...(endpoint !== undefined && { endpoint: { address: parseAddress(host), port: Number(port) } }),
        lastHandshake: Math.floor(clock.now() / 1000),
        receivedBytes: 1,
        sentBytes: 1,
      })
    },
    until,
    quiet,
    async remove() {
      for (const agent of agents.splice(0)) await agent.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The kernel outlives the agent, as kernels do. */
export const unclosed = (of: MemoryKernel): AgentKernel => ({ ...of, wireguard: () => 'kernel', close: () => {} })

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

function fastClock(speed: number): Clock {
  const startedAt = Date.now()
  return {
    now: () => Math.round(startedAt + (Date.now() - startedAt) * speed),
    after(milliseconds, run) {
      const timer = setTimeout(run, milliseconds / speed)
      return () => clearTimeout(timer)
    },
  }
}
