// What stands on the machines beside Damask: their pods, the networks behind them, and what must stay hidden.
import { containsPrefix, hostPrefix, mergePrefixes, type Prefix, siteNames, type World } from '../model/index.ts'

export type MachineFacts = {
  /** What its pods' addresses are from. Where its state has links of pods, those alone are there. */
  readonly podPrefixes: readonly Prefix[]
  /** Fabric `none`: pods of its site that another plugin brings to their node. Shared by all members of a site. */
  readonly carriedByOthers: readonly { readonly prefix: Prefix; readonly node: string }[]
}

export const NO_FACTS: MachineFacts = { podPrefixes: [], carriedByOthers: [] }

export type WorldFacts = {
  /** By node name. */
  readonly machines: ReadonlyMap<string, MachineFacts>
  /** The addresses that no public network may see: of pods, of the virtual LAN, of what nodes offer. */
  readonly hidden: readonly Prefix[]
}

export function factsOf(world: World): WorldFacts {
  const siteOf = siteNames(world.network, world.nodes.values())
  const carried = new Map<string, { readonly prefix: Prefix; readonly node: string }[]>()
  const machines = new Map<string, MachineFacts>()
  for (const { name, podPrefixes } of world.nodes.values()) {
    const site = siteOf.get(name) ?? name
    const carriedByOthers = carried.get(site) ?? []
    carried.set(site, carriedByOthers)
    if (isCarriedByOthers(world, site)) carriedByOthers.push(...podPrefixes.map((prefix) => ({ prefix, node: name })))
    machines.set(name, { podPrefixes, carriedByOthers })
  }
  return { machines, hidden: hiddenIn(world) }
}

const isCarriedByOthers = ({ network, sites }: World, site: string): boolean =>
  (sites.get(site)?.fabric ?? network.fabric).kind === 'none'

function hiddenIn({ network, nodes }: World): readonly Prefix[] {
  const joined = network.joinPrivateAddresses
    ? [...nodes.values()].flatMap(({ privateAddresses }) => privateAddresses.map(({ address }) => hostPrefix(address)))
    : []
  const owned = [...nodes.values()].flatMap(({ podPrefixes, offeredPrefixes }) => [...podPrefixes, ...offeredPrefixes])
  const ranges = [...network.podPrefixes, ...(network.lan ? [network.lan] : [])]
  const outside = [...owned, ...joined].filter((prefix) => !ranges.some((range) => containsPrefix(range, prefix)))
  return mergePrefixes([...ranges, ...outside])
}
