// What a site adds to the question how large a pod's packet may be.
import type { Family } from '../model/index.ts'
import { isMultiSubnet } from './acceptable.ts'
import { memo } from './memo.ts'
import type { PlannedSite } from './site.ts'

/** Taken for the underlay of nodes that have not said theirs. */
export const DEFAULT_UNDERLAY_MTU = 1500

type InFamily<Value> = Readonly<Record<Family, Value>>

export type SiteUnderlay = {
  /** The least MTU; infinite where no node has an address. */
  readonly leastBytes: InFamily<number>
  /** The first of those whose underlay is the narrowest. */
  readonly narrowestNode: string | undefined
  /** Some endpoint is an address of it. */
  readonly hasEndpoint: InFamily<boolean>
  /** Some endpoint is a name. */
  readonly hasNames: boolean
  /** The fabric encapsulates, and some packet of it goes between such addresses. */
  readonly isWrapped: InFamily<boolean>
  /** Packets of pods cross the private network as they are. */
  readonly hasBare: boolean
}

export const underlayOf = (site: PlannedSite): SiteUnderlay => memo(site, 'underlay', () => findUnderlay(site))

function findUnderlay(site: PlannedSite): SiteUnderlay {
  const { kind, encapsulate } = site.fabric
  const isLone = site.nodes.length < 2
  const wraps = !isLone && kind !== 'direct' && kind !== 'none' && (encapsulate === 'always' || isMultiSubnet(site))
  const leastBytes = { 4: Number.POSITIVE_INFINITY, 6: Number.POSITIVE_INFINITY }
  const hasEndpoint = { 4: false, 6: false }
  const isWrapped = { 4: false, 6: false }
  let narrowestNode: string | undefined
  let hasNames = false
  for (const { node, status } of site.nodes) {
    const own4 = status?.underlayMtuBytes ?? DEFAULT_UNDERLAY_MTU
    const own6 = status?.underlayIpv6MtuBytes ?? own4
    let has4 = false
    for (const { address } of node.privateAddresses) {
      const own = address.family === 4 ? own4 : own6
      if (address.family === 4) has4 = true
      if (own < leastBytes[4] && own < leastBytes[6]) narrowestNode = node.name
      if (own < leastBytes[address.family]) leastBytes[address.family] = own
    }
    const host = node.endpoint?.host
    if (typeof host === 'string') hasNames = true
    else if (host !== undefined) hasEndpoint[host.family] = true
    if (wraps) isWrapped[has4 ? 4 : 6] = true
  }
  return {
    leastBytes,
    narrowestNode,
    hasEndpoint,
    hasNames,
    isWrapped,
    hasBare: !isLone && (!wraps || encapsulate === 'cross-subnet'),
  }
}
