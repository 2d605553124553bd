// A node for tests: a namespace, the real server, journal and client, and the host's side applied as planner/pods.ts has it.
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createNamespace,
  deleteNamespace,
  openNamespace,
  openRtnetlink,
  type Rtnetlink,
  writeSysctl,
} from '../linux/index.ts'
import { hostPrefix, type LocalPod, PROTOCOL, type Prefix, parseAddress, parsePrefix, TABLE } from '../model/index.ts'
import { type AddressJournal, openAddressJournal } from './address-journal.ts'
import { cniHandler } from './cni-handler.ts'
import { type CniServer, serveCni } from './cni-server.ts'
import { forgetDeadPods } from './forget-dead-pods.ts'
import { podLinks } from './pod-links.ts'

export type Answer = {
  readonly exitCode: number | null
  readonly output: {
    readonly code?: number
    readonly msg?: string
    readonly details?: string
    readonly ips?: readonly { readonly address: string }[]
    readonly interfaces?: readonly { readonly name: string; readonly mac: string }[]
  }
}

export type CniCommand = 'ADD' | 'CHECK' | 'DEL' | 'GC' | 'STATUS'

export type TestNode = {
  readonly namespace: string
  readonly folder: string
  readonly socketPath: string
  readonly journalPath: string
  readonly journal: () => AddressJournal
  /** Makes a namespace that goes with the node. */
  readonly makeNamespace: (name: string) => string
  /** `fields`: of the network configuration, besides the usual. */
  readonly call: (command: CniCommand, containerId: string, namespacePath: string, fields?: object) => Promise<Answer>
  /** What the agent says of its health, and which prefixes it has; left out: well, and PREFIXES. */
  readonly pretend: (how: { readonly illness?: string; readonly prefixes?: readonly Prefix[] }) => void
  /** Adds a pod in a namespace of its own; its addresses come without their lengths. */
  readonly add: (name: string) => Promise<{ readonly namespace: string; readonly addresses: readonly string[] }>
  /** What `attach` does once it has made the host's side. */
  readonly afterAttach: (run: () => Promise<void>) => void
  /** What has to come first before the kernel is asked to delete a link. */
  readonly beforeLinkDeletion: (run: () => Promise<void>) => void
  /** Ends the server and the journal, and opens them again, as a new agent would; `between` runs while there is none. */
  readonly restart: (between?: () => void) => Promise<void>
  /** As an agent does when it starts. */
  readonly forgetDeadPods: () => Promise<void>
  /** All that ADD makes on the node. */
  readonly hostSide: () => HostSide
  readonly close: () => Promise<void>
}

export type HostSide = { readonly links: readonly string[]; readonly routes: number; readonly neighbours: number }
export const NOTHING: HostSide = { links: ['lo', 'damask0'], routes: 0, neighbours: 0 }

export const PREFIXES = [parsePrefix('10.244.11.0/24'), parsePrefix('fd44:11::/64')]
export const GATEWAYS = { 4: parseAddress('10.244.11.1'), 6: parseAddress('fd44:11::1') }

export const pathOf = (namespace: string): string => `/run/netns/${namespace}`

/** Builds the client, and returns its path. */
export function buildClient(folder: string): string {
  const client = join(folder, 'damask-cni')
  execFileSync(new URL('../../scripts/build-cni.sh', import.meta.url).pathname, [client])
  return client
}

