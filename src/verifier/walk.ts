// The way of one packet from machine to machine, as Linux would send it. Where there are several next hops, all are followed.
import { equalAddresses } from '../model/index.ts'
import type { CompiledNetwork } from './compiled-network.ts'
import type { CompiledNode } from './compiled-node.ts'
import { deliverToHost } from './deliver.ts'
import { runHook } from './filter-hooks.ts'
import type { Branch, Step } from './hop.ts'
import { leave, leaveToMachine } from './leave.ts'
import { type Lookup, lookUp } from './lookup.ts'
import { isNewFlow, type Packet } from './packet.ts'
import { lossOnPodLink } from './pod-link.ts'
import { reversePathRefusal } from './reverse-path.ts'
import { isLocal, sourceAddress } from './source-address.ts'
import {
  dropped,
  endOf,
  isSamePlace,
  NEW_TRAIL,
  type Passing,
  type Place,
  type Trail,
  trackedOn,
  withSteps,
  withTrail,
} from './trail.ts'
import type { UnsentPacket, Walker } from './walker.ts'

/** Where a packet starts: in a pod, in the machine itself, or in a network behind it. */
export type Start = { readonly node: string; readonly from: 'pod' | 'host' | 'behind' }

/** More hops than this are a loop, whatever they look like (the kernel's default TTL). */
const MOST_HOPS = 64

/** A packet without a source takes the one that the machine would choose. */
export function walk(network: CompiledNetwork, start: Start, packet: UnsentPacket): readonly Branch[] {
  const walker = walkerOf(network)
  const node = network.nodeNamed(start.node)
  if (node === undefined) throw new Error(`cannot walk from ${start.node}: no NodeState of it was given`)
  if (start.from === 'host') return walker.sendOwn(node, packet, NEW_TRAIL)
  const { source } = packet
  if (source === undefined) throw new Error(`a packet from a ${start.from} of ${start.node} needs a source address`)
  const own: Packet = { ...packet, source }
  const lost = start.from === 'pod' ? lossOnPodLink(node, own) : undefined
  if (lost !== undefined) return [endOf(passingAt(node, own, 'pod', NEW_TRAIL, [lost.step]), lost.verdict, own)]
  return walker.arrive(node, own, start.from, NEW_TRAIL, [])
}

function walkerOf(network: CompiledNetwork): Walker {
  const walker: Walker = {
    network,
    arrive: (...at) => arrive(walker, ...at),
    follow: (...passing) => follow(walker, ...passing),
    sendOwn: (...own) => sendOwn(walker, ...own),
  }
  return walker
}

/** What the machine makes itself. */
function sendOwn(walker: Walker, node: CompiledNode, packet: UnsentPacket, trail: Trail): readonly Branch[] {
  const lookup = lookUp(node, packet, packet.destination, true)
  const source = packet.source ?? sourceAddress(node, lookup, packet.family)
  const own: Packet = { ...packet, source: source ?? packet.destination }
  const passing = passingAt(node, own, 'host', trail, [])
  if (source === undefined)
    return [dropped(passing, own, `${node.name} has no IPv${packet.family} address to speak by`)]
  return isLocal(node, own.destination)
    ? deliverToHost(walker, passing, own)
    : follow(walker, passing, own, lookup, true)
}

/** What comes in by a link, from a pod or from behind. */
function arrive(
  walker: Walker,
  node: CompiledNode,
  incoming: Packet,
  from: string,
  before: Trail,
  steps: readonly Step[],
): readonly Branch[] {
  const place: Place = { node: node.name, from, source: incoming.source, destination: incoming.destination }
  const trail = { ...before, seen: [...before.seen, place] }
  const packet: Packet = incoming.mark === 0 ? incoming : { ...incoming, mark: 0 }
  const passing = passingAt(node, packet, from, trail, steps)
  const loop = loopOf(before, place)
  if (loop !== undefined) return [endOf(passing, { kind: 'looped', node: node.name, reason: loop }, packet)]

  const inLink = from === 'pod' || from === 'behind' ? undefined : from
  const first = runHook(node, 'prerouting', packet, {
    ...(inLink !== undefined && { inLink }),
    isNewFlow: isNewFlow(node.name, packet),
  })
  const filtered = withSteps(passing, first.steps)
  if (first.isDropped)
    return [dropped(filtered, packet, `the filter drops it (${first.steps.at(-1)?.note})`, first.steps.at(-1))]
  const isTracked = !first.isUntracked
  // What is wrapped is a flow of its own.
  const tracked =
    isTracked && packet.payload === undefined ? { ...filtered, trail: trackedOn(filtered.trail, node.name) } : filtered
  const answered = isTracked ? ledBack(node, packet) : packet
  const refused = reversePathRefusal(node, inLink, packet)
  if (refused !== undefined) return [dropped(tracked, packet, refused.reason, refused.step)]
  const looking: Passing = { ...tracked, lookedUp: answered.destination }
  if (isLocal(node, answered.destination)) return deliverToHost(walker, looking, answered)
  const off = forwardingOff(node, packet)
  if (off !== undefined) return [dropped(looking, answered, `${node.name} does not forward`, off)]
  return follow(walker, looking, answered, lookUp(node, answered, answered.destination, false), isTracked)
}

function loopOf({ seen, hops }: Trail, place: Place): string | undefined {
  if (seen.some((one) => isSamePlace(one, place))) return 'it comes to the same place again'
  return hops.length > MOST_HOPS ? `${hops.length} machines have passed it on` : undefined
}

const passingAt = (
  node: CompiledNode,
  packet: Packet,
  from: string,
  trail: Trail,
  steps: readonly Step[],
): Passing => ({
  node,
  from,
  lookedUp: packet.destination,
  source: packet.source,
  steps,
  wraps: [],
  trail: packet.payload === undefined && from === 'host' ? trackedOn(trail, node.name) : trail,
})

/** The answer to a flow whose source this machine had put another in place of. */
function ledBack(node: CompiledNode, packet: Packet): Packet {
  const translation = packet.answer?.translations.findLast(
    (one) => one.node === node.name && equalAddresses(one.translated, packet.destination),
  )
  return translation === undefined ? packet : { ...packet, destination: translation.original }
}

/** A setting that nobody made is taken to be on: who forwards for pods has it on. */
function forwardingOff({ sysctls }: CompiledNode, { family }: Packet): Step | undefined {
  const entry = sysctls.get(family === 4 ? 'net/ipv4/ip_forward' : 'net/ipv6/conf/all/forwarding')
  return entry !== undefined && entry.value === '0' ? { kind: 'setting', entry } : undefined
}

/** By every next hop that the lookup gives. */
function follow(
  walker: Walker,
  before: Passing,
  packet: Packet,
  lookup: Lookup,
  isTracked: boolean,
): readonly Branch[] {
  const passing = withSteps(before, lookup.steps)
  switch (lookup.kind) {
    case 'none':
      return [dropped(passing, packet, lookup.reason, lookup.last)]
    case 'machine':
      return leaveToMachine(walker, passing, packet, lookup.route, isTracked)
    case 'ways': {
      const shared = withTrail(passing, { parts: passing.trail.parts * lookup.ways.length })
      return lookup.ways.flatMap((way) => leave(walker, withSteps(shared, way.steps), packet, way, isTracked))
    }
  }
}
