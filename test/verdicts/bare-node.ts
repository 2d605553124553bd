// A node with what the planner says in its kernel, and no agent.
import { observeLocal } from '../../src/agent/local.ts'
import { runRound } from '../../src/agent/reconcile-round.ts'
import type { NodeLayout } from '../../src/lab/layout.ts'
import { within } from '../../src/lab/within.ts'
import { type LinuxKernel, openKernel } from '../../src/linux/index.ts'
import { type Change, type Entry, entriesOf, keyOf, type NodeState, type PublicKey } from '../../src/model/index.ts'
import { gatewayAddressesOf, type Plan, planNode } from '../../src/planner/index.ts'
import { diff } from '../../src/reconcile/index.ts'
import { addBarePod, type BarePod } from './bare-pod.ts'
import { wireguardPlace } from './wireguard-place.ts'

export type BareNode = {
  readonly name: string
  readonly namespace: string
  readonly pods: readonly BarePod[]
  /** As planned. */
  readonly state: NodeState
  readonly kernel: LinuxKernel
  /** What stands, and keepalives as planned, which are still off. Before the first packet: peers' endpoints are as they were put there. */
  readonly observe: () => Promise<NodeState>
  /** PersistentKeepalive sends at once. True where there was one to switch on. */
  readonly startKeepalives: () => Promise<boolean>
}

export async function buildBareNode(options: {
  readonly plan: Plan
  readonly layout: NodeLayout
  readonly folder: string
  readonly privateKeys: ReadonlyMap<PublicKey, string>
}): Promise<BareNode> {
  const { plan, layout, folder, privateKeys } = options
  const { name, namespace } = layout
  const planned = plan.nodeNamed(name)
  const site = planned && plan.sites.get(planned.siteName)
  if (!planned || !site) throw new Error(`the world has no node ${name}`)
  const place = { node: layout, gateways: gatewayAddressesOf(site, planned.node), mtuBytes: plan.mtus.podBytes }
  const pods: BarePod[] = []
  for (const pod of layout.pods) pods.push(await addBarePod(pod, planned.node.podPrefixes, place))
  const kernel = await within(namespace, ({ namespace: handle }) =>
    openKernel({ namespace: handle, privateKeys, ...wireguardPlace(folder) }),
  )
  const stateOf = ({ hostLinks }: Pick<Parameters<typeof observeLocal>[0], 'hostLinks'>): NodeState =>
    planNode(
      plan,
      name,
      observeLocal({
        node: planned.node,
        hostLinks,
        pods: pods.map(({ local }) => local),
        host: { acceptsRouterAdvertisements: () => false, ipv6MtuBytes: () => undefined },
        liveness: undefined,
        resolvedHosts: {},
      }).local,
    )
  const { failures } = await runRound({
    kernel,
    diff,
    previous: undefined,
    isHeldBack: () => false,
    complete: (change) => change,
    planFor: (observed) => mapped(stateOf(observed), withoutKeepalive),
  })
  if (failures[0]) throw new Error(`cannot bring ${name} to its plan: ${failures[0].message}`)
  const state = stateOf(await kernel.observe([]))
  return { name, namespace, pods, state, kernel, ...silentUntilTold(kernel, state) }
}

const mapped = (state: NodeState, of: (entry: Entry) => Entry): NodeState => ({
  ...state,
  parts: state.parts.map((part) => part.map(of)),
})

const withoutKeepalive = (entry: Entry): Entry =>
  entry.kind === 'wireguard-peer' ? { ...entry, keepaliveSeconds: 0 } : entry

function silentUntilTold(kernel: LinuxKernel, planned: NodeState): Pick<BareNode, 'observe' | 'startKeepalives'> {
  const wanted = new Map([...entriesOf(planned)].map((entry) => [keyOf(entry), entry]))
  const keys = [...wanted.values()].flatMap((entry) => (entry.kind === 'sysctl' ? [entry.key] : []))
  const links = [...wanted.values()].flatMap((entry) => (entry.kind === 'wireguard-device' ? [entry.link] : []))
  const withKeepalive = (entry: Entry): Entry => {
    const plan = wanted.get(keyOf(entry))
    const isPeer = entry.kind === 'wireguard-peer' && plan?.kind === 'wireguard-peer'
    return isPeer ? { ...entry, keepaliveSeconds: plan.keepaliveSeconds } : entry
  }
  return {
    observe: async () => ({ ...planned, parts: [(await kernel.observe(keys)).entries.map(withKeepalive)] }),
    async startKeepalives() {
      const { entries } = await kernel.observeUnannounced(links, [])
      const changes = entries.flatMap((observed): Change[] => {
        const entry = withKeepalive(observed)
        if (entry.kind !== 'wireguard-peer' || entry.keepaliveSeconds === 0) return []
        const { endpoint: _, ...keepalive } = entry
        return [{ op: 'update', entry: keepalive, observed }]
      })
      const [failure] = await kernel.apply(changes)
      if (failure) throw new Error(failure.message)
      return changes.length > 0
    },
  }
}
