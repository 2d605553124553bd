// The node's pods: what their ADDs recorded, and the socket on which the container runtime's plugin asks for them.
import {
  type AddressJournal,
  CNI_CODE,
  type CniContext,
  type CniHandler,
  type CniServer,
  cniError,
  cniHandler,
  forgetDeadPods,
  openAddressJournal,
  type PodLinks,
  podLinks,
  podsOfDamagedJournal,
  serveCni,
} from '../cni/index.ts'
import { openRtnetlink } from '../linux/index.ts'
import type { LocalPod } from '../model/index.ts'
import type { Clock } from './clock.ts'
import { type LoopDelay, measureLoopDelay } from './loop-delay.ts'
import type { Log } from './secret-log.ts'

export type PodServer = {
  readonly pods: () => readonly LocalPod[]
  /** Why no pod is added or deleted: the journal cannot be read, and `pods` may lack some. */
  readonly error: () => string | undefined
  /** Whether the link of a deleted pod is just being removed. */
  readonly isLeaving: (link: string) => boolean
  /** Whether the runtime asked for something a moment ago. */
  readonly isAsked: () => boolean
  /** Of the event loop while it serves. */
  readonly loopDelay: LoopDelay['read']
  /** Answers the runtime from now on. */
  readonly serve: () => Promise<void>
  /** Listens again where somebody deleted the socket. */
  readonly restore: () => Promise<boolean>
  readonly close: () => Promise<void>
}

export type PodServerOptions = Pick<
  CniContext,
  'nodePrefixes' | 'prefixesSettle' | 'gatewayAddresses' | 'podMtuBytes' | 'attach' | 'illness'
> & {
  readonly journalPath: string
  readonly socketPath: string
  readonly onPodsChanged: () => void
  readonly clock: Clock
  readonly log: Log
}

/** Reads the journal; nobody is served before `serve`. */
export async function openPodServer(options: PodServerOptions): Promise<PodServer> {
  const { journalPath, socketPath, onPodsChanged, clock, log, ...context } = options
  let journal: AddressJournal | undefined
  let damage: unknown
  let handler: CniHandler | undefined
  let server: CniServer | undefined
  let opening: Promise<void> | undefined
  const rtnetlink = openRtnetlink()
  const loopDelay = measureLoopDelay(clock)
  const kernelLinks = podLinks(rtnetlink)
  const leaving = new Set<string>()
  const links: PodLinks = {
    ...kernelLinks,
    delete(name) {
      leaving.add(name)
      return kernelLinks.delete(name).finally(() => leaving.delete(name))
    },
  }

  async function open(): Promise<void> {
    try {
      journal = await openAddressJournal({ path: journalPath, log })
      await forgetDeadPods(journal, { links, log })
      handler = cniHandler({ ...context, links, journal, log, onPodsChanged: async () => onPodsChanged() })
      if (damage === undefined) return
      damage = undefined
      log.info({ path: journalPath }, 'somebody mended the journal of pods; serving them again')
      onPodsChanged()
    } catch (cause) {
      if (damage === undefined) log.error({ cause }, `pods cannot be added or deleted: ${messageOf(cause)}`)
      damage = cause
    }
  }

  /** Looks first whether somebody has mended the journal. */
  const answer: CniHandler = async (request) => {
    loopDelay.note()
    if (handler === undefined) {
      opening ??= open().finally(() => {
        opening = undefined
      })
      await opening
    }
    if (handler === undefined) {
      const code = request.kind === 'status' ? CNI_CODE.notAvailable : CNI_CODE.failed
      throw cniError(code, `cannot serve pods: ${messageOf(damage)}`, damage)
    }
    return handler(request)
  }

  await open()
  return {
    pods: () => journal?.pods() ?? podsOfDamagedJournal(damage),
    error: () => (damage === undefined ? undefined : messageOf(damage)),
    isLeaving: (link) => leaving.has(link),
    isAsked: loopDelay.isMeasuring,
    loopDelay: loopDelay.read,
    async serve() {
      server = await serveCni({ socketPath, handler: answer, log })
    },
    restore: async () => (await server?.restore()) ?? false,
    async close() {
      await server?.close()
      loopDelay.close()
      rtnetlink.close()
      await journal?.close()
    },
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
