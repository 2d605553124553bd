// Services in a family that a machine does not speak outside the network. What answers there, kube-proxy or another, puts a pod's
// address in for the service's; but the kernel asks for a route first, and no default route leads there (`network is unreachable`).
import { ANCHOR_LINK, type Entry, type Family, type Prefix, route, TABLE } from '../model/index.ts'
import { gatewayAddressesOf } from './gateway-address.ts'
import type { Plan } from './plan.ts'
import { networkBecause } from './ranges.ts'
import type { PlannedNode, PlannedSite } from './site.ts'

const NOTHING: readonly Entry[] = []

/** To a device on which nothing is ever sent: what nobody translates ends there. */
export function planServices(plan: Plan, site: PlannedSite, { node }: PlannedNode): readonly Entry[] {
  if (plan.network.servicePrefixes.length === 0) return NOTHING
  const gateways = gatewayAddressesOf(site, node)
  const isForeign = (family: Family): boolean =>
    gateways[family] !== undefined && !node.privateAddresses.some(({ address }) => address.family === family)
  return plan.network.servicePrefixes.flatMap((to, index) =>
    isForeign(to.family) ? [serviceRoute(plan, to, index)] : [],
  )
}

const serviceRoute = (plan: Plan, to: Prefix, index: number): Entry =>
  route({
    table: TABLE,
    to,
    target: { kind: 'link', link: ANCHOR_LINK },
    source: 'gateway-address',
    because: [
      networkBecause(
        plan,
        `spec.servicePrefixes[${index}]`,
        'the machine has no way there for kube-proxy to translate',
      ),
    ],
  })
