// What a Network says that no kernel could do.
import { type Problem, problemAt } from './problem.ts'
import { resourceName } from './resource.ts'
import type { ResourceIndex } from './resource-index.ts'

/** RFC 8200, section 5. */
const LEAST_IPV6_MTU = 1280

export function checkNetwork({ network, sites }: ResourceIndex): readonly Problem[] {
  if (network === undefined) return []
  const hasIpv6 = network.value.podPrefixes.some(({ family }) => family === 6)
  if (!hasIpv6) return []
  return [network, ...sites.values()].flatMap((resource) => {
    const { mtu } = resource.value
    if (typeof mtu !== 'number' || mtu >= LEAST_IPV6_MTU) return []
    const message = `spec.mtu of ${resourceName(resource)} is ${mtu}, but IPv6 pods need at least ${LEAST_IPV6_MTU}`
    return [problemAt(resource, ['spec', 'mtu'], message)]
  })
}
