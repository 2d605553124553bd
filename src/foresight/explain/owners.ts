// Who owns what, and by which other names an address is known.
import { type Address, equalAddresses, formatAddress, formatPrefix, type Prefix, tryPrefix } from '../../model/index.ts'
import {
  gatewayAddressesOf,
  lanAddress,
  type OwnedPrefix,
  ownedByNode,
  type Plan,
  type PlannedNode,
} from '../../planner/index.ts'
import { type Fact, fact } from './fact.ts'

export type Owner = { readonly planned: PlannedNode; readonly owned: OwnedPrefix }

/** Every prefix with its owner, ascending by site, node and prefix. */
export const ownersOf = (plan: Plan): readonly Owner[] =>
  [...plan.sites.values()].flatMap((site) =>
    site.nodes.flatMap((planned) => ownedByNode(site, planned).map((owned) => ({ planned, owned }))),
  )

const KIND_TEXT = {
  pods: 'pods',
  lan: 'its address in the virtual LAN',
  private: 'its private address, joined',
  offered: 'a network behind it that it offers',
} as const

export function ownerFact(label: string, { planned, owned }: Owner): Fact {
  const [{ resource, field } = {}] = owned.because
  const text = `${formatPrefix(owned.prefix)}: ${KIND_TEXT[owned.kind]}, of node ${planned.node.name} in site ${planned.siteName}`
  return fact(label, text, resource, field)
}

/** Claims that do not count, because another has the prefix. */
export const leftOutFacts = (plan: Plan, isMeant: (prefix: Prefix) => boolean): readonly Fact[] =>
  [...plan.nodes.values()].flatMap(({ node, leftOut }) =>
    [...leftOut].flatMap((text) => {
      const prefix = tryPrefix(text)
      return prefix === undefined || !isMeant(prefix)
        ? []
        : [fact('left out', `node ${node.name} claims ${text} too, which does not count`, `Node/${node.name}`)]
    }),
  )

export type Role = { readonly planned: PlannedNode; readonly is: string; readonly fact: Fact }

/** What an address is of a node: by what it speaks, where it is reached. */
export function rolesOf(plan: Plan, address: Address): readonly Role[] {
  const roles: Role[] = []
  for (const site of plan.sites.values())
    for (const planned of site.nodes) {
      const { node } = planned
      const add = (label: string, is: string, text: string, field: string): void => {
        roles.push({ planned, is: `${is} of node ${node.name}`, fact: fact(label, text, `Node/${node.name}`, field) })
      }
      const gateway = gatewayAddressesOf(site, node)[address.family]
      const host = node.endpoint?.host
      const lan = lanAddress(plan.network, node)
      if (gateway !== undefined && equalAddresses(gateway, address))
        add('gateway address', 'the gateway address', 'by which the node speaks into the network', 'spec.podPrefixes')
      if (typeof host === 'object' && equalAddresses(host, address))
        add('endpoint', 'the endpoint', 'where other sites reach it, outside of all tunnels', 'spec.endpoint')
      if (lan !== undefined && equalAddresses(lan, address))
        add(
          'lan',
          'the address in the virtual LAN',
          formatAddress(lan),
          node.lan ? 'spec.lan' : 'spec.privateAddresses',
        )
      for (const [index, own] of node.privateAddresses.entries())
        if (equalAddresses(own.address, address))
          add(
            'private address',
            'the private address',
            `in the private network of site ${planned.siteName}`,
            `spec.privateAddresses[${index}]`,
          )
    }
  return roles
}
