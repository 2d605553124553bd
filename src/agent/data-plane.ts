// The node's network as one thing: give it a World, and it brings the kernel there and keeps it there.
import type { LocalPod, PublicKey, World } from '../model/index.ts'
import type { Clock } from './clock.ts'
import { type HostNames, type ResolvedHosts, watchHostNames } from './host-names.ts'
import { createLivenessRecord, type LivenessRecord } from './liveness.ts'
import type { LocalHost } from './local.ts'
import { createNeededHosts } from './needed-hosts.ts'
import { createNodePlan, type NodePlan } from './node-plan.ts'
import { ownFamilies } from './own-families.ts'
import { type PeerEndpoints, type PeerWatch, watchPeers } from './peer-activity.ts'
import { createPeerDirectory, type PeerDirectory } from './peer-directory.ts'
import { plannedPeers } from './planned-peers.ts'
import { openReconcileLoop, type ReconcileLoop } from './reconcile-loop.ts'
import { createReconciler, type PeerReadingKernel, type Reconciler } from './reconciler.ts'
import type { ResolveHost } from './resolve-host.ts'
import type { Log } from './secret-log.ts'
import { type SendDatagram, wayTo } from './session-opener.ts'

export type DataPlane = Pick<Reconciler, 'attach' | 'noteDrift' | 'report'> & {
  readonly nodePlan: NodePlan
  readonly peers: PeerWatch
  readonly liveness: LivenessRecord
  /** Where machines are whose endpoints are names; nobody is asked before the first `look`. */
  readonly hostNames: Pick<HostNames, 'addresses' | 'states' | 'look'>
  /** Who is who in the present World. */
  readonly directory: () => PeerDirectory | undefined
  /** Says why where it cannot be planned; nothing changes then. */
  readonly setWorld: (world: World) => readonly string[]
  readonly loop: Pick<ReconcileLoop, 'trigger' | 'runNow' | 'workingSince'>
  /** Reads the WireGuard peers now, for whoever asks how they are. */
  readonly refreshPeers: () => Promise<void>
  /** Whether what the plan is made of, as it is now, went through a round. */
  readonly isCurrent: () => boolean
  /** Leaves the kernel as it is. */
  readonly close: () => Promise<void>
}

export type DataPlaneOptions = {
  readonly node: string
  readonly publicKey: PublicKey
  readonly kernel: PeerReadingKernel
  readonly host: LocalHost
  readonly pods: () => readonly LocalPod[]
  /** Where peers were last heard from, and hosts were found, in an earlier life. */
  readonly endpoints: PeerEndpoints
  readonly resolvedHosts: ResolvedHosts
  /** Of these two something is not what it was. */
  readonly onMoved: () => void
  readonly onRound: () => void
  /** The present World may be older than what the kernel has. */
  readonly isTentative: () => boolean
  readonly sendDatagram: SendDatagram
  readonly resolveHost: ResolveHost
  readonly clock: Clock
  readonly log: Log
}

const FRESH_MS = 200

export function openDataPlane(options: DataPlaneOptions): DataPlane {
  const { node, kernel, clock, log } = options
  let directory: PeerDirectory | undefined
  /** How often something changed that the plan is made of, and how often it had when the last round began. */
  let changes = 0
  let reconciled = 0
  let refreshedAt = 0
  const replan = (): void => {
    changes++
    loop.trigger('world')
  }

  const liveness = createLivenessRecord(() => new Set(nodePlan.world()?.nodes.keys()), replan)
  const neededHosts = createNeededHosts(node)
  const hostNames = watchHostNames({
    remembered: options.resolvedHosts,
    needed() {
      const plan = nodePlan.plan()
      const { state } = reconciler.report()
      if (plan === undefined) return []
      return neededHosts({
        plan,
        peers: () => (state === undefined ? [] : plannedPeers(state)),
        activityOf: peers.activityOf,
        now: clock.now(),
      })
    },
    resolve: options.resolveHost,
    ownFamilies() {
      const own = nodePlan.world()?.nodes.get(node)
      const view = nodePlan.localView()
      return own && view && ownFamilies(own, view.local.underlay)
    },
    onChange() {
      options.onMoved()
      replan()
    },
    clock,
    log,
  })
  const nodePlan = createNodePlan({
    ...options,
    learned: () => ({ liveness: liveness.current(), resolvedHosts: hostNames.addresses() }),
  })
  const peers = watchPeers(options.endpoints, options.onMoved)
  const reconciler = createReconciler({
    ...options,
    nodePlan,
    peers,
    speakTo(silent) {
      for (const peer of silent) {
        const { link, publicKey, endpoint } = peer
        // Nobody knows where it is: it has to speak first.
        if (endpoint === undefined && peers.endpointOf(peer) === undefined) continue
        const way = wayTo(peer, directory?.addressOf(publicKey), reconciler.report().state?.gatewayAddresses ?? {})
        if (way !== undefined) options.sendDatagram(link, way.to, way.from)
      }
    },
  })
  const loop = openReconcileLoop({
    clock,
    readUnannounced: reconciler.readUnannounced,
    async reconcile() {
      const before = changes
      const outcome = await reconciler.reconcile()
      reconciled = before
      options.onRound()
      return outcome
    },
  })
  const stopWatching = kernel.watch((what, error) => {
    if (error !== undefined) log.warn({ error: error.message }, `the kernel sent ${what}; everything is read anew`)
    loop.trigger('kernel')
  })

  return {
    attach: reconciler.attach,
    noteDrift: reconciler.noteDrift,
    report: reconciler.report,
    nodePlan,
    peers,
    liveness,
    hostNames,
    directory: () => directory,
    setWorld(world) {
      if (world === nodePlan.world()) return []
      const errors = nodePlan.setWorld(world)
      if (errors.length > 0) return errors
      directory = createPeerDirectory(world, nodePlan.plan)
      replan()
      return []
    },
    loop,
    async refreshPeers() {
      // Whoever waits for a node to be ready asks many times a second.
      if (clock.now() - refreshedAt < FRESH_MS) return
      refreshedAt = clock.now()
      await loop.readNow()
    },
    isCurrent: () => reconciled === changes,
    async close() {
      stopWatching()
      hostNames.close()
      await loop.close()
    },
  }
}
