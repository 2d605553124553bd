// From one machine to the next over the underlay, with what that means for size and secrecy.
import type { Address } from '../model/index.ts'
import { addressKey } from './address-key.ts'
import { type Carried, carry } from './carry.ts'
import type { CompiledNetwork } from './compiled-network.ts'
import type { Branch, Crossing } from './hop.ts'
import { innermostRoom } from './overhead.ts'
import { isEncrypted, type Packet } from './packet.ts'
import { longestMatch } from './prefix-table.ts'
import { isSplitInside, tooBig } from './too-big.ts'
import { dropped, endOf, hopOf, type Passing, withTrail } from './trail.ts'
import type { Walker } from './walker.ts'

export function cross(
  walker: Walker,
  before: Passing,
  packet: Packet,
  next: { readonly via?: Address; readonly isToRouter: boolean },
): readonly Branch[] {
  const { network } = walker
  const { node } = before
  const carried = carry(network.index, node.name, packet, next)
  const mtuBytes = Math.min(carried.way.mtuBytes, node.mtuBytes[packet.family])
  const crossing: Crossing = {
    kind: carried.way.kind,
    networks: carried.way.networks,
    isEncrypted: isEncrypted(packet),
    mtuBytes,
  }
  if (carried.kind === 'lost') {
    const branch = dropped(before, packet, carried.reason, undefined, [{ kind: 'network', text: carried.reason }])
    return [{ ...branch, ...(carried.stoppedAtState && { stoppedAtState: carried.stoppedAtState }) }]
  }
  if (isLeak(network, carried, packet)) {
    const reason = `it crosses ${crossing.networks.join(' > ')} in the clear`
    const last = before.steps.findLast(({ kind }) => kind === 'route')
    const verdict = { kind: 'leaked' as const, node: node.name, reason, ...(last && { entry: last.entry }) }
    return [endOf(before, verdict, packet, { crossing })]
  }
  const { lastWireMtuBytes = mtuBytes } = carried.way
  const room = innermostRoom(packet, Math.min(mtuBytes, lastWireMtuBytes))
  const lastBytes = Math.min(packet.sizeBytes, mtuBytes)
  if (lastBytes > lastWireMtuBytes) {
    const reason = `a packet of ${lastBytes} bytes comes to a wire that takes ${lastWireMtuBytes}, and nobody splits it there`
    return [endOf(before, { kind: 'lost-at-size', node: node.name, mtuBytes: room, reason }, packet, { crossing })]
  }
  const { losesFragments } = carried.way
  let passing = withTrail(before, {
    roomBytes: Math.min(before.trail.roomBytes, room),
    lostAboveBytes:
      lastWireMtuBytes < mtuBytes || (losesFragments && isSplitInside(packet))
        ? Math.min(before.trail.lostAboveBytes, room)
        : before.trail.lostAboveBytes,
  })
  if (packet.sizeBytes > mtuBytes) {
    if (!isSplitInside(packet)) return [endOf(passing, tooBig(passing, packet, mtuBytes), packet, { crossing })]
    if (losesFragments) {
      const reason = `its outer packet of ${packet.sizeBytes} bytes is split, and ${crossing.networks.join(' > ')} takes ${mtuBytes} and loses fragments`
      return [endOf(passing, { kind: 'lost-at-size', node: node.name, mtuBytes: room, reason }, packet, { crossing })]
    }
    passing = withTrail(passing, { isSplit: true })
  }
  if (carried.kind === 'left') return [outside(network, passing, carried, crossing)]
  const far = network.nodeNamed(carried.node)
  if (far === undefined) {
    const verdict = { kind: 'delivered' as const, to: { kind: 'host' as const, node: carried.node } }
    return [endOf(passing, verdict, carried.packet, { crossing })]
  }
  const trail = { ...passing.trail, hops: [...passing.trail.hops, hopOf(passing, crossing)] }
  return walker.arrive(far, carried.packet, far.host?.link ?? UNDERLAY_LINK, trail, [])
}

/** What plans say for a link that nobody has looked at. */
const UNDERLAY_LINK = '$NIC'

const isLeak = (
  network: CompiledNetwork,
  { way, packet: shown }: Exclude<Carried, { kind: 'lost' }>,
  packet: Packet,
): boolean =>
  way.kind === 'public' &&
  !isEncrypted(packet) &&
  (packet.payload !== undefined || isSecret(network, packet.destination) || isSecret(network, shown.source))

const isSecret = ({ hidden, index }: CompiledNetwork, address: Address): boolean =>
  longestMatch(hidden, address) !== undefined && !index.publicAddresses.has(addressKey(address))

function outside(
  network: CompiledNetwork,
  passing: Passing,
  carried: Extract<Carried, { kind: 'left' }>,
  crossing: Crossing,
): Branch {
  const { packet, to } = carried
  if (packet.payload !== undefined || isSecret(network, packet.destination))
    return dropped(passing, packet, `nobody in ${crossing.networks.join(' > ')} has that address`)
  const place =
    to === 'internet'
      ? { kind: 'outside' as const }
      : { kind: 'neighbourhood' as const, network: crossing.networks[0] ?? '' }
  return endOf(passing, { kind: 'delivered', to: place }, packet, { crossing })
}
