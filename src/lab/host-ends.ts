// Hosts as ends of a lab's checks: under which address each is a part of the network, and who does not reach whom by it.
import { type Address, containsAddress, equalAddresses, type Family, prefixOf } from '../model/index.ts'
import {
  gatewayAddressesOf,
  type OwnedPrefix,
  ownedByNode,
  type Plan,
  type PlannedNode,
  type PlannedSite,
} from '../planner/index.ts'
import type { End } from './probe-end.ts'

/** What an end is before its namespace is known. */
export type HostEnd = Pick<End, 'name' | 'node' | 'addresses' | 'mtuBytes' | 'unreached'>

const FAMILIES = [4, 6] as const

/** In the order of the plan. A host without an address in the network is no end. */
export function hostEnds(plan: Plan): HostEnd[] {
  const hosts = [...plan.sites.values()].flatMap((site) => site.nodes.map((planned) => hostOf(site, planned)))
  return hosts
    .filter(({ targets }) => targets.length > 0)
    .map(({ site, node, targets, spokenBy }) => ({
      name: node,
      node,
      // What others ask for comes first. Where it has pods of ours it may speak by their gateway address.
      addresses: [...targets.map(({ address }) => address), ...spokenBy],
      mtuBytes: plan.mtus.podBytes,
      unreached: hosts
        .flatMap((other) => other.targets.filter((target) => isLocalTo(site, other.site, target)))
        .map(addressOf),
    }))
}

type Target = { readonly address: Address; readonly kind: OwnedPrefix['kind'] }
type Host = {
  readonly site: PlannedSite
  readonly node: string
  /** At most one a family. */
  readonly targets: readonly Target[]
  /** Other addresses that a receiver may see. */
  readonly spokenBy: readonly Address[]
}

function hostOf(site: PlannedSite, planned: PlannedNode): Host {
  const owned = ownedByNode(site, planned)
  const gateway = gatewayAddressesOf(site, planned.node)
  const targets = FAMILIES.flatMap((family) => targetOf(owned, gateway[family], family) ?? [])
  const isTarget = (address: Address): boolean => targets.some((target) => equalAddresses(target.address, address))
  const spokenBy = FAMILIES.flatMap((family) => gateway[family] ?? [])
  return { site, node: planned.node.name, targets, spokenBy: spokenBy.filter((address) => !isTarget(address)) }
}

/** Its address in the virtual LAN, else the one by which it speaks, if that is its own and nobody else's. */
function targetOf(owned: readonly OwnedPrefix[], gateway: Address | undefined, family: Family): Target | undefined {
  const lan = owned.find(({ kind, prefix }) => kind === 'lan' && prefix.family === family)
  if (lan) return { address: lan.prefix, kind: 'lan' }
  const owner = gateway && owned.find(({ prefix }) => containsAddress(prefix, gateway))
  return owner && { address: gateway, kind: owner.kind }
}

/** A joined private address that another site takes for one of its own network: there it means another machine, or none. */
const isLocalTo = (site: PlannedSite, other: PlannedSite, { kind, address }: Target): boolean =>
  site !== other &&
  kind === 'private' &&
  site.nodes.some(({ node }) =>
    node.privateAddresses.some((own) => containsAddress(prefixOf(own.address, own.length), address)),
  )

const addressOf = ({ address }: Target): Address => address
