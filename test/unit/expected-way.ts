// Who owns what in a random world, and which sites should reach each other: said again here, in other words than the planner's.
import {
  type Address,
  containsAddress,
  equalAddresses,
  equalPrefixes,
  type Family,
  type Node,
  nthAddress,
  overlaps,
  type Prefix,
  prefixOf,
  type World,
} from '../../src/model/index.ts'
import { topologyOf } from '../../src/planner/index.ts'
import type { Planned } from './random-plan.ts'

type Offered = { readonly owner: string; readonly prefix: Prefix }

/** An address to send to, and whose it is. */
export type Target = {
  readonly kind: 'pod' | 'lan' | 'host' | 'offered'
  readonly owner: string
  readonly address: Address
}

/** One address of each thing that each node owns beyond doubt. */
export function targetsOf(world: World): readonly Target[] {
  const nodes = [...world.nodes.values()]
  const ranges = [...world.network.podPrefixes, ...world.network.servicePrefixes]
  const claims = nodes.flatMap(({ name: owner, offeredPrefixes }) =>
    offeredPrefixes.map((prefix) => ({ owner, prefix })),
  )
  const offered = claims.filter(
    ({ prefix }) =>
      !ranges.some((range) => overlaps(range, prefix)) &&
      claims.filter((other) => equalPrefixes(other.prefix, prefix)).length === 1,
  )
  return nodes.flatMap((node): Target[] => [
    ...joinedAddresses(world, node).map((address): Target => ({ kind: 'host', owner: node.name, address })),
    ...targetsAt(world, node, offered),
  ])
}

/** Private addresses of which nobody can have a doubt: no machine of another site has the same, or is in a subnet with it. */
const joinedAddresses = (world: World, { name, privateAddresses, lan, endpoint }: Node): readonly Address[] =>
  privateAddresses
    .map(({ address }) => address)
    .filter(
      (address) =>
        (world.network.joinPrivateAddresses ||
          (lan === undefined && world.network.lan !== undefined && containsAddress(world.network.lan, address))) &&
        !(typeof endpoint?.host === 'object' && equalAddresses(endpoint.host, address)) &&
        !world.network.podPrefixes.some((range) => containsAddress(range, address)) &&
        !subnetsElsewhere(world, name).some((subnet) => containsAddress(subnet, address)),
    )

const subnetsElsewhere = (world: World, name: string): readonly Prefix[] =>
  [...world.nodes.values()]
    .filter((node) => siteOf(world, node.name) !== siteOf(world, name))
    .flatMap(({ privateAddresses }) => privateAddresses.map(({ address, length }) => prefixOf(address, length)))

function targetsAt(world: World, { name: owner, podPrefixes, lan }: Node, offered: readonly Offered[]): Target[] {
  return [
    ...podPrefixes.map((prefix): Target => ({ kind: 'pod', owner, address: nthAddress(prefix, 5) })),
    ...(lan ? [{ kind: 'lan' as const, owner, address: lan }] : []),
    ...offered.flatMap((one): Target[] => {
      const address = nthAddress(one.prefix, 77)
      const isPlain = one.owner === owner && !isElsewhere(world, offered, one.prefix, address)
      return isPlain ? [{ kind: 'offered', owner, address }] : []
    }),
  ]
}

/** A longer prefix has it, or some machine's own subnet, or the virtual LAN. */
const isElsewhere = (
  world: World,
  offered: readonly { readonly prefix: Prefix }[],
  prefix: Prefix,
  address: Address,
): boolean =>
  offered.some((other) => other.prefix.length > prefix.length && containsAddress(other.prefix, address)) ||
  (world.network.lan !== undefined && containsAddress(world.network.lan, address)) ||
  [...world.nodes.values()].some(({ privateAddresses }) =>
    privateAddresses.some((own) => containsAddress(prefixOf(own.address, own.length), address)),
  )

/** What the node takes as its source: that of a pod where there are pods, else its own into the network; none that others refuse. */
export function sourceOf({ world, states }: Planned, name: string, family: Family): Address | undefined {
  const prefix = world.nodes.get(name)?.podPrefixes.find((one) => one.family === family)
  if (prefix) return nthAddress(prefix, 9)
  const own = states.get(name)?.gatewayAddresses[family]
  const isElsewhere = own && subnetsElsewhere(world, name).some((subnet) => containsAddress(subnet, own))
  return isElsewhere ? undefined : own
}

export const siteOf = (world: World, name: string): string => world.nodes.get(name)?.site ?? name

/** Pairs of sites with a tunnel between them, as `a b` in both orders; and those that meet through a relay. */
export function meetingsOf({ world, plan }: Planned): { readonly direct: Set<string>; readonly relayed: Set<string> } {
  const { tunnels, relays } = topologyOf(plan)
  const both = (a: string, b: string): string[] => [`${a} ${b}`, `${b} ${a}`]
  return {
    direct: new Set(tunnels.flatMap(({ from, to }) => both(siteOf(world, from), siteOf(world, to)))),
    relayed: new Set(relays.flatMap(({ sites: [a, b] }) => both(a, b))),
  }
}

/** Nobody in the site said that it cannot work there: an error of the plan names it. */
export const isSound = ({ plan }: Planned, site: string): boolean =>
  !plan.issues.some(({ severity, message }) => severity === 'error' && message.includes(`site ${site} `))
