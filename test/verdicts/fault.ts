// What may be broken in a lab, each as data for a person and two deeds: put into the running kernels, and declared where the nodes'
// own states cannot say it.
import type { Underlay } from '../../src/verifier/index.ts'
import type { BareLab } from './bare-lab.ts'
import type { BareNode } from './bare-node.ts'
import { addFilterRule, downLink, removeEntry } from './broken-entry.ts'
import { moveEndpoint, removeAllowedIp, spoilKey } from './broken-peer.ts'
import { breakCloudPort, breakNodePort } from './closed-port.ts'
import type { FaultKind } from './fault-kind.ts'
import { narrowLink, narrowUnderlay } from './narrow-link.ts'

export type Fault = {
  /** `on a1: route 218 10.42.9.0/24 deleted` */
  readonly text: string
  /** Before the lab's first packet. */
  readonly put: () => Promise<void>
  /** What a NodeState has no words for. */
  readonly declare?: (underlay: Underlay) => Underlay
}

/** Of a list, as chance has it; undefined of an empty one. */
export type Chance = <T>(list: readonly T[]) => T | undefined

/** Undefined where the lab has no place for it. */
export type Breaker = (lab: BareLab, node: BareNode, pick: Chance) => Promise<Fault | undefined>

const BREAKERS: Readonly<Record<FaultKind, Breaker>> = {
  'allowed IP removed': removeAllowedIp,
  'peer removed': removeEntry('wireguard-peer'),
  'wrong key': spoilKey,
  'endpoint moved': moveEndpoint,
  'route removed': removeEntry('route'),
  'rule removed': removeEntry('rule'),
  'next hop removed': removeEntry('next-hop'),
  'neighbour removed': removeEntry('neighbour'),
  'forwarding entry removed': removeEntry('fdb'),
  'address removed': removeEntry('address'),
  'filter rule added': addFilterRule,
  'link down': downLink,
  'MTU of a link': narrowLink,
  'MTU of the underlay': narrowUnderlay,
  'port closed in a cloud': breakCloudPort,
  'port closed on a node': breakNodePort,
}

export type PutFault = Fault & { readonly kind: FaultKind }

/** On the first node, in the order of chance, that has a place for it. */
export async function tryFault(lab: BareLab, kind: FaultKind, pick: Chance): Promise<PutFault | undefined> {
  let left = [...lab.nodes.values()]
  while (left.length > 0) {
    const node = pick(left)
    if (!node) break
    const fault = await BREAKERS[kind](lab, node, pick)
    if (fault) return { kind, ...fault }
    left = left.filter((other) => other !== node)
  }
  return undefined
}
