// One of several controllers at work: the holder of a Lease. The ways of client-go's leaderelection, and its numbers: the holder renews it
// every 2 s and stops on its own when it could not for 10 s; others take it once they saw no change for the 15 s that it says.
// All spans are timers of this process, which no clock that somebody sets can shorten; what another's clock says is never looked at.
import { isApiFailure, type KubernetesApi } from '../store/index.ts'
import { type ControllerLog, messageOf, rest } from './controller-clock.ts'
import { createLeaseKeeper, type LeaseKeeperOptions } from './lease-keeper.ts'

/** `identity`: no other candidate may have it. */
export type ElectionOptions = LeaseKeeperOptions & {
  readonly api: Pick<KubernetesApi, 'reconnect'>
  readonly log: ControllerLog
  readonly signal: AbortSignal
  /** The work; it ends soon after `term.signal` is aborted, and never rejects. */
  readonly lead: (term: Term) => Promise<void>
}

export type Term = {
  /** Aborted when the Lease is lost, or the whole is to end. */
  readonly signal: AbortSignal
  /** False also where this process slept so long that its timers do not know yet. */
  readonly isHeld: () => boolean
}

const RENEW_DEADLINE_MS = 10_000
const RETRY_MS = 2000
/** A connection that a proxy silently dropped, or a change of the own address, leaves time for another try. */
const ATTEMPT_MS = 4000

/** A candidate until the signal is aborted; what it holds then is given back, so that the next one need not wait. Never rejects. */
export async function runElection(options: ElectionOptions): Promise<void> {
  const { api, namespace, name, identity, clock, log, signal } = options
  const lease = createLeaseKeeper(options)
  let saidHolder: string | undefined
  let saidTrouble = ''

  /**
   * An answer that comes later than that is as good as none. Streams that went the same way are as dead, and would say so much later: who
   * leads on with another connection would hear nothing.
   */
  async function attempt(): Promise<boolean> {
    let cancel = (): void => {}
    const late = new Promise<never>((_, reject) => {
      cancel = clock.after(ATTEMPT_MS, () => {
        reject(new Error(`no answer within ${ATTEMPT_MS / 1000} s`))
        api.reconnect()
      })
    })
    try {
      const isHeld = await Promise.race([lease.acquireOrRenew(), late])
      saidTrouble = ''
      if (!isHeld) sayHolder(lease.holder())
      return isHeld
    } catch (cause) {
      sayTrouble(cause)
      return false
    } finally {
      cancel()
    }
  }

  function sayHolder(holder: string | undefined): void {
    if (holder !== undefined && holder !== saidHolder)
      log.info({ holder }, `${holder} is at work; this controller waits`)
    saidHolder = holder
  }

  function sayTrouble(cause: unknown): void {
    // Somebody was faster, as it is to be.
    if (isApiFailure(cause) && cause.status === 409) return
    const message = `cannot get the Lease ${namespace}/${name}: ${messageOf(cause)}`
    if (message !== saidTrouble) log.warn({}, `${message}; it is tried again`)
    saidTrouble = message
  }

  /** Of a request that was sent just now, so that it counts from before the server took it. */
  function startDeadline(onOver: () => void): { readonly cancel: () => void; readonly isOver: () => boolean } {
    const startedAt = clock.now()
    const cancel = clock.after(RENEW_DEADLINE_MS, onOver)
    return { cancel, isOver: () => clock.now() - startedAt >= RENEW_DEADLINE_MS }
  }

  /** Resolves when the term is over and its work has ended. */
  async function serveTerm(first: ReturnType<typeof startDeadline>, ending: AbortController): Promise<void> {
    let deadline = first
    const end = (): void => ending.abort()
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    log.info({ identity }, `this controller is at work: it holds the Lease ${namespace}/${name}`)
    saidHolder = identity
    const term = { signal: ending.signal, isHeld: () => !ending.signal.aborted && !deadline.isOver() }
    const work = options.lead(term).catch((cause) => log.warn({}, `the controller's work ended: ${messageOf(cause)}`))
    const worked = work.then(end)
    while (!ending.signal.aborted) {
      await rest(clock, RETRY_MS, ending.signal)
      if (ending.signal.aborted) break
      const next = startDeadline(end)
      const isRenewed = await attempt()
      if (!isRenewed && lease.holder() !== undefined && lease.holder() !== identity) end()
      ;(isRenewed ? deadline : next).cancel()
      if (isRenewed) deadline = next
    }
    await worked
    deadline.cancel()
    signal.removeEventListener('abort', end)
    if (!signal.aborted) log.warn({}, `this controller lost the Lease ${namespace}/${name}, and writes nothing more`)
    else if (!deadline.isOver()) await release()
  }

  async function release(): Promise<void> {
    try {
      if (await lease.release()) log.info({}, `gave the Lease ${namespace}/${name} back`)
    } catch (cause) {
      const message = `cannot give the Lease ${namespace}/${name} back, so others wait until it is over`
      log.info({}, `${message}: ${messageOf(cause)}`)
    }
  }

  while (!signal.aborted) {
    const ending = new AbortController()
    const deadline = startDeadline(() => ending.abort())
    if ((await attempt()) && !ending.signal.aborted) await serveTerm(deadline, ending)
    else deadline.cancel()
    await rest(clock, RETRY_MS, signal)
  }
  lease.close()
}
