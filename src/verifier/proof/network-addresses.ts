// Private networks use the same addresses: in each they mean another machine.
import { type Address, isLinkLocal, type Prefix } from '../../model/index.ts'
import { addressKey } from '../address-key.ts'
import type { NetworkInput } from '../compiled-network.ts'
import { longestMatch, prefixTableOf } from '../prefix-table.ts'
import type { UnderlayNetwork } from '../underlay.ts'

/**
 * Whether a prefix is one address, and means, in each private network, a machine of that network or nobody: link-local ones, and those that machines
 * of several networks have and that neither the network of pods nor the internet carries.
 */
export function addressesOfNetworks({ underlay, facts }: NetworkInput): (prefix: Prefix) => boolean {
  const hidden = prefixTableOf(facts.hidden)
  const first = new Map<number | string, string>()
  const shared = new Set<number | string>()
  for (const { network, addresses } of underlay.hosts.values())
    for (const { address } of addresses) {
      const key = addressKey(address)
      const other = first.get(key)
      if (other === undefined) first.set(key, network)
      else if (other !== network && longestMatch(hidden, address) === undefined) shared.add(key)
    }
  for (const network of underlay.networks.values())
    for (const outside of outsidesOf(network)) shared.delete(addressKey(outside))
  const families = new Set([...shared].map((key) => (typeof key === 'number' ? 4 : 6)))
  return (prefix) =>
    prefix.length === (prefix.family === 4 ? 32 : 128) &&
    (isLinkLocal(prefix) || (families.has(prefix.family) && shared.has(addressKey(prefix))))
}

function outsidesOf({ uplink }: UnderlayNetwork): readonly Address[] {
  switch (uplink?.nat.kind) {
    case 'one-to-one':
      return uplink.nat.translations.map(({ outside }) => outside)
    case 'masquerade':
      return [...uplink.nat.outside, ...uplink.nat.forwards.map(({ outside }) => outside)]
    default:
      return []
  }
}
