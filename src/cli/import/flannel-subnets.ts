// How flannel shares its ranges out among nodes, by the rules of its CheckNetworkConfig (pkg/subnet/config.go). Flannel applies
// them with etcd alone; in Kubernetes the controller manager shares out, and the mistakes show later.
import { containsAddress, equalAddresses, FAMILY_BITS, formatPrefix, type Prefix, prefixOf } from '../../model/index.ts'
import type { Fields } from './folded-fields.ts'

type Rules = {
  readonly longestNetwork: number
  readonly longest: number
  readonly usual: number
  readonly before: string
}

const RULES: { readonly [family in 4 | 6]: Rules } = {
  4: { longestNetwork: 28, longest: 30, usual: 24, before: '' },
  6: { longestNetwork: 124, longest: 126, usual: 64, before: 'IPv6' },
}

/** How long a node's prefix is; undefined, with an error said, where there can be none. */
export function subnetLength(fields: Fields, network: Prefix): number | undefined {
  const { longestNetwork, longest, usual, before } = RULES[network.family]
  const name = `${before}SubnetLen`
  // 0 stands for the usual one, in Go.
  const said = fields.number(name, FAMILY_BITS[network.family]) || undefined
  if (said === undefined && network.length > longestNetwork) {
    fields.refuse(
      `${before}Network`,
      `${formatPrefix(network)} is too small; flannel takes no longer prefix than /${longestNetwork}`,
    )
    return undefined
  }
  const length = said ?? (network.length <= usual - 2 ? usual : network.length + 2)
  if (length > longest) {
    fields.refuse(name, `a node's prefix of /${length} has no room for its pods; flannel takes /${longest} at most`)
    return undefined
  }
  if (length < network.length + 2) {
    fields.refuse(
      name,
      `${formatPrefix(network)} does not hold four prefixes of /${length}, which flannel wants; /${network.length + 2} is the shortest`,
    )
    return undefined
  }
  checkBound(fields, `${before}SubnetMin`, network, length)
  checkBound(fields, `${before}SubnetMax`, network, length)
  return length
}

function checkBound(fields: Fields, name: string, network: Prefix, length: number): void {
  const bound = fields.address(name, network.family)
  if (bound === undefined) return
  const prefix = prefixOf(bound, length)
  if (!containsAddress(network, bound)) {
    fields.refuse(name, `it is outside of ${formatPrefix(network)}; flannel refuses it`)
  } else if (!equalAddresses(prefix, bound)) {
    fields.refuse(name, `no prefix of /${length} begins there; ${formatPrefix(prefix)} does`)
  } else {
    fields.warn(name, 'Damask grants any part of podPrefixes; to keep one free, write spec.podPrefixes of each Node')
  }
}
