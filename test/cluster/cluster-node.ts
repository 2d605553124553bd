// A node of a test cluster: a machine with containerd, kubelet and kube-proxy, and no network plugin.
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { emptyNamespaces } from '../../src/lab/tear-down.ts'
import { deleteNamespace } from '../../src/linux/index.ts'
import { makeCgroup, removeCgroup } from './cgroup.ts'
import type { ControlPlane } from './control-plane.ts'
import { type Daemon, daemon, waitUntil } from './daemon.ts'
import { containerdConfig, kubeletConfig } from './kubelet-config.ts'
import { type Machine, startMachine } from './machine.ts'
import type { Programs } from './programs/build-programs.ts'
import { type Ended, run, tryRun } from './run.ts'
import type { UnderlayMachine } from './underlay.ts'

export type ProxyMode = 'nftables' | 'iptables' | 'none'

export type ClusterNode = UnderlayMachine & {
  /** What there is of it on the disk of the host: logs; `etc/upper`, `opt/upper` and `var/upper` with what was written there. */
  readonly folder: string
  /** A folder of the host: a manifest in there is a static pod. */
  readonly staticPods: string
  readonly containerd: Daemon
  readonly kubelet: Daemon
  /** Undefined with the proxy mode `none`. */
  readonly proxy: Daemon | undefined
  /** The start of a command line that runs the rest inside; it has the node's files, and the host's processes. */
  readonly enter: readonly string[]
  /** Runs a command inside; what it prints. Throws where its code is not 0. */
  run(...command: readonly string[]): Promise<string>
  tryRun(...command: readonly string[]): Promise<Ended>
  /** A file inside, in one step. */
  write(path: string, text: string): Promise<void>
  /** An OCI or Docker archive, a file of the host. */
  importImage(file: string): Promise<void>
  /** Pulls its plug: its pods and links go too, its disk and its Node object stay. `join` of the cluster starts it again. */
  powerOff(): Promise<void>
}

export type ClusterNodeOptions = {
  readonly machine: UnderlayMachine
  readonly plane: ControlPlane
  readonly programs: Programs
  readonly folder: string
  readonly cgroup: string
  readonly proxyMode: ProxyMode
  readonly podPrefixes: readonly string[]
  readonly clusterDns: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly hasCloudProvider: boolean
  readonly images: readonly string[]
  readonly signal?: AbortSignal | undefined
}

/** A machine with containerd and images; nothing in it knows of the cluster before `startNode`. */
export async function prepareNode(options: ClusterNodeOptions): Promise<ClusterNode> {
  const { machine, programs, folder, cgroup, proxyMode, images, signal } = options
  const staticPods = join(folder, 'static-pods')
  mkdirSync(staticPods, { recursive: true })
  makeCgroup(`${cgroup}/system`)
  const own: Machine = await startMachine({
    ...{ name: machine.name, namespace: machine.namespace, folder, cgroup: `${cgroup}/system`, signal },
    hosts: machine.privateAddresses.map((address) => [machine.name, address] as const),
  })
  const path = [...programs.containerdPath, '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(delimiter)
  const enter = [...own.enter, 'env', `PATH=${path}`]
  const program = (name: string, words: readonly string[]): Daemon =>
    daemon({
      name: `${name} of ${machine.name}`,
      command: [...enter, ...words],
      cgroup: `${cgroup}/system`,
      log: join(folder, `${name}.log`),
    })
  writeFileSync(join(folder, 'containerd.toml'), containerdConfig())
  const node: ClusterNode = {
    ...machine,
    folder,
    staticPods,
    containerd: program('containerd', [
      ...['containerd', `--config=${join(folder, 'containerd.toml')}`, '--log-level=warn'],
    ]),
    kubelet: program('kubelet', await kubeletWords(options, staticPods)),
    proxy: proxyMode === 'none' ? undefined : program('kube-proxy', await proxyWords(options, proxyMode)),
    enter,
    run: (...command) => run([...enter, ...command]),
    tryRun: (...command) => tryRun([...enter, ...command]),
    async write(path, text) {
      const script = 'cat > "$1.new"; mv "$1.new" "$1"'
      await run([...enter, 'sh', '-euc', script, 'write', path], { input: text })
    },
    async importImage(file) {
      const archive = openSync(file, 'r')
      try {
        await run([...enter, 'ctr', '--namespace=k8s.io', 'images', 'import', '-'], { input: archive })
      } finally {
        closeSync(archive)
      }
    },
    async powerOff() {
      await removeCgroup(cgroup)
      await emptyNamespaces([machine.namespace])
      deleteNamespace(machine.namespace)
    },
  }
  node.containerd.start()
  const serves = async (): Promise<boolean> => (await node.tryRun('ctr', 'version')).code === 0
  await waitUntil('containerd serves', serves, [node.containerd], signal)
  for (const image of images) await node.importImage(image)
  return node
}

/** Wants an API server that serves. */
export function startNode(node: ClusterNode): void {
  for (const one of daemonsOf(node)) one.start()
}

/** What makes a node of the machine. */
export const daemonsOf = ({ kubelet, proxy }: ClusterNode): readonly Daemon[] =>
  proxy === undefined ? [kubelet] : [kubelet, proxy]

/** By its private address where they share a cloud, else by its public one: there is nothing else yet. */
const wayToApi = ({ machine, plane }: ClusterNodeOptions): 'private' | 'public' =>
  machine.cloud === plane.machine.cloud ? 'private' : 'public'

async function kubeletWords(options: ClusterNodeOptions, staticPods: string): Promise<string[]> {
  const { machine, plane, programs, folder, cgroup, clusterDns, labels, hasCloudProvider } = options
  const serving = await plane.authority.issue({
    name: `system:node:${machine.name}`,
    groups: ['system:nodes'],
    hosts: [machine.name, ...machine.privateAddresses],
  })
  const config = join(folder, 'kubelet.json')
  writeFileSync(
    config,
    kubeletConfig({ authority: plane.authority, serving, cgroup: `/${cgroup}`, staticPods, clusterDns }),
  )
  const user = { name: `system:node:${machine.name}`, groups: ['system:nodes'] }
  return [
    join(programs.kubernetes, 'kubelet'),
    `--config=${config}`,
    `--kubeconfig=${await plane.kubeconfig(wayToApi(options), user)}`,
    `--hostname-override=${machine.name}`,
    `--node-ip=${machine.privateAddresses.join(',')}`,
    `--node-labels=${Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(',')}`,
    ...(hasCloudProvider ? ['--cloud-provider=external'] : []),
    '--v=2',
  ]
}

async function proxyWords(options: ClusterNodeOptions, mode: string): Promise<string[]> {
  const { machine, plane, programs, podPrefixes } = options
  return [
    join(programs.kubernetes, 'kube-proxy'),
    `--kubeconfig=${await plane.kubeconfig(wayToApi(options), { name: 'system:kube-proxy' })}`,
    `--hostname-override=${machine.name}`,
    `--proxy-mode=${mode}`,
    `--cluster-cidr=${podPrefixes.join(',')}`,
    // Those parameters are the whole machine's.
    '--conntrack-max-per-core=0',
    '--conntrack-tcp-timeout-established=0s',
    '--conntrack-tcp-timeout-close-wait=0s',
    '--healthz-bind-address=127.0.0.1:10256',
    '--metrics-bind-address=127.0.0.1:10249',
    '--v=2',
  ]
}
