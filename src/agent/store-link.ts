// What goes between this node and its store: worlds come in, and what the node has to say of itself goes out, once the store
// has a world with this node.
import type { NodeStatus, World } from '../model/index.ts'
import type { Issue } from '../store/index.ts'
import type { Clock } from './clock.ts'
import type { Log } from './secret-log.ts'
import { createStatusPublisher } from './status-publisher.ts'
import { openWorldSource, type WorldSource, type WorldStore } from './world-source.ts'

export type AgentStore = WorldStore & {
  /** False where the store has just that already. */
  readonly writeStatus: (status: NodeStatus) => Promise<boolean>
  readonly formatIssue: (issue: Issue) => string
  readonly close: () => void
}

export type StoreLink = Pick<WorldSource, 'condition'> & {
  readonly publish: (status: NodeStatus) => void
  readonly close: () => Promise<void>
}

export type StoreLinkOptions = {
  readonly node: string
  readonly store: AgentStore
  /** Takes a world, or says what of it cannot be planned. */
  readonly onWorld: (world: World) => readonly string[]
  /** Called once, when the store was asked for the first time, whatever came of it. */
  readonly onAsked: () => void
  readonly clock: Clock
  readonly log: Log
}

/** Begins to read and to watch. */
export function linkStore({ node, store, onWorld, onAsked, clock, log }: StoreLinkOptions): StoreLink {
  const { formatIssue, writeStatus } = store
  const publisher = createStatusPublisher({ write: writeStatus, clock, log })
  const source = openWorldSource({
    node,
    store,
    clock,
    log,
    formatIssue,
    onAsked,
    onWorld(world) {
      const errors = onWorld(world)
      if (errors.length === 0) publisher.seen(world.statuses.get(node))
      return errors
    },
  })
  source.start()
  return {
    condition: source.condition,
    publish(status) {
      if (source.condition().kind === 'read') publisher.publish(status)
    },
    async close() {
      source.close()
      await publisher.close()
      store.close()
    },
  }
}
