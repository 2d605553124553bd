// Brings the kernel to what the plan says, and remembers what came of it: failures, drift, sessions to open, times.
import { CNI_CODE, cniError } from '../cni/index.ts'
import {
  type Change,
  entriesOf,
  type Kernel,
  keyOf,
  type LocalPod,
  type NodeState,
  type Observed,
  type WireguardPeer,
} from '../model/index.ts'
import { planPod } from '../planner/index.ts'
import { diff } from '../reconcile/index.ts'
import type { Clock } from './clock.ts'
import { createDriftHistory, type DriftHistory } from './drift-history.ts'
import { createFailureBackoff, type StandingFailure } from './failure-backoff.ts'
import { createFirstHandshakes } from './first-handshakes.ts'
import type { NodePlan } from './node-plan.ts'
import type { PeerWatch } from './peer-activity.ts'
import { plannedPeers } from './planned-peers.ts'
import type { RoundOutcome } from './reconcile-loop.ts'
import { type RoundResult, runRound } from './reconcile-round.ts'
import type { Log } from './secret-log.ts'
import { peersWithoutSession } from './session-opener.ts'
import { createSilentPeers } from './silent-peers.ts'
import { isUnannounced, unannouncedOf } from './unannounced-state.ts'

/** A kernel may read alone what it does not announce: WireGuard devices and settings have to be asked again and again. */
export type PeerReadingKernel = Kernel & {
  /** Lets go of what is only kept to be quicker the next time. Never rejects. */
  readonly releaseMemory?: () => Promise<void>
  readonly observeUnannounced?: (
    wireguardLinks: readonly string[],
    sysctlKeys: readonly string[],
  ) => Promise<Pick<Observed, 'entries' | 'activity'>>
}

export type ReconcilerOptions = {
  readonly kernel: PeerReadingKernel
  readonly nodePlan: NodePlan
  readonly peers: PeerWatch
  readonly clock: Clock
  readonly log: Log
  /** Sends each something small through its tunnel; its routes are in place. */
  readonly speakTo: (peers: readonly WireguardPeer[]) => void
  /** The plan may be older than what stands: nothing is taken away or altered by it, but what is missing is made. */
  readonly isTentative: () => boolean
}

export type Reconciler = {
  /** One round. Never rejects. */
  readonly reconcile: () => Promise<RoundOutcome>
  /** Reads WireGuard and the settings; true where they are not as planned. Never rejects. */
  readonly readUnannounced: () => Promise<boolean>
  /** Makes the host's side of one new pod at once. */
  readonly attach: (pod: LocalPod) => Promise<void>
  /** Something of ours outside the kernel was put back. */
  readonly noteDrift: (op: Change['op'], entry: string) => void
  readonly report: () => ReconcileReport
}

export type ReconcileReport = {
  /** The plan that the kernel was last brought to, as far as it could be. */
  readonly state: NodeState | undefined
  readonly failures: readonly StandingFailure[]
  /** Why the last round did not come to its end: the kernel could not be read, or the plan not made. */
  readonly error: string | undefined
  readonly drift: Pick<DriftHistory, 'total' | 'latest'>
  readonly rounds: number
  readonly writes: number
  readonly seconds: { readonly last: number; readonly total: number }
}

