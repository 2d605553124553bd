// One node's life. It starts from what it has on its own disk, so that a node whose store is away has its network all the
// same, and it stops without touching the network.
import { join } from 'node:path'
import type { Node, NodeStatus, PublicKey } from '../model/index.ts'
import { preparePlan } from '../planner/index.ts'
import type { Issue } from '../store/index.ts'
import { type AgentReport, describeNow, freeAddresses, judgeNow } from './agent-report.ts'
import type { AgentStatus } from './agent-status.ts'
import type { Clock } from './clock.ts'
import { type DataPlane, openDataPlane } from './data-plane.ts'
import type { Host } from './host-check.ts'
import { illnessOf } from './illness.ts'
import { releaseSometimes } from './memory-release.ts'
import { renderMetrics } from './metrics.ts'
import { openPodServer, type PodServer } from './pod-server.ts'
import { loadPrivateKey } from './private-key.ts'
import type { PeerReadingKernel } from './reconciler.ts'
import type { SecretLog } from './secret-log.ts'
import { openDatagramSender, type SendDatagram } from './session-opener.ts'
import { type Snapshot, tryReadSnapshot } from './snapshot.ts'
import { createSnapshotKeeper } from './snapshot-keeper.ts'
import { createStatusPublisher } from './status-publisher.ts'
import { serveStatus } from './status-server.ts'
import { openWorldSource, type WorldStore } from './world-source.ts'

export type AgentKernel = PeerReadingKernel & { readonly wireguard: 'kernel' | 'wireguard-go' }

export type AgentStore = WorldStore & {
  readonly writeStatus: (status: NodeStatus) => Promise<boolean>
  readonly formatIssue: (issue: Issue) => string
  readonly close: () => void
}

export type AgentOptions = {
  readonly node: string
  /** `state`: the key, the journal of pods, the snapshot. `run`: the sockets. */
  readonly folders: { readonly state: string; readonly run: string }
  readonly openKernel: (privateKeys: ReadonlyMap<PublicKey, string>) => Promise<AgentKernel>
  /** Called once the network stands. */
  readonly openStore: () => Promise<AgentStore>
  readonly host: Host
  readonly clock: Clock
  readonly log: SecretLog
  /** Sends a datagram through a tunnel to open its session; left out: real ones. */
  readonly sendDatagram?: SendDatagram
  /** Called a moment after much memory was used for a while. */
  readonly releaseMemory?: () => void
}

export type Agent = {
  readonly status: () => Promise<AgentStatus>
  /** Closes the sockets and leaves the network as it is. */
  readonly close: () => Promise<void>
}

export const AGENT_SOCKET = 'agent.sock'
export const CNI_SOCKET = 'cni.sock'
const SNAPSHOT_FILE = 'world.snapshot'
const JOURNAL_FILE = 'pods.journal'

