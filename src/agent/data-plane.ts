// The node's network as one thing: give it a World, and it brings the kernel there and keeps it there.
import type { Endpoint, LocalPod, PublicKey, World } from '../model/index.ts'
import type { Clock } from './clock.ts'
import type { Host } from './host-check.ts'
import { createNodePlan, type NodePlan } from './node-plan.ts'
import { type PeerWatch, watchPeers } from './peer-activity.ts'
import { createPeerDirectory, type PeerDirectory } from './peer-directory.ts'
import { openReconcileLoop, type ReconcileLoop } from './reconcile-loop.ts'
import { createReconciler, type PeerReadingKernel, type Reconciler } from './reconciler.ts'
import type { Log } from './secret-log.ts'
import type { SendDatagram } from './session-opener.ts'

export type DataPlane = Pick<Reconciler, 'attach' | 'report'> & {
  readonly nodePlan: NodePlan
  readonly peers: PeerWatch
  /** Who is who in the present World. */
  readonly directory: () => PeerDirectory | undefined
  readonly setWorld: (world: World) => void
  readonly loop: Pick<ReconcileLoop, 'trigger' | 'runNow' | 'runningSince'>
  /** Reads the WireGuard peers now, for whoever asks how they are. */
  readonly refreshPeers: () => Promise<void>
  /** Whether the present World went through a round. */
  readonly isCurrent: () => boolean
  /** Leaves the kernel as it is. */
  readonly close: () => Promise<void>
}

export type DataPlaneOptions = {
  readonly node: string
  readonly publicKey: PublicKey
  readonly kernel: PeerReadingKernel
  readonly host: Pick<Host, 'acceptsRouterAdvertisements'>
  readonly pods: () => readonly LocalPod[]
  readonly endpoints: ReadonlyMap<PublicKey, Endpoint>
  readonly onPeersMoved: () => void
  readonly onRound: () => void
  readonly sendDatagram: SendDatagram
  readonly clock: Clock
  readonly log: Log
}

const FRESH_MS = 200

export function openDataPlane(options: DataPlaneOptions): DataPlane {
  const { kernel, clock, log } = options
  const nodePlan = createNodePlan(options)
  const peers = watchPeers(options.endpoints, options.onPeersMoved)
  let directory: PeerDirectory | undefined
  let reconciled: World | undefined
  let refreshedAt = 0

  const reconciler = createReconciler({
    kernel,
    nodePlan,
    peers,
    clock,
    log,
    openSessions(withoutSession) {
      for (const { publicKey, endpoint } of withoutSession) {
        // Nobody knows where it is: it has to speak first.
        if (endpoint === undefined && !peers.endpoints().has(publicKey)) continue
        const address = directory?.addressOf(publicKey)
        if (address !== undefined) options.sendDatagram(address)
      }
    },
  })
  const loop = openReconcileLoop({
    clock,
    readUnannounced: reconciler.readUnannounced,
    async reconcile() {
      const world = nodePlan.world()
      const tryAgainAt = await reconciler.reconcile()
      reconciled = world
      options.onRound()
      return tryAgainAt
    },
  })
  const stopWatching = kernel.watch(() => loop.trigger('kernel'))

  return {
    attach: reconciler.attach,
    report: reconciler.report,
    nodePlan,
    peers,
    directory: () => directory,
    setWorld(world) {
      if (world === nodePlan.world()) return
      nodePlan.setWorld(world)
      directory = createPeerDirectory(world)
      loop.trigger('world')
    },
    loop,
    async refreshPeers() {
      const now = clock.now()
      // Whoever waits for a node to be ready asks many times a second.
      if (now - refreshedAt < FRESH_MS || loop.runningSince() !== undefined) return
      refreshedAt = now
      if (await reconciler.readUnannounced()) loop.trigger('kernel')
    },
    isCurrent: () => reconciled === nodePlan.world(),
    async close() {
      stopWatching()
      await loop.close()
    },
  }
}
