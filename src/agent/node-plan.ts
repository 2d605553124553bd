// The plan of this node, made anew only when something that it is made of has changed: the world, the underlay, the pods, who is
// taken for dead, where hosts are.
import type { LocalPod, NodeState, NodeStatus, Observed, PrivateAddress, PublicKey, World } from '../model/index.ts'
import { type Plan, planNode, preparePlan, prepareTolerantPlan, UNKNOWN_NIC, worldWithout } from '../planner/index.ts'
import { applicableState } from './applicable-state.ts'
import { type LocalHost, type LocalInput, type LocalView, observeLocal, ownAddresses } from './local.ts'

export type NodePlanOptions = {
  readonly node: string
  readonly publicKey: PublicKey
  readonly host: LocalHost
  readonly pods: () => readonly LocalPod[]
  /** What else it is made of, as of now. */
  readonly learned: () => Pick<LocalInput, 'liveness' | 'resolvedHosts'>
}

export type NodePlan = {
  /**
   * Takes a world that has this node, without newcomers that cannot be planned. Where nodes of the world before cannot be, or this
   * node, says why, and stays with the one before.
   */
  readonly setWorld: (world: World) => readonly string[]
  /** The last one that was taken, without whom it left out. */
  readonly world: () => World | undefined
  /** What the kernel should hold; the same object as long as nothing has changed. */
  readonly stateFor: (observed: Observed) => NodeState
  /** Takes note of the machine's links while there is nothing to plan from. */
  readonly see: (observed: Pick<Observed, 'hostLinks'>) => void
  /** Whether a setting of the underlay's link that no kernel announces is not what the plan was made of. */
  readonly isOutdated: () => boolean
  /** What the network has in common. */
  readonly plan: () => Plan | undefined
  readonly localView: () => LocalView | undefined
  /** What this node has to say of itself, as of the last `stateFor` or `see`. */
  readonly status: () => NodeStatus
}

export function createNodePlan({ node: name, publicKey, host, pods, learned }: NodePlanOptions): NodePlan {
  /** The world as it was given, and what of it is planned. */
  let given: World | undefined
  let world: World | undefined
  let view: LocalView | undefined
  let prepared: { readonly for: World; readonly mtus: string; readonly plan: Plan } | undefined
  let own: { readonly text: string; readonly status: NodeStatus } | undefined
  let made: { readonly plan: Plan; readonly local: string; readonly state: NodeState } | undefined
  let addresses: readonly PrivateAddress[] | undefined

  /** What plans are made of. */
  const planningStatus = (): NodeStatus => ({
    name,
    publicKey,
    ...(view?.underlayMtuBytes !== undefined && { underlayMtuBytes: view.underlayMtuBytes }),
    ...(view?.underlayIpv6MtuBytes !== undefined && { underlayIpv6MtuBytes: view.underlayIpv6MtuBytes }),
  })
  const ownMtus = (): string => `${view?.underlayMtuBytes} ${view?.underlayIpv6MtuBytes}`

  /** What the store says of us may be older, or from before our key. */
  const withOwnWord = (next: World): World => {
    const own = ownStatus(next)
    return isSameWord(own, next.statuses.get(name))
      ? next
      : { ...next, statuses: new Map(next.statuses).set(name, own) }
  }

  /** The present world once more, where our own word is another. */
  function prepareAgain(present: World): Plan {
    if (prepared?.for === present && prepared.mtus === ownMtus()) return prepared.plan
    return preparePlan(withOwnWord(present), prepared?.plan, prepared?.plan.notes)
  }

  /** The same object while it says the same, so that what was made of our own site is taken over. */
  function ownStatus(next: World): NodeStatus {
    const { underlayIpv6MtuBytes, addresses: _, conditions: __, ...said } = next.statuses.get(name) ?? { name }
    const isSeen = view?.underlayMtuBytes !== undefined
    const now = {
      ...said,
      ...(!isSeen && underlayIpv6MtuBytes !== undefined && { underlayIpv6MtuBytes }),
      ...planningStatus(),
    }
    const text = JSON.stringify(now)
    if (own?.text !== text) own = { text, status: now }
    return own.status
  }

  const keep = (next: World, plan: Plan): void => {
    prepared = { for: next, mtus: ownMtus(), plan }
  }

  return {
    setWorld(next) {
      if (next === given) return []
      const last = world
      const outcome = prepareTolerantPlan(withOwnWord(next), {
        isStanding: (node) => last?.nodes.has(node) ?? false,
        self: name,
        previous: prepared?.plan,
      })
      if (outcome.kind === 'refused') return outcome.errors
      given = next
      // A newcomer that was left out is still one in the next world, and after a restart.
      world = worldWithout(next, outcome.leftOut)
      keep(world, outcome.plan)
      return []
    },
    world: () => world,
    stateFor({ hostLinks }) {
      const node = world?.nodes.get(name)
      if (world === undefined || node === undefined) throw new Error(`there is no world with node ${name} to plan from`)
      addresses = ownAddresses(hostLinks)
      view = observeLocal({ node, hostLinks, pods: pods(), host, ...learned() })
      const plan = prepareAgain(world)
      keep(world, plan)
      const local = JSON.stringify(view.local)
      if (made?.plan !== plan || made.local !== local) {
        made = { plan, local, state: applicableState(planNode(plan, name, view.local), UNKNOWN_NIC) }
      }
      return made.state
    },
    see({ hostLinks }) {
      addresses = ownAddresses(hostLinks)
    },
    isOutdated() {
      if (view?.local.underlay === undefined) return false
      const { underlayMtuBytes, underlayIpv6MtuBytes = underlayMtuBytes } = view
      return (host.ipv6MtuBytes(view.local.underlay.link) ?? underlayMtuBytes) !== underlayIpv6MtuBytes
    },
    plan: () => prepared?.plan,
    localView: () => view,
    status: () => ({ ...planningStatus(), ...(addresses && { addresses }) }),
  }
}

/** To a plan, which goes by nothing else; of thousands of statuses no other map is then made. */
const isSameWord = (own: NodeStatus, inStore: NodeStatus | undefined): boolean =>
  own.publicKey === inStore?.publicKey &&
  own.underlayMtuBytes === inStore?.underlayMtuBytes &&
  own.underlayIpv6MtuBytes === inStore?.underlayIpv6MtuBytes &&
  inStore?.conditions === undefined
