// The steps of a walk that call each other, so that their files need not.
import type { CompiledNetwork } from './compiled-network.ts'
import type { CompiledNode } from './compiled-node.ts'
import type { Branch, Step } from './hop.ts'
import type { Lookup } from './lookup.ts'
import type { Packet } from './packet.ts'
import type { Passing, Trail } from './trail.ts'

export type Walker = {
  readonly network: CompiledNetwork
  /** What comes in by a link, from a pod or from behind. */
  readonly arrive: (
    node: CompiledNode,
    packet: Packet,
    from: string,
    trail: Trail,
    steps: readonly Step[],
  ) => readonly Branch[]
  /** By every next hop that the lookup gave. */
  readonly follow: (passing: Passing, packet: Packet, lookup: Lookup, isTracked: boolean) => readonly Branch[]
  /** What the machine makes itself; without a source it takes the one that it would choose. */
  readonly sendOwn: (node: CompiledNode, packet: UnsentPacket, trail: Trail) => readonly Branch[]
}

export type UnsentPacket = Omit<Packet, 'source'> & Partial<Pick<Packet, 'source'>>
