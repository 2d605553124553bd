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
  /** The world must have this node. */
  readonly setWorld: (world: World) => void
  readonly world: () => World | undefined
  /** What the kernel should hold; the same object as long as nothing has changed. */
  readonly stateFor: (observed: Observed) => NodeState
  /** What the network has in common, as of the last `stateFor`. */
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
  function planOf(current: World): Plan {
    const underlayMtuBytes = view?.underlayMtuBytes
    if (prepared?.for === current && prepared.underlayMtuBytes === underlayMtuBytes) return prepared.plan
    const statuses = new Map(current.statuses).set(name, { ...current.statuses.get(name), ...status() })
    prepared = { for: current, underlayMtuBytes, plan: preparePlan({ ...current, statuses }, prepared?.plan) }
    return prepared.plan
  }

  return {
    setWorld: (next) => {
      world = next
    },
    world: () => world,
    stateFor({ hostLinks }) {
      const node = world?.nodes.get(name)
      if (world === undefined || node === undefined) throw new Error(`there is no world with node ${name} to plan from`)
      const { acceptsRouterAdvertisements } = host
      view = observeLocal({ node, hostLinks, pods: pods(), acceptsRouterAdvertisements })
      const plan = planOf(world)
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
