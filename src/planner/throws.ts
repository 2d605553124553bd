// Never in a loop: an underlay address that lies inside a range of the network must not be caught by our own tables.
import {
  type Address,
  type Because,
  containsAddress,
  containsPrefix,
  type Entry,
  GUARD_TABLE,
  hostPrefix,
  type Prefix,
  prefixOf,
  route,
  TABLE,
} from '../model/index.ts'
import type { Plan } from './plan.ts'
import type { PlannedNode } from './site.ts'
import { endpointOf, legsOf } from './tunnels.ts'

/** A prefix of the underlay that our tables leave to the rules behind them. */
export type Throw = { readonly prefix: Prefix; readonly because: Because }

/** The host's own subnets, its fellows' private addresses and the endpoints of its legs, as far as a pod range covers them. */
export function findThrows(plan: Plan, planned: PlannedNode): readonly Throw[] {
  const found: Throw[] = []
  const seen = new Set<string>()
  const add = ({ prefix, because }: Throw) => {
    const key = `${prefix.w0} ${prefix.w1} ${prefix.w2} ${prefix.w3}/${prefix.length}`
    if (seen.has(key)) return
    seen.add(key)
    found.push({ prefix, because })
  }
  for (const own of ownSubnets(plan, planned)) add(own)
  for (const fellow of fellowAddresses(plan, planned.siteName))
    if (!found.some((t) => containsPrefix(t.prefix, fellow.prefix))) add(fellow)
  const legs = legsOf(plan, planned)
  if (legs.length > 0 && endpointsInside(plan).size > 0)
    for (const { gateway } of legs) {
      const endpoint = endpointsInside(plan).get(gateway.node.name)
      if (endpoint !== undefined) add(endpoint)
    }
  return found
}

export const planThrows = (throws: readonly Throw[]): readonly Entry[] =>
  throws.flatMap(({ prefix, because }) =>
    [TABLE, GUARD_TABLE].map((table) => route({ table, to: prefix, target: { kind: 'throw' }, because: [because] })),
  )

const ownSubnets = (plan: Plan, { node }: PlannedNode): readonly Throw[] =>
  node.privateAddresses.flatMap(({ address, length }, index) => {
    const prefix = prefixOf(address, length)
    if (!plan.network.podPrefixes.some((range) => containsPrefix(range, prefix))) return []
    const because = {
      resource: `Node/${node.name}`,
      field: `spec.privateAddresses[${index}]`,
      rule: "the host's own subnet stays its own",
    }
    return [{ prefix, because }]
  })

const fellowAddresses = (plan: Plan, siteName: string): readonly Throw[] =>
  plan.shared(`fellow addresses inside ${siteName}`, () =>
    (plan.sites.get(siteName)?.nodes ?? []).flatMap(({ node }) =>
      node.privateAddresses.flatMap(({ address }, index) => {
        if (!isInside(plan, address)) return []
        const prefix = hostPrefix(address)
        const because = {
          resource: `Node/${node.name}`,
          field: `spec.privateAddresses[${index}]`,
          rule: 'the fabric speaks to this address',
        }
        return [{ prefix, because }]
      }),
    ),
  )

const endpointsInside = (plan: Plan): ReadonlyMap<string, Throw> =>
  plan.shared('endpoints inside', () => {
    const inside = new Map<string, Throw>()
    for (const { gateways } of plan.sites.values()) {
      const [gateway] = gateways
      const endpoint = gateway && endpointOf(gateway)
      if (gateway === undefined || endpoint === undefined) continue
      if (!isInside(plan, endpoint.address)) continue
      const prefix = hostPrefix(endpoint.address)
      const because = {
        resource: `Node/${gateway.node.name}`,
        field: 'spec.endpoint',
        rule: 'the tunnel speaks to this address',
      }
      inside.set(gateway.node.name, { prefix, because })
    }
    return inside
  })

const isInside = (plan: Plan, address: Address): boolean =>
  plan.network.podPrefixes.some((range) => containsAddress(range, address))
