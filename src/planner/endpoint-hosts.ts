import { legsOf } from './legs.ts'
import type { Plan } from './plan.ts'

/** The host names that a node has to resolve: those of the far ends of its legs, ascending. */
export function endpointHosts(plan: Plan, name: string): readonly string[] {
  const planned = plan.nodeNamed(name)
  if (planned === undefined) return []
  const hosts = legsOf(plan, planned).flatMap(({ gateway }) => {
    const host = gateway.node.endpoint?.host
    return typeof host === 'string' ? [host] : []
  })
  return [...new Set(hosts)].sort()
}