/** Runs until the signal, whatever the network and the store do. Rejects only where it cannot begin. */
export async function runAgent(options: AgentOptions & { readonly signal: AbortSignal }): Promise<void> {
  const agent = await startAgent(options)
  await new Promise<void>((resolve) => {
    if (options.signal.aborted) resolve()
    else options.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await agent.close()
}

/** Resolves once the pods are served; the store is read after that. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const closers: (() => unknown)[] = []
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    return { status: await begin(options, (closer) => closers.push(closer)), close }
  } catch (cause) {
    await close()
    throw cause
  }
}

async function begin(options: AgentOptions, onClose: (closer: () => unknown) => void): Promise<Agent['status']> {
  const { node, folders, clock, log, host } = options
  const findings = host.check()
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length > 0)
    throw new Error(`this host cannot be a node: ${errors.map(({ message }) => message).join('; ')}`)
  for (const { message } of findings) log.warn({}, message)
  const { publicKey, privateKey } = await loadPrivateKey(folders.state)
  log.hide(privateKey)

  let report: AgentReport | undefined
  const reporting =
    <Result>(make: (report: AgentReport) => Promise<Result>) =>
    async (): Promise<Result> => {
      if (report === undefined) throw new Error('the agent is just starting')
      return make(report)
    }
  const status = reporting(describeNow)
  const server = await serveStatus({
    socketPath: join(folders.run, AGENT_SOCKET),
    status,
    readiness: reporting(judgeNow),
    metrics: async () => {
      const now = await status()
      return renderMetrics({
        status: now,
        report: plane.report(),
        freeAddresses: freeAddresses(ownNode(), pods.pods()),
      })
    },
    illness: () => (report === undefined ? undefined : illnessOf(plane.loop, clock.now())),
  })
  onClose(server.close)
  const kernel = await options.openKernel(new Map([[publicKey, privateKey]]))
  onClose(() => kernel.close())

  const ownNode = (): Node | undefined => plane.nodePlan.world()?.nodes.get(node)
  const pods: PodServer = await openPodServer({
    journalPath: join(folders.state, JOURNAL_FILE),
    socketPath: join(folders.run, CNI_SOCKET),
    nodePrefixes: () => ownNode()?.podPrefixes ?? [],
    gatewayAddresses: () => plane.report().state?.gatewayAddresses ?? {},
    podMtuBytes: () => plane.nodePlan.plan()?.mtus.podBytes ?? 0,
    attach: (pod) => plane.attach(pod),
    onPodsChanged: () => plane.loop.trigger('pods'),
    log,
  })
  onClose(pods.close)

  const snapshotPath = join(folders.state, SNAPSHOT_FILE)
  const found = await tryReadSnapshot(snapshotPath, log)
  const snapshot = found?.world.nodes.has(node) ? found : undefined
  const keeper = createSnapshotKeeper({
    path: snapshotPath,
    clock,
    log,
    current: (): Snapshot | undefined => {
      const world = plane.nodePlan.world()
      return world && { world, endpoints: plane.peers.endpoints() }
    },
  })
  const sender = openDatagramSender((to, cause) =>
    log.debug({ to, cause }, 'cannot send the packet that opens a session'),
  )
  onClose(sender.close)
  let source: 'none' | 'snapshot' | 'store' = snapshot === undefined ? 'none' : 'snapshot'
  let publish = (): void => {}
  const plane: DataPlane = openDataPlane({
    node,
    publicKey,
    kernel,
    host,
    pods: pods.pods,
    endpoints: snapshot?.endpoints ?? new Map(),
    onPeersMoved: () => keeper.keep(),
    onRound: () => publish(),
    sendDatagram: options.sendDatagram ?? sender.send,
    clock,
    log,
  })
  onClose(keeper.close)
  onClose(plane.close)
  if (snapshot !== undefined) {
    plane.setWorld(snapshot.world)
    await plane.loop.runNow()
  }
  await pods.serve()

  const releaseMemoryLater = releaseSometimes(clock, () => options.releaseMemory?.())
  const store = await options.openStore()
  onClose(() => store.close())
  const publisher = createStatusPublisher({ write: store.writeStatus, clock, log })
  onClose(publisher.close)
  const worlds = openWorldSource({
    node,
    store,
    clock,
    log,
    formatIssue: store.formatIssue,
    planErrors: (world) =>
      preparePlan(world, plane.nodePlan.plan()).issues.flatMap(({ severity, message }) =>
        severity === 'error' ? [message] : [],
      ),
    onWorld: (world) => {
      source = 'store'
      plane.setWorld(world)
      publisher.seen(world.statuses.get(node))
      keeper.keep()
      releaseMemoryLater()
    },
  })
  publish = () => {
    if (source === 'store' && worlds.condition().kind === 'read') publisher.publish(plane.nodePlan.status())
  }
  onClose(worlds.close)
  report = {
    node,
    publicKey,
    wireguard: kernel.wireguard,
    startedAt: clock.now(),
    findings,
    plane,
    pods: pods.pods,
    store: worlds.condition,
    source: () => source,
    clock,
  }
  worlds.start()
  log.info({ publicKey, wireguard: kernel.wireguard, world: source }, 'started')
  return status
}
