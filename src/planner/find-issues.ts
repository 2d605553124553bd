// What the planner has to say about a world besides its plan.
import {
  comparePrefixes,
  containsPrefix,
  equalAddresses,
  formatPrefix,
  IPV6_MINIMUM_MTU,
  type Prefix,
  type PrivateAddress,
} from '../model/index.ts'
import { refuses, subnetsOf } from './acceptable.ts'
import { isPublic } from './claims.ts'
import { findErrors } from './find-errors.ts'
import { lanAddress } from './gateway-address.ts'
import { ownedBySite } from './owned-prefix.ts'
import type { Plan } from './plan.ts'
import type { PlanIssue } from './plan-issue.ts'
import { relayedPairs } from './reach.ts'

export const findIssues = (plan: Plan): PlanIssue[] => [
  ...findMute(plan),
  ...findErrors(plan),
  ...findNarrow(plan),
  ...findApart(plan),
  ...findUnjoined(plan),
  ...(plan.hasExtras ? findRefused(plan) : []),
]

const warning = (message: string): PlanIssue => ({ severity: 'warning', message })

function findMute({ sites }: Plan): PlanIssue[] {
  const mute = [...sites.values()].filter(({ gateways }) => gateways.length === 0)
  return mute.map(({ name }) =>
    warning(`site ${name} has no gateway, because every node of it says spec.gateway: never; no other site reaches it`),
  )
}

/** A warning, for it is an observation: one node on a bad line must not stop the plans of all others. */
function findNarrow({ families, mtus: { leftBytes, narrowestNode } }: Plan): PlanIssue[] {
  if (!families.includes(6) || leftBytes >= IPV6_MINIMUM_MTU) return []
  return [
    warning(
      `the underlay of Node/${narrowestNode} leaves ${leftBytes} bytes for a pod's packet, and IPv6 needs ${IPV6_MINIMUM_MTU} ` +
        '(RFC 8200): full packets cross it in fragments, if at all; widen it, or take the IPv6 prefixes out of the network',
    ),
  ]
}

/** Sites that no relay brings together. One issue for all, not one a pair. */
function findApart(plan: Plan): PlanIssue[] {
  const apart = relayedPairs(plan).filter(({ through }) => through === undefined)
  if (apart.length === 0) return []
  const names = [...new Set(apart.flatMap(({ sites }) => sites.map(({ name }) => name)))].sort()
  return [
    warning(
      `sites ${names.join(', ')} cannot meet ${names.length === 2 ? 'each other' : 'all of each other'}: none of their gateways can be reached ` +
        'by the other, and no third site can be reached by both; give a gateway of one of them spec.endpoint',
    ),
  ]
}

/** Where private addresses are joined, some are not: what comes to a tunnel's own end cannot come through it. */
function findUnjoined({ network, sites }: Plan): PlanIssue[] {
  if (!network.joinPrivateAddresses) return []
  const names = [...sites.values()].flatMap(({ nodes }) =>
    nodes.flatMap(({ node }) => {
      const lan = lanAddress(network, node)
      const isOpen = ({ address }: PrivateAddress): boolean =>
        isPublic(node, address) && !(lan && equalAddresses(lan, address))
      return node.privateAddresses.some(isOpen) ? [`Node/${node.name}`] : []
    }),
  )
  if (names.length === 0) return []
  const more = names.length > NAMES_AT_MOST ? ` and ${names.length - NAMES_AT_MOST} more` : ''
  return [
    warning(
      `private addresses of ${names.sort().slice(0, NAMES_AT_MOST).join(', ')}${more} are not joined, because tunnels come to them (spec.endpoint): ` +
        'other sites reach these addresses outside the tunnels, if at all; give the network a lan for addresses that are reached through them',
    ),
  ]
}

const NAMES_AT_MOST = 5

/** Each address once for each site that does not take it. */
function findRefused(plan: Plan): PlanIssue[] {
  const extras = [...plan.sites.values()]
    .flatMap((far) => ownedBySite(far).flatMap((owned) => (owned.kind === 'pods' ? [] : [{ far, owned }])))
    .sort((a, b) => comparePrefixes(a.owned.prefix, b.owned.prefix))
  const prefixes = extras.map(({ owned }) => owned.prefix)
  return [...plan.sites.values()].flatMap((own) => {
    const offers = own.nodes.flatMap(({ node, leftOut }) => (leftOut.size === 0 ? [] : node.offeredPrefixes))
    const found = [...subnetsOf(own), ...offers].flatMap((subnet) => {
      const inside: typeof extras = []
      for (let at = firstInside(prefixes, subnet); at < extras.length; at++) {
        const one = extras[at]
        if (one === undefined || !containsPrefix(subnet, one.owned.prefix)) break
        if (one.far !== own && refuses(own, one.owned)) inside.push(one)
      }
      return inside
    })
    return [...new Set(found)].map(({ owned: { prefix, because } }) => {
      const [{ resource = '', field = '' } = {}] = because
      const isLocal = subnetsOf(own).some((subnet) => containsPrefix(subnet, prefix))
      const why = isLocal ? 'whose own subnets contain it' : 'where a machine offers the same'
      return warning(`${field} of ${resource}: ${formatPrefix(prefix)} is left out of site ${own.name}, ${why}`)
    })
  })
}

/** Where the first of the ascending prefixes stands that is not before this one. */
function firstInside(ascending: readonly Prefix[], wanted: Prefix): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const candidate = ascending[middle]
    if (candidate !== undefined && comparePrefixes(candidate, wanted) < 0) low = middle + 1
    else high = middle
  }
  return low
}
