// At a machine's own address: what is wrapped is taken out and goes on; the rest has arrived.
import { formatAddress, formatPrefix } from '../model/index.ts'
import type { CompiledDevice, CompiledNode } from './compiled-node.ts'
import { refusal } from './firewall.ts'
import type { Branch, Cause, Step } from './hop.ts'
import type { Packet, Payload } from './packet.ts'
import { longestMatch } from './prefix-table.ts'
import { lacksPeer } from './session-causes.ts'
import { dropped, endOf, type Passing } from './trail.ts'
import type { Walker } from './walker.ts'

export function deliverToHost(walker: Walker, passing: Passing, packet: Packet): readonly Branch[] {
  const { node } = passing
  const refused = refusal(node.host?.input, packet, `a filter on ${node.name}`)
  if (refused !== undefined)
    return [{ ...dropped(passing, packet, refused), stoppedAtState: { node: node.name, packet } }]
  const { payload } = packet
  if (payload === undefined || payload.kind === 'handshake')
    return [endOf(passing, { kind: 'delivered', to: { kind: 'host', node: node.name } }, packet)]
  const unwrapped = unwrap(node, packet, payload)
  if (unwrapped.kind === 'refused')
    return [dropped(passing, packet, unwrapped.reason, unwrapped.step, unwrapped.causes)]
  return walker.arrive(node, payload.inner, unwrapped.link, passing.trail, [...passing.steps, ...unwrapped.steps])
}

type Unwrapped =
  | { readonly kind: 'link'; readonly link: string; readonly steps: readonly Step[] }
  | { readonly kind: 'refused'; readonly reason: string; readonly step?: Step; readonly causes?: readonly Cause[] }

function unwrap(node: CompiledNode, packet: Packet, payload: Exclude<Payload, { kind: 'handshake' }>): Unwrapped {
  switch (payload.kind) {
    case 'wireguard':
      return outOfWireguard(node, packet, payload)
    case 'vxlan':
      return outOfVxlan(node, packet, payload)
    case 'ipip': {
      const link = [...node.links.values()].find(({ type }) => type.kind === 'ipip')
      if (link === undefined || link.isDown)
        return { kind: 'refused', reason: `${node.name} has no device that takes IPIP` }
      return { kind: 'link', link: link.name, steps: [{ kind: 'device', entry: link }] }
    }
  }
}

function outOfWireguard(
  node: CompiledNode,
  packet: Packet,
  { key, inner }: Extract<Payload, { kind: 'wireguard' }>,
): Unwrapped {
  const compiled = deviceAtPort(node, packet.destinationPort)
  const link = compiled && node.links.get(compiled.device.link)
  if (compiled === undefined || link === undefined || link.isDown)
    return { kind: 'refused', reason: `nothing of ours listens at port ${packet.destinationPort} of ${node.name}` }
  const { device, peers, allowed } = compiled
  const peer = peers.get(key)
  if (peer === undefined)
    return {
      kind: 'refused',
      reason: `${device.link} of ${node.name} does not know the sender's key`,
      step: { kind: 'device', entry: device },
    }
  if (longestMatch(allowed, inner.source)?.value !== peer) {
    const accepted = peer.allowedIps.length === 0 ? 'nothing' : peer.allowedIps.slice(0, 4).map(formatPrefix).join(', ')
    const reason = `${device.link} of ${node.name} accepts ${accepted} from this peer, and not ${formatAddress(inner.source)}`
    const causes: readonly Cause[] = [{ kind: 'machine', text: reason }, lacksPeer(device.link, node.name)]
    return { kind: 'refused', reason, step: { kind: 'peer', entry: peer }, causes }
  }
  return { kind: 'link', link: link.name, steps: [{ kind: 'accepted-source', entry: peer }] }
}

const deviceAtPort = (node: CompiledNode, port: number | undefined): CompiledDevice | undefined =>
  [...node.devices.values()].find(({ device }) => device.listenPort === port)

function outOfVxlan(
  node: CompiledNode,
  packet: Packet,
  { networkIdentifier, hardwareAddress }: Extract<Payload, { kind: 'vxlan' }>,
): Unwrapped {
  const link = [...node.links.values()].find(
    ({ type, isDown }) =>
      type.kind === 'vxlan' &&
      !isDown &&
      type.port === packet.destinationPort &&
      type.networkIdentifier === networkIdentifier,
  )
  if (link === undefined)
    return {
      kind: 'refused',
      reason: `${node.name} has no vxlan device for network ${networkIdentifier} at port ${packet.destinationPort}`,
    }
  const step: Step = { kind: 'device', entry: link }
  if (link.hardwareAddress !== undefined && link.hardwareAddress !== hardwareAddress)
    return {
      kind: 'refused',
      reason: `${link.name} of ${node.name} is ${link.hardwareAddress}, and the frame is for ${hardwareAddress}`,
      step,
    }
  return { kind: 'link', link: link.name, steps: [step] }
}
