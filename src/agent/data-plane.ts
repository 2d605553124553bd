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
  /** Says why where it cannot be planned; nothing changes then. */
  readonly setWorld: (world: World) => readonly string[]
  readonly loop: Pick<ReconcileLoop, 'trigger' | 'runNow' | 'workingSince'>
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
    speakTo(silent) {
      for (const { publicKey, endpoint } of silent) {
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
      const outcome = await reconciler.reconcile()
      reconciled = world
      options.onRound()
      return outcome
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
      if (world === nodePlan.world()) return []
      const errors = nodePlan.setWorld(world)
      if (errors.length > 0) return errors
      directory = createPeerDirectory(world)
      loop.trigger('world')
      return []
    },
    loop,
    async refreshPeers() {
      // Whoever waits for a node to be ready asks many times a second.
      if (clock.now() - refreshedAt < FRESH_MS) return
      refreshedAt = clock.now()
      await loop.readNow()
    },
    isCurrent: () => reconciled === nodePlan.world(),
    async close() {
      stopWatching()
      await loop.close()
    },
  }
}
