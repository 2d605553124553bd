// The plan of this node, made anew only when something that it is made of has changed: the world, the underlay, the pods.
import type { LocalPod, NodeState, NodeStatus, Observed, PublicKey, World } from '../model/index.ts'
import { type Plan, planNode, preparePlan, UNKNOWN_NIC } from '../planner/index.ts'
import { applicableState } from './applicable-state.ts'
import type { Host } from './host-check.ts'
import { type LocalView, observeLocal } from './local.ts'

export type NodePlanOptions = {
  readonly node: string
  readonly publicKey: PublicKey
  readonly host: Pick<Host, 'acceptsRouterAdvertisements'>
  readonly pods: () => readonly LocalPod[]
}

export type NodePlan = {
  /** Takes a world that has this node, unless it cannot be planned: then says why, and stays with the one before. */
  readonly setWorld: (world: World) => readonly string[]
  readonly world: () => World | undefined
  /** What the kernel should hold; the same object as long as nothing has changed. */
  readonly stateFor: (observed: Observed) => NodeState
  /** What the network has in common. */
  readonly plan: () => Plan | undefined
  readonly localView: () => LocalView | undefined
  /** What this node has to say of itself, as of the last `stateFor`. */
  readonly status: () => NodeStatus
}

export function createNodePlan({ node: name, publicKey, host, pods }: NodePlanOptions): NodePlan {
  let world: World | undefined
  let view: LocalView | undefined
  let prepared: { readonly for: World; readonly underlayMtuBytes: number | undefined; readonly plan: Plan } | undefined
  let made: { readonly plan: Plan; readonly local: string; readonly state: NodeState } | undefined

  const status = (): NodeStatus => ({
    name,
    publicKey,
    ...(view?.underlayMtuBytes !== undefined && { underlayMtuBytes: view.underlayMtuBytes }),
  })

  /** With our own word for ourselves: what the store says of us may be older, or from before our key. */
  function prepare(next: World): Plan {
    const underlayMtuBytes = view?.underlayMtuBytes
    if (prepared?.for === next && prepared.underlayMtuBytes === underlayMtuBytes) return prepared.plan
    const statuses = new Map(next.statuses).set(name, { ...next.statuses.get(name), ...status() })
    return preparePlan({ ...next, statuses }, prepared?.plan)
  }

  const keep = (next: World, plan: Plan): void => {
    prepared = { for: next, underlayMtuBytes: view?.underlayMtuBytes, plan }
  }

  return {
    setWorld(next) {
      const plan = prepare(next)
      const errors = plan.issues.flatMap(({ severity, message }) => (severity === 'error' ? [message] : []))
      if (errors.length > 0) return errors
      keep(next, plan)
      world = next
      return []
    },
    world: () => world,
    stateFor({ hostLinks }) {
      const node = world?.nodes.get(name)
      if (world === undefined || node === undefined) throw new Error(`there is no world with node ${name} to plan from`)
      const { acceptsRouterAdvertisements } = host
      view = observeLocal({ node, hostLinks, pods: pods(), acceptsRouterAdvertisements })
      const plan = prepare(world)
      keep(world, plan)
      const local = JSON.stringify(view.local)
      if (made?.plan !== plan || made.local !== local) {
        made = { plan, local, state: applicableState(planNode(plan, name, view.local), UNKNOWN_NIC) }
      }
      return made.state
    },
    plan: () => prepared?.plan,
    localView: () => view,
    status,
  }
}
