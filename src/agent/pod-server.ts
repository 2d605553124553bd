// The node's pods: what their ADDs recorded, and the socket on which the container runtime's plugin asks for them.
import { type CniContext, cniHandler, openAddressJournal, serveCni } from '../cni/index.ts'
import { openRtnetlink } from '../linux/index.ts'
import type { LocalPod } from '../model/index.ts'
import type { Log } from './secret-log.ts'

export type PodServer = {
  readonly pods: () => readonly LocalPod[]
  /** Answers ADD and DEL from now on. */
  readonly serve: () => Promise<void>
  readonly close: () => Promise<void>
}

export type PodServerOptions = Pick<CniContext, 'nodePrefixes' | 'gatewayAddresses' | 'podMtuBytes' | 'attach'> & {
  readonly journalPath: string
  readonly socketPath: string
  readonly onPodsChanged: () => void
  readonly log: Log
}

/** Reads the journal; nobody is served before `serve`. */
export async function openPodServer(options: PodServerOptions): Promise<PodServer> {
  const { journalPath, socketPath, onPodsChanged, log, ...context } = options
  const journal = await openAddressJournal({ path: journalPath, log })
  let stop = (): Promise<void> => journal.close()
  return {
    pods: () => journal.pods(),
    async serve() {
      const rtnetlink = openRtnetlink()
      const handler = cniHandler({
        ...context,
        rtnetlink,
        journal,
        log,
        onPodsChanged: async () => onPodsChanged(),
      })
      const server = await serveCni({ socketPath, handler, log })
      stop = async () => {
        await server.close()
        rtnetlink.close()
        await journal.close()
      }
    },
    close: () => stop(),
  }
}
