// What the planner has to say about a world besides its plan.
import { formatPrefix, IPV6_MINIMUM_MTU } from '../model/index.ts'
import { refusedFrom } from './acceptable.ts'
import type { Plan } from './plan.ts'
import type { PlanIssue } from './plan-issue.ts'
import { relayedPairs } from './reach.ts'
import { findSplitSites } from './split-sites.ts'

export const findIssues = (plan: Plan): PlanIssue[] => [
  ...findMute(plan),
  ...findSplitSites(plan.sites.values(), plan.families),
  ...findNarrow(plan),
  ...findApart(plan),
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

/** Shown for the first pair of sites; the same address mostly stands in the way of several. */
function findRefused(plan: Plan): PlanIssue[] {
  const said = new Map<string, PlanIssue>()
  for (const own of plan.sites.values())
    for (const far of plan.sites.values()) {
      if (own === far) continue
      for (const { prefix, because } of refusedFrom(own, far)) {
        const key = `${own.name} ${formatPrefix(prefix)}`
        const [{ resource = '', field = '' } = {}] = because
        const message = `${field} of ${resource}: ${formatPrefix(prefix)} is left out of site ${own.name}, whose own subnets contain it`
        if (!said.has(key)) said.set(key, warning(message))
      }
    }
  return [...said.values()]
}
