// What is wrong with nodes, where people look: an Event at the Node (`kubectl describe node`), and a line of the log. Once each.
import { createHash } from 'node:crypto'
import { type Collection, isApiFailure, type KubernetesApi, type KubernetesObject } from '../store/index.ts'
import { type ControllerClock, type ControllerLog, messageOf } from './controller-clock.ts'
import type { CoreNode } from './core-node.ts'
import { inParallel } from './in-parallel.ts'
import type { MeshPlan, NodeProblem } from './mesh-plan.ts'

/** Events of objects without a namespace stand in this one. */
const NAMESPACE = 'default'
const EVENTS: Collection = { group: '', version: 'v1', plural: 'events', namespace: NAMESPACE }
const MOST_AT_ONCE = 4

export type NodeEvents = {
  /** All that is wrong now. Never rejects: an Event that cannot be written is only said in the log. */
  readonly report: (problems: MeshPlan['problems'], coreNodes: ReadonlyMap<string, CoreNode>) => Promise<void>
}

export function createNodeEvents(
  api: KubernetesApi,
  clock: Pick<ControllerClock, 'now'>,
  log: ControllerLog,
): NodeEvents {
  /** By name of the Node. */
  let said = new Map<string, ReadonlySet<string>>()
  return {
    async report(problems, coreNodes) {
      const fresh = [...problems].flatMap(([name, own]) =>
        own.filter(({ message }) => !said.get(name)?.has(message)).map((problem) => ({ name, problem })),
      )
      said = new Map([...problems].map(([name, own]) => [name, new Set(own.map(({ message }) => message))]))
      await inParallel(fresh, MOST_AT_ONCE, async ({ name, problem }) => {
        log.warn({ node: name }, `node ${name}: ${problem.message}`)
        const node = coreNodes.get(name)
        if (node === undefined) return
        await writeEvent(api, eventOf(node, problem, clock.now())).catch((cause) =>
          log.debug({ node: name }, `cannot write an Event at node ${name}: ${messageOf(cause)}`),
        )
      })
    },
  }
}

/** One that was said before this process lived is only said to be so still. */
async function writeEvent(api: KubernetesApi, event: KubernetesObject): Promise<void> {
  await api.create(EVENTS, event).catch((cause) => {
    if (!isApiFailure(cause) || cause.status !== 409) throw cause
    return api.mergePatch(EVENTS, event.metadata.name, { lastTimestamp: event.lastTimestamp })
  })
}

/** The API server takes no longer message. */
const LONGEST_MESSAGE = 1024

function eventOf({ name, uid }: CoreNode, { reason, message }: NodeProblem, now: number): KubernetesObject {
  const at = `${new Date(now).toISOString().slice(0, 19)}Z`
  const hash = createHash('sha256').update(`${uid} ${reason} ${message}`).digest('hex').slice(0, 16)
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${hash}`.slice(-253), namespace: NAMESPACE },
    involvedObject: { apiVersion: 'v1', kind: 'Node', name, uid },
    reason,
    message: message.slice(0, LONGEST_MESSAGE),
    type: 'Warning',
    source: { component: 'damask-controller' },
    reportingComponent: 'damask-controller',
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  }
}
