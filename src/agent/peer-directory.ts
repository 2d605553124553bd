// Who stands behind a public key: the node's name, and the address by which it speaks into the network.
import { type Address, FAMILY_BITS, type Node, nthAddress, type PublicKey, type World } from '../model/index.ts'

export type PeerDirectory = {
  readonly nameOf: (key: PublicKey) => string | undefined
  /** An address that leads to the node itself through the network; undefined where it owns none. */
  readonly addressOf: (key: PublicKey) => Address | undefined
}

export function createPeerDirectory({ nodes, statuses }: World): PeerDirectory {
  const names = new Map<PublicKey, string>()
  for (const { name, publicKey } of statuses.values()) if (publicKey !== undefined) names.set(publicKey, name)
  return {
    nameOf: (key) => names.get(key),
    addressOf: (key) => {
      const node = nodes.get(names.get(key) ?? '')
      return node && gatewayAddress(node)
    },
  }
}

/** The first after the network address of its first pod prefix, which is on its anchor whatever else comes and goes. */
function gatewayAddress({ podPrefixes: [prefix] }: Node): Address | undefined {
  return prefix && nthAddress(prefix, prefix.length === FAMILY_BITS[prefix.family] ? 0 : 1)
}
