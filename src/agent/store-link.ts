// What goes between this node and its store: worlds come in, and what the node has to say of itself goes out, once the store
// was read; before that nobody knows what it has already.
import type { Condition, NodeReport, NodeStatus, World } from '../model/index.ts'
import type { Store } from '../store/index.ts'
import type { Clock } from './clock.ts'
import { keepNews, type NewsKeeper } from './news-keeper.ts'
import type { Log } from './secret-log.ts'
import { createStatusPublisher } from './status-publisher.ts'
import { openWorldSource, type WorldSource } from './world-source.ts'

/** What this room asks of a store. */
export type AgentStore = Pick<
  Store,
  'read' | 'watch' | 'trouble' | 'writeStatus' | 'formatIssue' | 'takesNewcomers' | 'close'
>

export type StoreLink = Pick<WorldSource, 'condition'> & {
  readonly publish: (status: NodeStatus) => void
  readonly close: () => Promise<void>
}

/** What people are told of a node, besides its status. */
export type NodeNews = { readonly report: NodeReport; readonly conditions: readonly Condition[] }

export type StoreLinkOptions = {
  readonly node: string
  /** Called again where it fails. */
  readonly openStore: () => Promise<AgentStore>
  /** Takes a world, or says what of it cannot be planned. */
  readonly onWorld: (world: World) => readonly string[]
  /** Called each time the store answered, be it with what is no world; `onWorld` was called before, where it was one. */
  readonly onAnswer: () => void
  /** Called once, when the store was asked for the first time, whatever came of it. */
  readonly onAsked: () => void
  /** As of now. */
  readonly describe: () => NodeNews
  readonly nodes: () => number
  readonly clock: Clock
  readonly log: Log
}

/** The numbers of a report are written so often, and no more than five a second of all nodes together. */
const NEWS_EVERY_MS = 60_000
const NEWS_EVERY_MS_FOR_EACH_NODE = 200

/** Begins to read and to watch. */
export function linkStore(options: StoreLinkOptions): StoreLink {
  const { node, onWorld, onAnswer, onAsked, describe, nodes, clock, log } = options
  let store: AgentStore | undefined
  let status: NodeStatus | undefined
  let news: NewsKeeper<NodeNews> | undefined
  let isClosed = false

  async function openStore(): Promise<AgentStore> {
    const opened = await options.openStore()
    if (isClosed) opened.close()
    else {
      store = opened
      if (opened.takesNewcomers) news = keepNews({ describe, onNews: publishStatus, clock })
    }
    return opened
  }

  const publisher = createStatusPublisher({
    write(told, report) {
      if (store === undefined) throw new Error('the store is not open yet')
      return store.writeStatus(told, report)
    },
    clock,
    log,
  })

  /**
   * A store that knows nodes before they are in the World is looked at by people too, and by who gives nodes their addresses. To one of files
   * nobody looks for either, and each word in it would be read, and handed round, by all.
   */
  function publishStatus(): void {
    if (status === undefined) return
    const { kind } = source.condition()
    if (news === undefined) {
      const { addresses: _, ...planning } = status
      if (kind === 'read') publisher.publish(planning)
    } else if (kind !== 'not-read-yet') {
      const { report, conditions } = news.latest()
      const everyMs = Math.max(NEWS_EVERY_MS, nodes() * NEWS_EVERY_MS_FOR_EACH_NODE)
      publisher.publish({ ...status, conditions }, { report, everyMs })
    }
  }

  const source = openWorldSource({
    node,
    openStore,
    clock,
    log,
    onAnswer,
    onAsked,
    onWorld(world) {
      const errors = onWorld(world)
      if (errors.length === 0) publisher.seen(world.statuses.get(node))
      return errors
    },
    onMissing: (world) => publisher.seen(world.statuses.get(node)),
  })
  source.start()
  return {
    condition: source.condition,
    publish(told) {
      status = told
      publishStatus()
      news?.soon()
    },
    async close() {
      isClosed = true
      source.close()
      news?.close()
      await publisher.close()
      store?.close()
    },
  }
}
