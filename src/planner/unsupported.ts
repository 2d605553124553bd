// What the schema allows and this planner cannot plan yet. Said as an error rather than planned wrongly.
import type { Fabric, World } from '../model/index.ts'
import type { PlanIssue } from './plan-issue.ts'

export function findUnsupported({ network, sites }: World): PlanIssue[] {
  const of = `Network/${network.name}`
  return [
    ...fabricIssues(of, network.fabric),
    ...gatewayIssues(of, network.gatewaysPerSite),
    ...(network.lan === undefined ? [] : [notYet(of, 'spec.lan', 'virtual LANs are not planned yet; leave it out')]),
    ...(network.podPrefixes.length > 0
      ? []
      : [notYet(of, 'spec.podPrefixes', 'networks without pods are not planned yet; give it at least one prefix')]),
    ...[...sites.values()].flatMap((site) => [
      ...(site.fabric ? fabricIssues(`Site/${site.name}`, site.fabric) : []),
      ...(site.gatewaysPerSite ? gatewayIssues(`Site/${site.name}`, site.gatewaysPerSite) : []),
    ]),
  ]
}

function fabricIssues(resource: string, fabric: Fabric): PlanIssue[] {
  if (fabric.kind !== 'direct' && fabric.kind !== 'vxlan')
    return [notYet(resource, 'spec.fabric.kind', `fabric ${fabric.kind} is not planned yet; take direct or vxlan`)]
  if (fabric.encapsulate === 'cross-subnet')
    return [notYet(resource, 'spec.fabric.encapsulate', 'cross-subnet is not planned yet; take always')]
  return []
}

const gatewayIssues = (resource: string, count: number): PlanIssue[] =>
  count === 1 ? [] : [notYet(resource, 'spec.gatewaysPerSite', `${count} gateways a site are not planned yet; take 1`)]

const notYet = (resource: string, field: string, message: string): PlanIssue => ({
  severity: 'error',
  message: `${resource} ${field}: ${message}`,
})
