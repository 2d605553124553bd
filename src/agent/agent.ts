// One node's life. It starts from what it has on its own disk, so that a node whose store is away has its network all the
// same, and it stops without touching the network.
import { beginLife } from './agent-life.ts'
import type { AgentOptions } from './agent-options.ts'
import type { AgentStatus } from './agent-status.ts'

export type Agent = {
  readonly status: () => Promise<AgentStatus>
  /** Closes the sockets and leaves the network as it is. */
  readonly close: () => Promise<void>
}

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
    for (const closer of closers.splice(0).reverse()) {
      try {
        await closer()
      } catch (cause) {
        options.log.warn({ cause }, 'cannot close a part of the agent; going on with the others')
      }
    }
  }
  try {
    return { status: await beginLife(options, (closer) => closers.push(closer)), close }
  } catch (cause) {
    await close()
    throw cause
  }
}
