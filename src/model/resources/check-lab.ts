// Whether the clouds of a lab can be, and every node stands in one of them.
import { IPV6_MINIMUM_MTU } from '../ipv6-minimum-mtu.ts'
import { hint, listNames } from './nearest-name.ts'
import { type Problem, problemAt } from './problem.ts'
import { resourceName } from './resource.ts'
import type { ResourceIndex } from './resource-index.ts'
import { statedSite } from './site-name.ts'

export function checkLab(index: ResourceIndex): readonly Problem[] {
  if (index.lab === undefined) return []
  const own = [...settingProblems(index), ...hostProblems(index)]
  const twice = nameProblems(index)
  // Of two clouds of one name, one was to have another: who then has no cloud is not known.
  return twice.length > 0 ? [...own, ...twice] : [...own, ...placementProblems(index), ...siteProblems(index)]
}

function settingProblems({ lab }: ResourceIndex): readonly Problem[] {
  if (lab === undefined) return []
  return lab.value.clouds.flatMap(({ nat, mtuBytes, ipv6MtuBytes, natTimeoutSeconds }, position) => {
    const at = (field: string, value: number, reason: string): Problem =>
      problemAt(lab, ['spec', 'clouds', position, field], `spec.clouds[${position}].${field}: ${value} ${reason}`)
    return [
      ...(ipv6MtuBytes !== undefined && ipv6MtuBytes < IPV6_MINIMUM_MTU
        ? [at('ipv6Mtu', ipv6MtuBytes, `is less than the ${IPV6_MINIMUM_MTU} bytes that IPv6 needs on every link`)]
        : []),
      ...(ipv6MtuBytes !== undefined && ipv6MtuBytes > mtuBytes
        ? [at('ipv6Mtu', ipv6MtuBytes, `is more than what the cloud's wires carry (mtu: ${mtuBytes})`)]
        : []),
      ...(natTimeoutSeconds !== undefined && nat === 'none'
        ? [at('natTimeout', natTimeoutSeconds, 'is of no use where nothing is translated (nat: none); leave it out')]
        : []),
    ]
  })
}

function hostProblems({ lab }: ResourceIndex): readonly Problem[] {
  if (lab === undefined) return []
  return [...lab.value.hosts]
    .filter(([, addresses]) => addresses.length === 0)
    .map(([name]) =>
      problemAt(lab, ['spec', 'hosts', name], `spec.hosts: "${name}" has no address; write at least one`),
    )
}

function nameProblems({ lab }: ResourceIndex): readonly Problem[] {
  if (lab === undefined) return []
  const names = lab.value.clouds.map(({ name }) => name)
  return names.flatMap((name, position) => {
    const first = names.indexOf(name)
    if (first === position) return []
    const path = ['spec', 'clouds', position, 'name']
    const other = { resource: lab, path: ['spec', 'clouds', first, 'name'] }
    return [problemAt(lab, path, `a second cloud is named "${name}"`, { other })]
  })
}

function placementProblems({ lab, nodes, mayExist }: ResourceIndex): readonly Problem[] {
  if (lab === undefined) return []
  const clouds = lab.value.clouds.map(({ name }) => name)
  return [...lab.value.placement].flatMap(([node, cloud]) => {
    const path = ['spec', 'nodes', node]
    if (!nodes.has(node)) {
      if (mayExist('Node', node)) return []
      const message = `spec.nodes: there is no Node "${node}"${hint(node, nodes.keys())} (nodes: ${listNames(nodes.keys())})`
      return [problemAt(lab, path, message, { at: 'key' })]
    }
    if (clouds.includes(cloud)) return []
    const message = `spec.nodes: there is no cloud "${cloud}"${hint(cloud, clouds)} (clouds: ${listNames(clouds)})`
    return [problemAt(lab, [...path, 'cloud'], message)]
  })
}

function siteProblems({ lab, network, nodes, siteNames }: ResourceIndex): readonly Problem[] {
  if (lab === undefined || network === undefined) return []
  const clouds = lab.value.clouds.map(({ name }) => name)
  return [...nodes.values()].flatMap((resource) => {
    const { name } = resource.value
    const site = siteNames.get(name) ?? name
    if (lab.value.placement.has(name) || clouds.includes(site)) return []
    const isStated = network.value.sites.by === 'field' && statedSite(network.value, resource.value) !== undefined
    const path = isStated ? ['spec', 'site'] : ['metadata', 'name']
    const whose = `no cloud is named like site "${site}" of ${resourceName(resource)}${hint(site, clouds)}`
    const message = `${resourceName(lab)}: ${whose} (clouds: ${listNames(clouds)}; or name one in spec.nodes)`
    return [problemAt(resource, path, message)]
  })
}
