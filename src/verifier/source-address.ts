import { type Address, type Family, POD_LINK_PREFIX } from '../model/index.ts'
import { addressKey } from './address-key.ts'
import type { CompiledNode } from './compiled-node.ts'
import type { Lookup } from './lookup.ts'

export const isLocal = ({ addresses }: CompiledNode, address: Address): boolean =>
  addresses[address.family].has(addressKey(address))

/** What the machine itself takes for what it sends there: what the route says, else an address of the link, else any. */
export function sourceAddress(node: CompiledNode, lookup: Lookup, family: Family): Address | undefined {
  if (lookup.kind === 'ways' && lookup.source !== undefined) return lookup.source
  const [way] = lookup.kind === 'ways' ? lookup.ways : []
  return addressOn(node, way?.link, family)
}

/** Of the link, where it holds one; the gateway address on links of Damask, the machine's own on those of the underlay. */
export function addressOn(node: CompiledNode, link: string | undefined, family: Family): Address | undefined {
  const gateway = node.state.gatewayAddresses[family]
  const own = node.host?.addresses.find(({ address }) => address.family === family)?.address
  const isOurs = link !== undefined && (node.links.has(link) || link.startsWith(POD_LINK_PREFIX))
  if (!isOurs) return own ?? gateway
  for (const entry of node.addresses[family].values()) if (entry?.link === link) return entry.address
  return gateway ?? own
}
