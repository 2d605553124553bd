// Out of a machine: the size, the filter's later hooks, NAT, and the link.
import { type Address, LINK_PREFIX, POD_LINK_PREFIX } from '../model/index.ts'
import type { TableRoute } from './compiled-node.ts'
import { cross } from './cross.ts'
import { runHook } from './filter-hooks.ts'
import { refusal } from './firewall.ts'
import type { Branch } from './hop.ts'
import type { Way } from './lookup.ts'
import { innermostRoom } from './overhead.ts'
import { isNewFlow, type Packet } from './packet.ts'
import { addressOn } from './source-address.ts'
import { isSplitInside, tooBig } from './too-big.ts'
import { dropped, endOf, type Passing, withSteps, withTrail } from './trail.ts'
import type { Walker } from './walker.ts'
import { wrap } from './wrap.ts'

const IPV6_MINIMUM_BYTES = 1280

/** By a link of the state, or of the underlay. */
export function leave(
  walker: Walker,
  before: Passing,
  packet: Packet,
  { link: name, via }: Way,
  isTracked: boolean,
): readonly Branch[] {
  const passing: Passing = before.wraps.length > 0 ? before : { ...before, out: { link: name, ...(via && { via }) } }
  const { node } = passing
  const link = node.links.get(name)
  if (link === undefined) {
    const isOurs = name.startsWith(LINK_PREFIX) || name.startsWith(POD_LINK_PREFIX)
    if (isOurs) return [dropped(passing, packet, `${node.name} has no link ${name}`, passing.steps.at(-1))]
    return filterOut(passing, packet, name, via, node.mtuBytes[packet.family], isTracked, (out, sent) =>
      cross(walker, out, sent, { isToRouter: false, ...(via && { via }) }),
    )
  }
  const step = { kind: 'device', entry: link } as const
  if (link.isDown) return [dropped(passing, packet, `${name} of ${node.name} is down`, step)]
  if (packet.family === 6 && link.mtuBytes < IPV6_MINIMUM_BYTES)
    return [
      dropped(passing, packet, `${name} takes ${link.mtuBytes} bytes, and IPv6 needs ${IPV6_MINIMUM_BYTES}`, step),
    ]
  return filterOut(withSteps(passing, [step]), packet, name, via, link.mtuBytes, isTracked, (out, sent) =>
    link.type.kind === 'veth'
      ? [endOf(out, { kind: 'delivered', to: { kind: 'pod', node: node.name } }, sent)]
      : wrap(walker, out, sent, link, via),
  )
}

/** By what the machine has beside Damask. */
export function leaveToMachine(
  walker: Walker,
  before: Passing,
  packet: Packet,
  route: Exclude<TableRoute, { kind: 'entry' }>,
  isTracked: boolean,
): readonly Branch[] {
  const { node } = before
  const arrived = (kind: 'pod' | 'behind', at: string) => (out: Passing, sent: Packet) => [
    endOf(out, { kind: 'delivered', to: { kind, node: at } }, sent),
  ]
  const nic = node.host?.link ?? '$NIC'
  const link = { pods: `${POD_LINK_PREFIX}*`, behind: 'behind', 'other-plugin': 'other-plugin', underlay: nic }[
    route.kind
  ]
  const via = route.kind === 'underlay' ? route.via : undefined
  const passing = before.wraps.length > 0 ? before : { ...before, out: { link, ...(via && { via }) } }
  const mtuBytes = route.kind === 'underlay' ? node.mtuBytes[packet.family] : Number.POSITIVE_INFINITY
  return filterOut(passing, packet, link, via, mtuBytes, isTracked, (out, sent) => {
    switch (route.kind) {
      case 'underlay':
        return cross(walker, out, sent, route)
      case 'pods':
        return arrived('pod', node.name)(out, sent)
      case 'behind':
        return arrived('behind', node.name)(out, sent)
      case 'other-plugin':
        return arrived('pod', route.node)(out, sent)
    }
  })
}

function filterOut(
  before: Passing,
  packet: Packet,
  link: string,
  via: Address | undefined,
  mtuBytes: number,
  isTracked: boolean,
  send: (passing: Passing, packet: Packet) => readonly Branch[],
): readonly Branch[] {
  const { node, from } = before
  const isForwarded = from !== 'host' && before.wraps.length === 0
  const room = Math.min(before.trail.roomBytes, innermostRoom(packet, mtuBytes))
  let passing = withTrail(before, { roomBytes: room })
  if (packet.sizeBytes > mtuBytes) {
    if (!isSplitInside(packet) || isToldOf(before, packet, mtuBytes))
      return [endOf(passing, tooBig(passing, packet, mtuBytes), packet)]
    passing = withTrail(passing, { isSplit: true })
  }
  const inLink = isForwarded && from !== 'pod' && from !== 'behind' ? { inLink: from } : {}
  const passage = { ...inLink, outLink: link, ...(via && { nextHop: via }) }
  if (isForwarded) {
    const forward = runHook(node, 'forward', packet, { ...passage, isNewFlow: false })
    passing = withSteps(passing, forward.steps)
    if (forward.isDropped) return [filterDrop(passing, packet)]
  }
  const place = `a filter on ${node.name}`
  const refused = refusal(isForwarded ? node.host?.forward : node.host?.output, packet, place)
  if (refused !== undefined) return [dropped(passing, packet, refused)]
  const isNew = isTracked && isNewFlow(node.name, packet)
  const last = runHook(node, 'postrouting', packet, { ...passage, isNewFlow: isNew })
  passing = withSteps(passing, last.steps)
  if (last.isDropped) return [filterDrop(passing, packet)]
  const { translation } = last
  if (translation === undefined) return send(passing, packet)
  const translated = translation.kind === 'snat' ? translation.to : addressOn(node, link, packet.family)
  if (translated === undefined)
    return [
      dropped(passing, packet, `${node.name} has no address on ${link} by which to masquerade`, last.steps.at(-1)),
    ]
  const translations = [...passing.trail.translations, { node: node.name, original: packet.source, translated }]
  return send({ ...withTrail(passing, { translations }), translatedTo: translated }, { ...packet, source: translated })
}

/**
 * What the machine itself sends into vxlan: the first that is too large is split, and from then on the machine knows (skb_tunnel_check_pmtu, linux
 * ≥ 5.9). What it forwards goes by the device's MTU alone (ip_forward_use_pmtu is off).
 */
const isToldOf = ({ from }: Passing, packet: Packet, mtuBytes: number): boolean =>
  from === 'host' &&
  packet.payload?.kind === 'vxlan' &&
  // Nobody believes that IPv6 has less.
  (packet.payload.inner.family === 4 || innermostRoom(packet, mtuBytes) >= IPV6_MINIMUM_BYTES)

const filterDrop = (passing: Passing, packet: Packet): Branch => {
  const step = passing.steps.at(-1)
  return dropped(passing, packet, `the packet filter of ${passing.node.name} drops it (${step?.note})`, step)
}
