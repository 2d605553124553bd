// etcd, kube-apiserver, kube-controller-manager and kube-scheduler of a test cluster, in the network namespace of one machine.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { apiServerWords } from './api-server-words.ts'
import { type Authority, makeAuthority, type Subject } from './certificates.ts'
import { makeCgroup } from './cgroup.ts'
import { controllerManagerWords } from './controller-manager-words.ts'
import { type Daemon, daemon, waitUntil } from './daemon.ts'
import { listenOnLoopback } from './host-port.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import type { Programs } from './programs/build-programs.ts'
import { tryRun } from './run.ts'
import type { UnderlayMachine } from './underlay.ts'

export const API_PORT = 6443

/** From where an API server is reached: the tests' own processes, machines by either of its addresses, its own machine. */
export type Way = 'host' | 'public' | 'private' | 'loopback'

export type ControlPlane = {
  readonly machine: UnderlayMachine
  readonly authority: Authority
  readonly etcd: Daemon
  /** After `stop` it starts again on the same data. */
  readonly apiServer: Daemon
  readonly controllerManager: Daemon
  readonly scheduler: Daemon
  /** `https://203.0.113.11:6443` */
  server(way: Way): string
  /** Path of a file with everything in it. Whose it is may be anybody: the certificate is made then. */
  kubeconfig(way: Way, user?: Subject): Promise<string>
  waitUntilReady(signal?: AbortSignal): Promise<void>
}

export type ControlPlaneOptions = {
  readonly machine: UnderlayMachine
  readonly folder: string
  readonly cgroup: string
  readonly programs: Programs
  readonly podPrefixes: readonly string[]
  readonly servicePrefixes: readonly string[]
  readonly allocatePodPrefixes: boolean
  readonly advertise: 'public' | 'private'
  readonly certifyPublicAddress: boolean
  readonly kubeletAddressTypes: string
  readonly apiServerArguments: readonly string[]
  readonly controllerManagerArguments: readonly string[]
}

const ADMIN: Subject = { name: 'admin', groups: ['system:masters'] }

/** etcd and the API server run then, and may not answer yet. Start the others when it is ready: they would end. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { machine, folder, cgroup, programs } = options
  mkdirSync(folder, { recursive: true })
  makeCgroup(cgroup)
  const authority = await makeAuthority(join(folder, 'certificates'))
  const inside = ['nsenter', `--net=/run/netns/${machine.namespace}`, '--']
  const program = (name: string, words: readonly string[]): Daemon =>
    daemon({
      name,
      command: [...inside, join(programs.kubernetes, name), ...words],
      cgroup,
      cwd: folder,
      log: join(folder, `${name}.log`),
    })
  const port = await listenOnLoopback({
    cgroup,
    log: join(folder, 'host-port.log'),
    command: (descriptor) => [...inside, programs.web, 'forward', `${descriptor}`, `127.0.0.1:${API_PORT}`],
  })
  const servers: Readonly<Record<Way, string>> = {
    host: `127.0.0.1:${port}`,
    public: socketOf(machine.publicAddresses[0]),
    private: socketOf(machine.privateAddresses[0]),
    loopback: `127.0.0.1:${API_PORT}`,
  }
  const server = (way: Way): string => `https://${servers[way]}`
  const kubeconfig = async (way: Way, user: Subject = ADMIN): Promise<string> => {
    const file = `${way}-${[user.name, ...(user.groups ?? [])].join('+').replaceAll(/[^\w.+-]/g, '_')}.kubeconfig`
    return writeKubeconfig(join(folder, file), server(way), authority, await authority.issue(user))
  }
  const controller = async (name: string, words: readonly string[]): Promise<Daemon> => {
    const file = await kubeconfig('loopback', { name: `system:${name}` })
    return program(name, [`--kubeconfig=${file}`, '--leader-elect=false', '--bind-address=127.0.0.1', ...words])
  }
  const etcd = program('etcd', ETCD_WORDS)
  const apiServer = program('kube-apiserver', await apiServerWords({ ...options, authority, etcd: ETCD_SOCKET }))
  const controllerManager = await controller(
    'kube-controller-manager',
    controllerManagerWords({ ...options, authority }),
  )
  const scheduler = await controller('kube-scheduler', [])
  const probe = [join(programs.kubernetes, 'kubectl'), `--kubeconfig=${await kubeconfig('host')}`]
  const isReady = async (): Promise<boolean> =>
    (await tryRun([...probe, '--request-timeout=2s', 'get', '--raw=/readyz'])).code === 0
  etcd.start()
  apiServer.start()
  return {
    machine,
    authority,
    etcd,
    apiServer,
    controllerManager,
    scheduler,
    server,
    kubeconfig,
    waitUntilReady: (signal) => waitUntil('the API server is ready', isReady, [etcd, apiServer], signal),
  }
}

/** A unix socket in the working directory, which etcd and its client name as if it were a host and a port. */
const ETCD_SOCKET = 'unix://localhost:01'
const ETCD_PEER_SOCKET = 'unix://localhost:02'
const ETCD_WORDS = [
  '--data-dir=etcd',
  '--log-level=warn',
  '--unsafe-no-fsync',
  // It elects itself in 0.1 s rather than a second.
  '--heartbeat-interval=10',
  '--election-timeout=100',
  `--listen-client-urls=${ETCD_SOCKET}`,
  `--advertise-client-urls=${ETCD_SOCKET}`,
  `--listen-peer-urls=${ETCD_PEER_SOCKET}`,
  `--initial-advertise-peer-urls=${ETCD_PEER_SOCKET}`,
  `--initial-cluster=default=${ETCD_PEER_SOCKET}`,
]

function socketOf(address: string | undefined): string {
  if (address === undefined) throw new Error('the machine of the control plane needs a public and a private address')
  return address.includes(':') ? `[${address}]:${API_PORT}` : `${address}:${API_PORT}`
}
