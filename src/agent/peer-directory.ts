// Who stands behind a public key: the node's name, and the address by which it speaks into the network.
import type { Address, PublicKey, World } from '../model/index.ts'
import { gatewayAddressesOf, type Plan } from '../planner/index.ts'

export type PeerDirectory = {
  readonly nameOf: (key: PublicKey) => string | undefined
  /** An address that leads to the node itself through the network; undefined where it has none. */
  readonly addressOf: (key: PublicKey) => Address | undefined
}

export function createPeerDirectory(
  { statuses }: Pick<World, 'statuses'>,
  plan: () => Plan | undefined,
): PeerDirectory {
  let gateways: ReadonlyMap<PublicKey, string> | undefined
  /** Others are seldom asked for: of thousands of nodes no list is kept for that. */
  function nameOf(key: PublicKey): string | undefined {
    gateways ??= namesOfGateways(plan())
    const gateway = gateways.get(key)
    if (gateway !== undefined && statuses.get(gateway)?.publicKey === key) return gateway
    for (const { name, publicKey } of statuses.values()) if (publicKey === key) return name
    return undefined
  }
  return {
    nameOf,
    addressOf: (key) => {
      // On its anchor, whatever else of it comes and goes.
      const now = plan()
      const planned = now?.nodeNamed(nameOf(key) ?? '')
      const site = planned && now?.sites.get(planned.siteName)
      const { 4: v4, 6: v6 } = site ? gatewayAddressesOf(site, planned.node) : {}
      return v4 ?? v6
    },
  }
}

function namesOfGateways(plan: Plan | undefined): ReadonlyMap<PublicKey, string> {
  const names = new Map<PublicKey, string>()
  for (const { gateways } of plan?.sites.values() ?? [])
    for (const { publicKey, node } of gateways) names.set(publicKey, node.name)
  return names
}
