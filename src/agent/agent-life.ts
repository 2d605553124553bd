// What an agent is made of, in the order in which it comes to life: alone on its host, the key, the kernel, the pods, the network
// from the snapshot, the pods' socket, and only then the store.
import { join } from 'node:path'
import { CNI_CODE, CNI_RECORD_FILE, cniError } from '../cni/index.ts'
import type { Node } from '../model/index.ts'
import type { AgentOptions } from './agent-options.ts'
import { type AgentReport, describeNow } from './agent-report.ts'
import type { AgentStatus } from './agent-status.ts'
import { AGENT_SOCKET, CNI_SOCKET } from './ask-agent.ts'
import { type CniInstaller, installCni, wishForRuntime } from './cni-installer.ts'
import { openDataPlane } from './data-plane.ts'
import { awaitFirstAnswer, type FirstAnswer } from './first-answer.ts'
import type { Host, HostFinding } from './host-check.ts'
import { illnessOf } from './illness.ts'
import { releaseSometimes } from './memory-release.ts'
import { serveMetrics } from './metrics-server.ts'
import { describeNode } from './node-news.ts'
import { JOURNAL_FILE, SNAPSHOT_FILE, SYSCTLS_FILE } from './own-files.ts'
import { openPodServer, type PodServer } from './pod-server.ts'
import { loadPrivateKey } from './private-key.ts'
import type { ReconcileLoop } from './reconcile-loop.ts'
import { serveReport } from './report-server.ts'
import { resolveHost } from './resolve-host.ts'
import type { Log } from './secret-log.ts'
import { openDatagramSender } from './session-opener.ts'
import { type Snapshot, tryReadSnapshot } from './snapshot.ts'
import { createSnapshotKeeper } from './snapshot-keeper.ts'
import { watchSockets } from './socket-watch.ts'
import { sparePods } from './spared-pods.ts'
import { linkStore, type StoreLink } from './store-link.ts'
import { recordSysctls } from './sysctl-record.ts'