const RETRY_FIRST_MS = 1000
const RETRY_LONGEST_MS = 30_000

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { kernel, nodePlan, peers, clock, log } = options
  const backoff = createFailureBackoff()
  const drift = createDriftHistory()
  const firstHandshakes = createFirstHandshakes()
  const silentPeers = createSilentPeers()
  /** Of the last round in which no change of a peer failed: what the next one compares endpoints with. */
  let previous: NodeState | undefined
  let state: NodeState | undefined
  let error: string | undefined
  let brokenRounds = 0
  const counts = { rounds: 0, writes: 0, lastSeconds: 0, totalSeconds: 0 }

  async function reconcile(): Promise<RoundOutcome> {
    if (nodePlan.world() === undefined) return lookAround()
    const startedAt = clock.now()
    try {
      const result = await runRound({
        kernel,
        diff: options.isTentative() ? missing : diff,
        planFor: nodePlan.stateFor,
        previous,
        isHeldBack: (change) => backoff.isHeldBack(change, startedAt),
        complete: peers.complete,
      })
      const hasPutBack = take(result)
      await renewFirstHandshakes(result)
      return { tryAgainAt: earlier(backoff.nextTryAt(), firstHandshakes.nextAt()), hasPutBack }
    } catch (cause) {
      return { tryAgainAt: takeBroken(cause), hasPutBack: false }
    } finally {
      counts.rounds++
      counts.lastSeconds = (clock.now() - startedAt) / 1000
      counts.totalSeconds += counts.lastSeconds
    }
  }

  /** A newcomer has its addresses to tell before there is a world with it. */
  async function lookAround(): Promise<RoundOutcome> {
    try {
      nodePlan.see(await kernel.observe([]))
      error = undefined
      brokenRounds = 0
      return { hasPutBack: false }
    } catch (cause) {
      return { tryAgainAt: takeBroken(cause), hasPutBack: false }
    }
  }

  /** True where something was put back that somebody else had changed. */
  function take(result: RoundResult): boolean {
    const { applied, failures, heldBack, observed } = result
    const now = clock.now()
    const retried = new Set(backoff.failures().map(({ key }) => key))
    const isSamePlan = result.state === state
    state = result.state
    counts.writes += applied.length + failures.length
    peers.record(observed.activity)
    const fresh = backoff.record({ failures, heldBack }, now)
    for (const failure of fresh) log.warn({ entry: failure.key, op: failure.op, code: failure.code }, failure.message)
    const put = applied.filter(({ entry }) => !retried.has(keyOf(entry)))
    const hasPutBack = isSamePlan && put.length > 0
    if (hasPutBack) {
      drift.record(put, now)
      log.warn({ entries: put.slice(0, 10).map(summary), count: put.length }, 'put back what somebody else changed')
    } else if (applied.length > 0) {
      log.info({ changes: applied.length, failures: failures.length }, 'changed the kernel')
    }
    if (brokenRounds > 0) log.info({}, 'reconciling again')
    brokenRounds = 0
    error = undefined
    if (![...failures.map(({ change }) => change), ...heldBack].some(({ entry }) => entry.kind === 'wireguard-peer'))
      previous = state
    options.speakTo([...peersWithoutSession(applied, state), ...applied.flatMap(movedPeer)])
    return hasPutBack
  }

  /** What fails here the next reading finds, and puts right. */
  async function renewFirstHandshakes({ applied, state }: RoundResult): Promise<void> {
    firstHandshakes.watch(applied, clock.now())
    const due = firstHandshakes.due(state, peers, clock.now())
    if (due.length === 0) return
    const changes = due.flatMap((entry): Change[] => [{ op: 'delete', entry }, peers.complete({ op: 'create', entry })])
    counts.writes += changes.length
    await kernel.apply(changes)
    log.debug({ peers: due.length }, 'made peers anew that have not answered yet')
  }

  function takeBroken(cause: unknown): number {
    const message = cause instanceof Error ? cause.message : String(cause)
    if (message !== error) log.error({ cause }, `cannot reconcile: ${message}`)
    error = message
    brokenRounds++
    return clock.now() + Math.min(RETRY_FIRST_MS * 2 ** (brokenRounds - 1), RETRY_LONGEST_MS)
  }

  return {
    reconcile,
    async readUnannounced() {
      if (state === undefined) return false
      try {
        const { planned, links, keys } = unannouncedOf(state)
        const { entries, activity } = await (kernel.observeUnannounced?.(links, keys) ?? kernel.observe(keys))
        peers.record(activity)
        options.speakTo(silentPeers(plannedPeers(planned), peers, clock.now()))
        if (nodePlan.isOutdated()) return true
        return diff(planned, entries.filter(isUnannounced), { previous }).some(
          (change) => !backoff.isHeldBack(change, clock.now()),
        )
      } catch (cause) {
        log.debug({ cause }, 'cannot read WireGuard and the settings')
        return true // a whole round finds out what is wrong, and says it
      }
    },
    async attach(pod) {
      const world = nodePlan.world()
      if (world === undefined || state === undefined)
        throw cniError(CNI_CODE.tryLater, 'the network is not known here yet; try again')
      const entries = entriesOf({ ...state, parts: [planPod(state.node, pod)] })
      const changes = [...entries].flatMap((entry): Change[] =>
        entry.kind === 'link' ? [] : [{ op: 'create', entry }],
      )
      counts.writes += changes.length
      // A round at the same time may have made some of them.
      const [failure] = (await kernel.apply(changes)).filter(({ code }) => code !== 'EEXIST')
      if (failure !== undefined) throw new Error(failure.message)
    },
    noteDrift: (op, entry) => drift.note({ at: clock.now(), op, entry }),
    report: () => ({
      state,
      failures: backoff.failures(),
      error,
      drift,
      rounds: counts.rounds,
      writes: counts.writes,
      seconds: { last: counts.lastSeconds, total: counts.totalSeconds },
    }),
  }
}

/** One that was told to be somewhere else: an update carries an endpoint only then. */
const movedPeer = ({ op, entry }: Change): WireguardPeer[] =>
  op === 'update' && entry.kind === 'wireguard-peer' && entry.endpoint !== undefined ? [entry] : []

/** A setting is never missing, only another. */
const missing: typeof diff = (...states) =>
  diff(...states).filter(({ op, entry }) => op === 'create' || entry.kind === 'sysctl')

const earlier = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)

const summary = ({ op, entry }: Change): string => `${op} ${keyOf(entry)}`
