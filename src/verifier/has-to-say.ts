// Whether a machine would begin a WireGuard session unasked: nobody else needs to speak first then.
import type { Address, Prefix } from '../model/index.ts'
import type { CompiledNetwork } from './compiled-network.ts'
import { type LookedUp, lookUp } from './lookup.ts'
import type { SessionEnd } from './session-end.ts'

/** Its keepalive, or a route by its device to what the peer has. */
export function hasToSay({ visits }: CompiledNetwork, { node, compiled, peer }: SessionEnd): boolean {
  if (peer.keepaliveSeconds > 0) return true
  visits.isEntangled = true
  return peer.allowedIps.some((prefix) => {
    const address = firstAddress(prefix)
    const lookup = lookUp(node, PROBE, address, false)
    return lookup.kind === 'ways' && lookup.ways.some(({ link }) => link === compiled.device.link)
  })
}

const firstAddress = ({ length: _, ...address }: Prefix): Address => address
const PROBE: LookedUp = { protocol: 'icmp', mark: 0 }
