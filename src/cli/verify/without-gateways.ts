// What stops working when any one gateway is lost: the others take it for dead and plan anew, and all pairs that are left are proved
// again.
import type { NodeStatus, PublicKey, World } from '../../model/index.ts'
import type { NetworkInput, Proof, Source, Target } from '../../verifier/index.ts'
import type { PlannedWorld } from '../planned-world.ts'
import { problemsIn } from './network-text.ts'

export type GatewayLoss = {
  readonly gateway: string
  /** Pairs of other machines that it takes with it. */
  readonly pairs: number
  readonly from: readonly string[]
  readonly to: readonly string[]
}

export async function gatewaysOf({ plan }: PlannedWorld): Promise<readonly string[]> {
  const { topologyOf } = await import('../../planner/index.ts')
  return topologyOf(plan).sites.flatMap(({ nodes }) =>
    nodes.flatMap(({ name, isGateway }) => (isGateway ? [name] : [])),
  )
}

/** What there is to prove when one gateway is lost: the others plan without it, and it stands nowhere. */
export async function inputWithout(
  { world, lab }: PlannedWorld,
  { underlay, states, facts }: NetworkInput,
): Promise<(gateway: string) => NetworkInput> {
  const [{ planNode, preparePlan }, { deriveUnderlay }] = await Promise.all([
    import('../../planner/index.ts'),
    import('../../verifier/index.ts'),
  ])
  const { resolvedHosts } = deriveUnderlay(world, lab?.hosts)
  const plan = preparePlan(withKeys(world))
  return (gateway) => {
    const liveness = { deadNodes: [gateway], deadLegs: [] }
    const left = [...states].flatMap(({ node }) => {
      if (node === gateway) return []
      const link = underlay.hosts.get(node)?.link
      return [
        planNode(plan, node, { pods: [], resolvedHosts, liveness, ...(link !== undefined && { underlay: { link } }) }),
      ]
    })
    const hosts = new Map([...underlay.hosts].filter(([node]) => node !== gateway))
    return { facts, states: left, underlay: { ...underlay, hosts } }
  }
}

/** Who has no key yet counts as dead, and where all are dead nothing is: those of a world from files get names for keys. */
function withKeys(world: World): World {
  const statuses = [...world.nodes.keys()].map((name): readonly [string, NodeStatus] => {
    const status = world.statuses.get(name)
    return [name, { ...status, name, publicKey: status?.publicKey ?? (`?${name}` as PublicKey) }]
  })
  return { ...world, statuses: new Map(statuses) }
}

export function lossOf(gateway: string, left: Proof, whole: Proof): GatewayLoss {
  const numbers = new Map(whole.names.map((name, number) => [name, number]))
  const [from, to] = [new Set<string>(), new Set<string>()]
  let pairs = 0
  for (const lost of problemsIn(left)) {
    if (lost.to === undefined) continue
    for (const source of left.kinds[lost.from]?.machines ?? [])
      for (const target of left.kinds[lost.to]?.machines ?? []) {
        const [here, there] = [left.names[source] ?? '', left.names[target] ?? '']
        const before = wasOf(whole, numbers.get(here), numbers.get(there), lost)
        if (source === target || !before) continue
        if (left.relationOf(source, target) !== lost.relation) continue
        pairs += 1
        from.add(here)
        to.add(there)
      }
  }
  return { gateway, pairs, from: [...from], to: [...to] }
}

/** Whether the pair arrived when all lived. */
function wasOf(
  whole: Proof,
  source: number | undefined,
  target: number | undefined,
  { fromEnd, toEnd }: ReturnType<typeof problemsIn>[number],
): boolean {
  if (source === undefined || target === undefined) return false
  const here = whole
    .sources(source)
    .find(({ probe, address }) => probe.kind === fromEnd.probe.kind && address.family === fromEnd.address.family)
  const there = whole
    .destinations(target)
    .find(({ probe, address }) => probe.kind === toEnd.probe.kind && address.family === toEnd.address.family)
  if (here === undefined || there === undefined) return false
  const from: Source = { machine: source, end: here }
  const to: Target = { machine: target, end: there }
  return whole.pairClassOf(from, to)?.outcome.verdict.kind === 'delivered'
}