export async function openTestNode(client: string): Promise<TestNode> {
  const id = `${process.pid}-${randomBytes(3).toString('hex')}`
  const folder = mkdtempSync(join(tmpdir(), 'damask-node-'))
  const journalPath = join(folder, 'journal')
  const socketPath = join(folder, 'cni.sock')
  const namespaces: string[] = []
  const makeNamespace = (name: string): string => {
    const namespace = `dmk-cni-${name}-${id}`
    createNamespace(namespace)
    namespaces.push(namespace)
    return namespace
  }
  const namespace = makeNamespace('node')
  const host = openHost(namespace)
  const links = podLinks(host)
  let afterAttach = async (): Promise<void> => {}
  let pretended: { readonly illness?: string; readonly prefixes?: readonly Prefix[] } = {}
  let beforeLinkDeletion = async (): Promise<void> => {}
  let server: CniServer
  let journal: AddressJournal

  async function start(): Promise<void> {
    journal = await openAddressJournal({ path: journalPath })
    const handler = cniHandler({
      nodePrefixes: () => pretended.prefixes ?? PREFIXES,
      illness: () => pretended.illness,
      gatewayAddresses: () => GATEWAYS,
      podMtuBytes: () => 1420,
      links: {
        ...links,
        async delete(link) {
          await beforeLinkDeletion()
          return links.delete(link)
        },
      },
      journal,
      async attach(pod) {
        applyHostSide(host, pod)
        await afterAttach()
      },
      onPodsChanged: async () => {},
    })
    server = await serveCni({ socketPath, handler })
  }
  async function stop(): Promise<void> {
    await server.close()
    await journal.close()
  }
  const call: TestNode['call'] = (command, containerId, namespacePath, fields = {}) =>
    runClient(client, fields, {
      DAMASK_CNI_SOCKET: socketPath,
      CNI_COMMAND: command,
      CNI_CONTAINERID: containerId,
      CNI_IFNAME: 'eth0',
      CNI_NETNS: namespacePath,
      CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=${containerId}`,
    })

  await start()
  return {
    namespace,
    folder,
    socketPath,
    journalPath,
    journal: () => journal,
    makeNamespace,
    call,
    async add(name) {
      const pod = makeNamespace(name)
      const { exitCode, output } = await call('ADD', name, pathOf(pod))
      if (exitCode !== 0) throw new Error(`cannot add ${name}: ${JSON.stringify(output)}`)
      return { namespace: pod, addresses: (output.ips ?? []).map(({ address }) => address.replace(/\/\d+$/, '')) }
    },
    pretend(how) {
      pretended = how
    },
    afterAttach(run) {
      afterAttach = run
    },
    beforeLinkDeletion(run) {
      beforeLinkDeletion = run
    },
    async restart(between = () => {}) {
      await stop()
      between()
      await start()
    },
    forgetDeadPods: () => forgetDeadPods(journal, { links }),
    hostSide: () => ({
      links: host.links().map(({ name }) => name),
      routes: [...host.routes(4, TABLE), ...host.routes(6, TABLE)].length,
      neighbours: [...host.neighbours(4), ...host.neighbours(6)].filter(({ isPermanent }) => isPermanent).length,
    }),
    async close() {
      for (const name of namespaces) deleteNamespace(name)
      await stop()
      host.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Makes what the agent's first round makes. */
export function openHost(namespace: string): Rtnetlink {
  const node = openNamespace(namespace)
  try {
    writeSysctl(node, 'net/ipv4/ip_forward', '1')
    writeSysctl(node, 'net/ipv6/conf/all/forwarding', '1')
    // As kube-proxy's strictARP and MetalLB set them: whoever asks for the gateway's hardware address is not answered.
    writeSysctl(node, 'net/ipv4/conf/all/arp_ignore', '1')
    writeSysctl(node, 'net/ipv4/conf/all/arp_announce', '2')
    const host = openRtnetlink(node)
    host.addBridge({ name: 'damask0' })
    for (const gateway of Object.values(GATEWAYS)) {
      host.addAddress('damask0', gateway, hostPrefix(gateway).length, { noPrefixRoute: true })
      host.addRule({ family: gateway.family, preference: 5000, table: TABLE })
    }
    return host
  } finally {
    node.close()
  }
}

/** The host's side of one pod, as the agent attaches it. */
export function applyHostSide(host: Rtnetlink, { link, addresses, hardwareAddress }: LocalPod): void {
  host.addAddress(link, parseAddress('fe80::1'), 128, { noPrefixRoute: true })
  for (const address of addresses) {
    host.setNeighbour(link, address, hardwareAddress)
    host.addRoute({ to: hostPrefix(address), link, source: GATEWAYS[address.family], table: TABLE, protocol: PROTOCOL })
  }
}

function runClient(client: string, fields: object, env: NodeJS.ProcessEnv): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(client, { env, stdio: ['pipe', 'pipe', 'inherit'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.once('error', reject)
    child.once('close', (exitCode) => {
      const text = Buffer.concat(chunks).toString().trim()
      resolve({ exitCode, output: text === '' ? {} : JSON.parse(text) })
    })
    child.stdin.end(JSON.stringify({ cniVersion: '1.0.0', name: 'damask', type: 'damask', ...fields }))
  })
}

export function ping(namespace: string, ...args: string[]): boolean {
  try {
    execFileSync('ip', ['netns', 'exec', namespace, 'ping', '-c1', '-W10', ...args], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}