/** Resolves once the pods are served. What it has to close when it ends or fails, the last first, it hands to `onClose`. */
export async function beginLife(
  options: AgentOptions,
  onClose: (closer: () => unknown) => void,
): Promise<() => Promise<AgentStatus>> {
  const { node, folders, clock, log, host } = options
  const findings = checkHost(host, log)
  const { publicKey, privateKey } = await loadPrivateKey(folders.state)
  log.hide(privateKey)

  let workingSince: ReconcileLoop['workingSince'] = () => undefined
  const illness = () => illnessOf(workingSince(), clock.now())
  const server = await serveReport(join(folders.run, AGENT_SOCKET), illness)
  onClose(server.close)
  const metrics =
    options.metricsAddress && (await serveMetrics({ ...server, illness, address: options.metricsAddress, clock, log }))
  if (metrics !== undefined) onClose(metrics.close)
  const recorded = await recordSysctls(await options.openKernel(new Map([[publicKey, privateKey]])), {
    path: join(folders.state, SYSCTLS_FILE),
    log,
  })
  onClose(() => recorded.close())

  const ownNode = (): Node | undefined => plane.nodePlan.world()?.nodes.get(node)
  const memoryRelease = releaseSometimes({
    clock,
    async release() {
      await recorded.releaseMemory?.()
      options.releaseMemory?.()
    },
    isBusy: () => pods.isAsked(),
    residentBytes: process.memoryUsage.rss,
  })
  onClose(memoryRelease.close)
  const pods: PodServer = await openPodServer({
    journalPath: join(folders.state, JOURNAL_FILE),
    socketPath: join(folders.run, CNI_SOCKET),
    nodePrefixes() {
      const own = ownNode()
      if (own === undefined) throw cniError(CNI_CODE.tryLater, 'the network is not known here yet; try again')
      // Deleted, and registered again in a moment: with other prefixes, while those of the snapshot are somebody else's.
      if (store?.condition().kind === 'node-missing')
        throw cniError(
          CNI_CODE.tryLater,
          `the store has no Node ${node}: the pod prefixes that it had may be another's by now; try again once it is there`,
        )
      return own.podPrefixes
    },
    prefixesSettle: () => firstAnswer?.wait() ?? Promise.resolve(),
    gatewayAddresses: () => plane.report().state?.gatewayAddresses ?? {},
    podMtuBytes: () => plane.nodePlan.plan()?.mtus.podBytes ?? 0,
    attach(pod) {
      memoryRelease.ask()
      return plane.attach(pod)
    },
    illness,
    onPodsChanged: () => plane.loop.trigger('pods'),
    clock,
    log,
  })
  onClose(pods.close)
  const kernel = sparePods(recorded, {
    known: pods.pods,
    isSparingOthers: () => pods.error() !== undefined,
    isLeaving: pods.isLeaving,
  })

  const snapshotPath = join(folders.state, SNAPSHOT_FILE)
  const snapshot = await tryReadSnapshot(snapshotPath, log)
  const keeper = createSnapshotKeeper({
    path: snapshotPath,
    clock,
    log,
    current: (): Snapshot | undefined => {
      const world = plane.nodePlan.world()
      return world && { world, endpoints: plane.peers.endpoints(), resolvedHosts: plane.hostNames.addresses() }
    },
  })
  onClose(keeper.close)
  const sender = openDatagramSender((refused) => log.debug(refused, 'cannot send the packet that opens a session'))
  onClose(sender.close)
  let store: StoreLink | undefined
  let cni: CniInstaller | undefined
  let isStoreAsked = false
  let firstAnswer: FirstAnswer | undefined
  /** Of a world of the store also the gateway address has to be known, which no pod may get: that takes a round. */
  const noteAnswer = (): void => {
    if (store === undefined) return
    const { kind } = store.condition()
    if (kind === 'broken' || kind === 'node-missing' || (kind === 'read' && plane.isCurrent())) firstAnswer?.came()
  }
  const plane = openDataPlane({
    node,
    publicKey,
    kernel,
    host,
    pods: pods.pods,
    endpoints: snapshot?.endpoints ?? new Map(),
    resolvedHosts: snapshot?.resolvedHosts ?? {},
    onMoved: () => keeper.keep(),
    onRound() {
      store?.publish(plane.nodePlan.status())
      void cni?.nudge()
      noteAnswer()
    },
    // The last seconds before a crash may not have come into the snapshot.
    isTentative: () => !isStoreAsked,
    sendDatagram: options.sendDatagram ?? sender.send,
    resolveHost: options.resolveHost ?? resolveHost,
    clock,
    log,
  })
  onClose(plane.close)
  workingSince = plane.loop.workingSince
  const startedAt = clock.now()
  let source: AgentStatus['world']['source'] = 'none'
  if (snapshot?.world.nodes.has(node)) {
    const errors = plane.setWorld(snapshot.world)
    if (errors.length > 0)
      log.warn({ errors }, 'the snapshot holds a world that cannot be planned; waiting for the store')
    else {
      source = 'snapshot'
      await plane.loop.runNow()
    }
  }
  firstAnswer = awaitFirstAnswer(clock)
  onClose(firstAnswer.close)
  await pods.serve()
  cni =
    options.cni &&
    installCni({
      folders: options.cni,
      recordPath: join(folders.state, CNI_RECORD_FILE),
      wish: () => wishForRuntime(plane, node),
      noteDrift: plane.noteDrift,
      clock,
      log,
    })
  if (cni !== undefined) onClose(cni.close)
  plane.hostNames.look()
  const socketWatch = watchSockets(
    [
      { path: join(folders.run, AGENT_SOCKET), restore: server.restore },
      { path: join(folders.run, CNI_SOCKET), restore: pods.restore },
    ],
    { clock, log },
  )
  onClose(socketWatch.close)
  const report: AgentReport = {
    node,
    publicKey,
    wireguard: kernel.wireguard,
    startedAt,
    findings,
    laterFindings: () => [...(metrics?.findings() ?? []), ...(cni?.findings() ?? [])],
    host,
    plane,
    pods,
    store: () => store?.condition() ?? { kind: 'not-read-yet', since: startedAt },
    source: () => source,
    clock,
  }
  server.begin(report)

  store = linkStore({
    node,
    openStore: options.openStore,
    describe: () => describeNode({ agent: report, version: options.version, isIll: illness() !== undefined }),
    nodes: () => plane.nodePlan.world()?.nodes.size ?? 0,
    onWorld(world) {
      const errors = plane.setWorld(world)
      if (errors.length > 0) return errors
      source = 'store'
      plane.hostNames.look()
      keeper.keep()
      memoryRelease.ask()
      return []
    },
    onAnswer: noteAnswer,
    onAsked() {
      isStoreAsked = true
      plane.loop.trigger('world')
    },
    clock,
    log,
  })
  onClose(store.close)
  log.info({ publicKey, wireguard: kernel.wireguard(), world: source }, 'started')
  return () => describeNow(report)
}

/** Throws where this host cannot be a node; what is only unwise is said in the log. */
function checkHost(host: Host, log: Log): readonly HostFinding[] {
  const findings = host.check()
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length > 0)
    throw new Error(`this host cannot be a node: ${errors.map(({ message }) => message).join('; ')}`)
  for (const { message } of findings) log.warn({}, message)
  return findings
}
