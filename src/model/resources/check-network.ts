// What a Network says that no kernel could do.
import { IPV6_MINIMUM_MTU } from '../ipv6-minimum-mtu.ts'
import { type Problem, problemAt } from './problem.ts'
import { resourceName } from './resource.ts'
import type { ResourceIndex } from './resource-index.ts'

export function checkNetwork({ network, sites }: ResourceIndex): readonly Problem[] {
  if (network === undefined) return []
  const hasIpv6 = network.value.podPrefixes.some(({ family }) => family === 6)
  if (!hasIpv6) return []
  return [network, ...sites.values()].flatMap((resource) => {
    const { mtu } = resource.value
    if (typeof mtu !== 'number' || mtu >= IPV6_MINIMUM_MTU) return []
    const message = `spec.mtu of ${resourceName(resource)} is ${mtu}, but IPv6 pods need at least ${IPV6_MINIMUM_MTU}`
    return [problemAt(resource, ['spec', 'mtu'], message)]
  })
}
