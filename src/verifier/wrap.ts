// Into an encapsulation: which peer or far machine a device chooses, and the outer packet that the machine then sends.
import { type Address, type Endpoint, formatAddress, type Link } from '../model/index.ts'
import { neighbourKeyOf } from './compiled-node.ts'
import type { Branch, Cause, Step, Wrap } from './hop.ts'
import { lookUp } from './lookup.ts'
import { sessionOf } from './open-session.ts'
import { wrappedBytes } from './overhead.ts'
import type { Packet, Payload } from './packet.ts'
import { longestMatch } from './prefix-table.ts'
import { lacksPeer } from './session-causes.ts'
import { isLocal, sourceAddress } from './source-address.ts'
import { dropped, endOf, NEW_TRAIL, type Passing, withSteps, withTrail } from './trail.ts'
import type { Walker } from './walker.ts'

/** `via`: the next hop on the device. */
export function wrap(
  walker: Walker,
  passing: Passing,
  packet: Packet,
  link: Link,
  via: Address | undefined,
): readonly Branch[] {
  if (passing.wraps.some((one) => one.link === link.name)) {
    const reason = `what ${link.name} of ${passing.node.name} sends goes into ${link.name} again`
    const verdict = { kind: 'looped' as const, node: passing.node.name, reason, entry: link }
    return [endOf(passing, verdict, packet)]
  }
  switch (link.type.kind) {
    case 'dummy':
    case 'veth':
      return [dropped(passing, packet, `${link.name} leads nowhere`, { kind: 'device', entry: link })]
    case 'wireguard':
      return intoWireguard(walker, passing, packet, link)
    case 'vxlan':
      return intoVxlan(walker, passing, packet, link, link.type, via)
    case 'ipip':
      return intoIpip(walker, passing, packet, link, link.type, via)
  }
}

function intoWireguard(walker: Walker, passing: Passing, packet: Packet, link: Link): readonly Branch[] {
  const { node } = passing
  const compiled = node.devices.get(link.name)
  const step: Step = { kind: 'device', entry: link }
  if (compiled === undefined) return [dropped(passing, packet, `${link.name} of ${node.name} has no key`, step)]
  const { device, allowed } = compiled
  const peer = longestMatch(allowed, packet.destination)?.value
  if (peer === undefined) {
    const reason = `no peer of ${link.name} on ${node.name} has ${formatAddress(packet.destination)} among its allowed IPs`
    const causes: readonly Cause[] = [{ kind: 'machine', text: reason }, lacksPeer(link.name, node.name)]
    return [dropped(passing, packet, reason, { kind: 'device', entry: device }, causes)]
  }
  const chosen = withSteps(passing, [{ kind: 'peer', entry: peer }])
  const session = sessionOf(walker.network, { node, compiled, peer }, (from, own) =>
    walker.sendOwn(from, own, NEW_TRAIL),
  )
  if (session.kind === 'none')
    return [
      dropped(chosen, packet, session.reason, { kind: 'peer', entry: session.entry as typeof peer }, session.causes),
    ]
  const payload: Payload = {
    kind: 'wireguard',
    inner: packet,
    key: device.publicKey,
    deviceMtuBytes: link.mtuBytes,
  }
  const { endpoint, answer, warning } = session
  const warned = warning === undefined ? chosen : withTrail(chosen, { warnings: [...chosen.trail.warnings, warning] })
  return sendOuter(walker, warned, packet, 'wireguard', link, {
    protocol: 'udp',
    to: endpoint,
    sourcePort: device.listenPort,
    mark: device.mark,
    payload,
    ...(answer && { answer }),
  })
}

function intoVxlan(
  walker: Walker,
  passing: Passing,
  packet: Packet,
  link: Link,
  type: Extract<Link['type'], { kind: 'vxlan' }>,
  via: Address | undefined,
): readonly Branch[] {
  const { node } = passing
  const device: Step = { kind: 'device', entry: link }
  const next = via ?? packet.destination
  const near = node.neighbours.get(neighbourKeyOf(link.name, next))
  if (near === undefined)
    return [
      dropped(
        passing,
        packet,
        `${node.name} has no neighbour ${formatAddress(next)} on ${link.name}`,
        passing.steps.findLast(({ kind }) => kind === 'next-hop') ?? device,
      ),
    ]
  const fdb = node.fdbEntries.get(`${link.name} ${near.hardwareAddress}`)
  const known = withSteps(passing, [{ kind: 'neighbour', entry: near }])
  if (fdb === undefined)
    return [
      dropped(
        known,
        packet,
        `no forwarding entry of ${link.name} on ${node.name} says where ${near.hardwareAddress} is`,
        { kind: 'neighbour', entry: near },
      ),
    ]
  const { networkIdentifier, port, local } = type
  const payload: Payload = { kind: 'vxlan', inner: packet, networkIdentifier, hardwareAddress: near.hardwareAddress }
  return sendOuter(walker, withSteps(known, [{ kind: 'fdb', entry: fdb }]), packet, 'vxlan', link, {
    protocol: 'udp',
    to: { address: fdb.remote, port },
    source: local,
    mark: 0,
    payload,
  })
}

function intoIpip(
  walker: Walker,
  passing: Passing,
  packet: Packet,
  link: Link,
  { local, mark }: Extract<Link['type'], { kind: 'ipip' }>,
  via: Address | undefined,
): readonly Branch[] {
  const device: Step = { kind: 'device', entry: link }
  if (packet.family !== 4 || via?.family !== 4)
    return [dropped(passing, packet, `${link.name} carries IPv4 alone, to a next hop that the route names`, device)]
  return sendOuter(walker, passing, packet, 'ipip', link, {
    protocol: 'ipip',
    to: { address: via, port: 0 },
    source: local,
    mark,
    payload: { kind: 'ipip', inner: packet },
  })
}

type Outer = Pick<Packet, 'protocol' | 'mark' | 'answer'> & {
  readonly to: Endpoint
  readonly source?: Address
  readonly sourcePort?: number
  readonly payload: Payload
}

function sendOuter(
  walker: Walker,
  passing: Passing,
  inner: Packet,
  kind: Wrap['kind'],
  link: Link,
  { to, protocol, mark, payload, sourcePort, answer, source: fixed }: Outer,
): readonly Branch[] {
  const { node } = passing
  const { address } = to
  const sizeBytes = wrappedBytes(payload, address.family)
  const header: Omit<Packet, 'source'> = {
    family: address.family,
    destination: address,
    protocol,
    sizeBytes,
    mark,
    payload,
    ...(protocol === 'udp' && { destinationPort: to.port }),
    ...(sourcePort !== undefined && { sourcePort }),
    ...(answer && { answer }),
  }
  const lookup = lookUp(node, header, address, true)
  const source = fixed ?? sourceAddress(node, lookup, address.family)
  if (source === undefined)
    return [
      dropped(passing, inner, `${node.name} has no IPv${address.family} address for ${link.name} to send by`, {
        kind: 'device',
        entry: link,
      }),
    ]
  const one: Wrap = {
    kind,
    link: link.name,
    from: { address: source, port: sourcePort ?? to.port },
    to,
    addedBytes: sizeBytes - inner.sizeBytes,
  }
  const wrapped = { ...passing, wraps: [...passing.wraps, one] }
  const outer: Packet = { ...header, source }
  if (isLocal(node, address))
    return [
      dropped(wrapped, outer, `${link.name} of ${node.name} would send to the machine itself`, {
        kind: 'device',
        entry: link,
      }),
    ]
  return walker.follow(wrapped, outer, lookup, true)
}
