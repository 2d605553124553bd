// One machine of nothing but the entries that a test gives it, on eth0 with 172.31.0.13/24 and a default route.
import { type Entry, type NodeState, parseAddress } from '../model/index.ts'
import { type CompiledNode, compileNode } from './compiled-node.ts'
import { NO_FACTS } from './machine-facts.ts'
import type { Packet } from './packet.ts'
import type { UnderlayHost } from './underlay.ts'

export function bareNode(entries: readonly Entry[], host: Partial<UnderlayHost> = {}): CompiledNode {
  const state: NodeState = { node: 'n', gatewayAddresses: { 4: parseAddress('10.42.3.1') }, parts: [entries] }
  const own: UnderlayHost = {
    node: 'n',
    network: 'a',
    segment: 'lan',
    link: 'eth0',
    addresses: [{ address: parseAddress('172.31.0.13'), length: 24 }],
    defaultRoutes: [4],
    ...host,
  }
  return compileNode(state, NO_FACTS, own, undefined)
}

export const packetTo = (to: string, more: Partial<Packet> = {}): Packet => {
  const destination = parseAddress(to)
  const source = parseAddress(destination.family === 4 ? '10.42.3.9' : 'fd42::9')
  return { family: destination.family, source, destination, protocol: 'icmp', sizeBytes: 84, mark: 0, ...more }
}
