// Whether two WireGuard devices can speak: who is able to begin, by which endpoint, and whether the keys of both sides agree.
import {
  type Address,
  type Endpoint,
  equalAddresses,
  formatEndpoint,
  type Prefix,
  type WireguardPeer,
} from '../model/index.ts'
import type { CompiledNetwork } from './compiled-network.ts'
import type { CompiledDevice, CompiledNode } from './compiled-node.ts'
import type { Branch, Cause } from './hop.ts'
import { lookUp } from './lookup.ts'
import { wrappedBytes } from './overhead.ts'
import type { Answer, Packet } from './packet.ts'
import type { Session } from './session.ts'
import {
  causesOf,
  distinct,
  doesNotKnow,
  forgotten,
  hasAnotherKey,
  lacksPeer,
  NO_ENDPOINT,
  unknownKey,
} from './session-causes.ts'

/** Sends a packet that the machine itself makes. */
export type Sender = (node: CompiledNode, packet: Omit<Packet, 'source'>) => readonly Branch[]

type End = { readonly node: CompiledNode; readonly compiled: CompiledDevice; readonly peer: WireguardPeer }

type Attempt =
  | { readonly kind: 'opened'; readonly far: End; readonly seen: Endpoint; readonly own: Address }
  | {
      readonly kind: 'failed'
      readonly reason: string
      readonly causes: readonly Cause[]
      readonly stopped?: { readonly node: string; readonly packet: Packet }
    }

type Failure = Extract<Attempt, { kind: 'failed' }>

/** Between the device of this node and one of its peers; worked out once. */
export function sessionOf(network: CompiledNetwork, end: End, send: Sender): Session {
  const key = `${end.node.name} ${end.compiled.device.link} ${end.peer.publicKey}`
  const { sessions, visits } = network
  const known = sessions.get(key)
  if (known === 'under way') {
    visits.isEntangled = true
    return {
      kind: 'none',
      reason: THROUGH_ITSELF,
      entry: end.peer,
      causes: [{ kind: 'machine', text: THROUGH_ITSELF }],
    }
  }
  const { current } = visits
  if (known === undefined) {
    sessions.set(key, 'under way')
    visits.current = new Set()
    sessions.set(key, openSession(network, end, send))
    visits.bySession.set(key, visits.current)
    visits.current = current
  }
  for (const name of visits.bySession.get(key) ?? []) current.add(name)
  return sessions.get(key) as Session
}

const THROUGH_ITSELF = 'its endpoint is reached only through itself'

function openSession(network: CompiledNetwork, end: End, send: Sender): Session {
  const attempt = tryToOpen(network, end, end.peer.endpoint, send)
  if (attempt.kind === 'opened' && end.peer.endpoint !== undefined) {
    const to = { node: attempt.far.node.name, link: attempt.far.compiled.device.link }
    return { kind: 'up', endpoint: end.peer.endpoint, to, isOpenedByPeer: false }
  }
  const failure =
    attempt.kind === 'failed'
      ? attempt
      : { kind: 'failed' as const, reason: 'it has no endpoint', causes: [NO_ENDPOINT] }
  const fars = farEnds(network, end)
  if (fars.length === 0) return nobodyHasThem(network, end, failure)
  const reasons: string[] = [failure.reason]
  const causes: Cause[] = [...failure.causes]
  for (const far of fars) {
    const back = tryToOpen(network, far, far.peer.endpoint, send)
    if (back.kind === 'opened') {
      if (!isSameDevice(back.far, end)) {
        reasons.push(`${far.node.name} speaks to another device`)
        causes.push({ kind: 'machine', text: `${far.node.name} speaks to another device of ${end.node.name}` })
        continue
      }
      if (!hasToSay(network, far)) {
        const text = `${far.node.name} could begin, and has no route by which it would`
        reasons.push(text)
        causes.push({ kind: 'machine', text })
        continue
      }
      return heardFrom(network, end, far, back, send)
    }
    const session = hasToSay(network, far) ? bothAtOnce(end, far, failure, back) : undefined
    if (session !== undefined) return session
    reasons.push(`and ${far.node.name} cannot begin either: ${back.reason}`)
    causes.push(...back.causes)
  }
  return {
    kind: 'none',
    reason: `no session with ${nameOf(end.peer)}: ${reasons.join('; ')}`,
    entry: end.peer,
    causes: distinct(causes),
  }
}

const nameOf = ({ publicKey }: WireguardPeer): string => `peer ${publicKey.slice(0, 8)}`

/** Its keepalive, or a route by its device to what the peer has. */
function hasToSay({ visits }: CompiledNetwork, { node, compiled, peer }: End): boolean {
  if (peer.keepaliveSeconds > 0) return true
  visits.isEntangled = true
  return peer.allowedIps.some((prefix) => {
    const address = firstAddress(prefix)
    const lookup = lookUp(node, probeTo(address), address, false)
    return lookup.kind === 'ways' && lookup.ways.some(({ link }) => link === compiled.device.link)
  })
}

const firstAddress = ({ length: _, ...address }: Prefix): Address => address
const probeTo = (address: Address): Packet => ({
  family: address.family,
  source: address,
  destination: address,
  protocol: 'icmp',
  sizeBytes: 0,
  mark: 0,
})

const isSameDevice = (a: End, b: End): boolean =>
  a.node.name === b.node.name && a.compiled.device.link === b.compiled.device.link

/** Devices with the peer's key that have this one's key as a peer. */
function farEnds(network: CompiledNetwork, { compiled, peer }: End): End[] {
  return network.devicesOf(peer.publicKey).flatMap(({ node: name, link }) => {
    const node = network.nodeNamed(name)
    const far = node?.devices.get(link)
    const own = far?.peers.get(compiled.device.publicKey)
    return node && far && own ? [{ node, compiled: far, peer: own }] : []
  })
}

function nobodyHasThem(network: CompiledNetwork, { node, peer }: End, { reason, causes }: Failure): Session {
  const devices = network.devicesOf(peer.publicKey)
  const lack = devices.length > 0 ? 'its machine does not know our key' : 'no machine has this key'
  const lacks = devices.flatMap((far): Cause[] => [
    { kind: 'key', text: doesNotKnow(far.link, far.node, node.name) },
    hasAnotherKey(node.name),
    lacksPeer(far.link, far.node),
  ])
  return {
    kind: 'none',
    reason: `no session with ${nameOf(peer)}: ${reason}; ${lack}`,
    entry: peer,
    causes: distinct([...causes, ...(lacks.length > 0 ? lacks : [unknownKey(nameOf(peer))])]),
  }
}

function tryToOpen(network: CompiledNetwork, end: End, endpoint: Endpoint | undefined, send: Sender): Attempt {
  if (endpoint === undefined)
    return { kind: 'failed', reason: `${end.node.name} has no endpoint for it`, causes: [NO_ENDPOINT] }
  const branches = send(end.node, handshake(end, endpoint))
  const bad = branches.find(({ verdict }) => verdict.kind !== 'delivered')
  if (bad !== undefined) {
    const { verdict, stoppedAtState } = bad
    const why = 'reason' in verdict ? verdict.reason : verdict.kind
    const reason = `from ${end.node.name} to ${formatEndpoint(endpoint)}: ${why}`
    return { kind: 'failed', reason, causes: causesOf(verdict), ...(stoppedAtState && { stopped: stoppedAtState }) }
  }
  const [branch] = branches
  if (branch?.verdict.kind !== 'delivered' || branch.verdict.to.kind !== 'host')
    return failed(`no machine of the network is at ${formatEndpoint(endpoint)}`)
  const far = deviceAt(network, branch.verdict.to.node, branch.packet, end)
  if ('kind' in far) return far
  const { source, sourcePort = end.compiled.device.listenPort } = branch.packet
  const own = branch.hops[0]?.source ?? source
  const seen = { address: source, port: sourcePort }
  const lost = send(far.node, { ...handshake(far, seen), answer: answerTo(end, own, far, endpoint) }).find(
    ({ verdict }) => verdict.kind !== 'delivered' || verdict.to.kind !== 'host' || verdict.to.node !== end.node.name,
  )
  if (lost !== undefined) {
    const why = 'reason' in lost.verdict ? lost.verdict.reason : 'they arrive elsewhere'
    const reason = `answers from ${far.node.name} do not come back: ${why}`
    return { kind: 'failed', reason, causes: causesOf(lost.verdict) }
  }
  return { kind: 'opened', far, seen, own }
}

const failed = (reason: string, ...causes: readonly Cause[]): Failure => ({
  kind: 'failed',
  reason,
  causes: [{ kind: 'machine', text: reason }, ...causes],
})

/** The device that listens there and the peer that it takes the sender for, or why there is none. */
function deviceAt(network: CompiledNetwork, name: string, packet: Packet, end: End): End | Failure {
  const node = network.nodeNamed(name)
  const compiled = node && [...node.devices.values()].find(({ device }) => device.listenPort === packet.destinationPort)
  if (node === undefined || compiled === undefined)
    return failed(`nothing of ours listens at port ${packet.destinationPort} of ${name}`)
  const { link, publicKey } = compiled.device
  if (publicKey !== end.peer.publicKey) return failed(`${link} of ${name} has another key`, hasAnotherKey(name))
  const peer = compiled.peers.get(end.compiled.device.publicKey)
  return peer === undefined
    ? failed(doesNotKnow(link, name, end.node.name), hasAnotherKey(end.node.name), lacksPeer(link, name))
    : { node, compiled, peer }
}

const handshake = ({ compiled }: End, { address, port }: Endpoint): Omit<Packet, 'source'> => {
  const payload = { kind: 'handshake' as const, key: compiled.device.publicKey }
  return {
    family: address.family,
    destination: address,
    protocol: 'udp',
    sourcePort: compiled.device.listenPort,
    destinationPort: port,
    sizeBytes: wrappedBytes(payload, address.family),
    mark: compiled.device.mark,
    payload,
  }
}

/** What `sender` says to who began. */
const answerTo = ({ node, compiled }: End, address: Address, sender: End, asked: Endpoint | undefined): Answer => ({
  node: node.name,
  address,
  port: compiled.device.listenPort,
  ...(asked && { asked }),
  translations: [],
  trackedBy: new Set([sender.node.name]),
})

/** The far end began: this one answers to where it was heard from, as long as that leads there. */
function heardFrom(
  network: CompiledNetwork,
  end: End,
  far: End,
  back: Extract<Attempt, { kind: 'opened' }>,
  send: Sender,
): Session {
  const up = {
    kind: 'up' as const,
    endpoint: back.seen,
    to: { node: far.node.name, link: far.compiled.device.link },
    isOpenedByPeer: true,
  }
  // It roams: who was heard from once is found there again, unless something on the way forgets.
  const again = tryToOpen(network, end, back.seen, send)
  if (again.kind === 'opened' && isSameDevice(again.far, far)) return up
  const answering = { ...up, answer: answerTo(far, back.own, end, far.peer.endpoint) }
  const lapse = whyItLapses(network, end, far)
  if (lapse === undefined) return answering
  // Who has an endpoint tries it too, and meets the other's packets on their way.
  return end.peer.endpoint === undefined
    ? { kind: 'none', reason: lapse, entry: far.peer, causes: [forgotten(far.node.name)] }
    : { ...answering, warning: lapse }
}

/** The far end alone can begin: it has to keep the session alive, and often enough. */
function whyItLapses(network: CompiledNetwork, end: End, far: End): string | undefined {
  const { keepaliveSeconds } = far.peer
  const only = `only ${far.node.name} can begin the session with ${end.node.name}`
  if (keepaliveSeconds === 0) return `${only}, and it keeps none alive (PersistentKeepalive is off)`
  const nat = natOf(network, far.node.name)
  const patience = (nat?.kind === 'masquerade' ? nat.timeoutSeconds : undefined) ?? Number.POSITIVE_INFINITY
  return keepaliveSeconds > patience
    ? `${only}; its NAT forgets after ${patience} s, and it keeps the session alive every ${keepaliveSeconds} s`
    : undefined
}

function natOf({ index: { underlay } }: CompiledNetwork, node: string) {
  const host = underlay.hosts.get(node)
  return host && underlay.networks.get(host.network)?.uplink?.nat
}

/** Firewalls that keep state: where each side sends to where the other is seen, both let the other in. */
function bothAtOnce(end: End, far: End, there: Failure, back: Failure): Session | undefined {
  const { endpoint } = end.peer
  const own = stoppedAsSeen(there, far.peer.endpoint, far)
  if (endpoint === undefined || own === undefined || stoppedAsSeen(back, endpoint, end) === undefined) return undefined
  const to = { node: far.node.name, link: far.compiled.device.link }
  const { keepaliveSeconds } = end.peer
  const isKept = keepaliveSeconds > 0 || far.peer.keepaliveSeconds > 0
  const warning = `neither ${end.node.name} nor ${far.node.name} lets the other begin: their session lasts while both speak`
  const answer = answerTo(far, own.destination, end, far.peer.endpoint)
  return { kind: 'up', endpoint, to, answer, isOpenedByPeer: false, ...(!isKept && { warning }) }
}

/** The packet that was stopped in front of this end, where it came from the endpoint to which that sends. */
function stoppedAsSeen({ stopped }: Failure, endpoint: Endpoint | undefined, at: End): Packet | undefined {
  const isSeen =
    stopped !== undefined &&
    endpoint !== undefined &&
    stopped.node === at.node.name &&
    stopped.packet.destinationPort === at.compiled.device.listenPort &&
    stopped.packet.sourcePort === endpoint.port &&
    equalAddresses(stopped.packet.source, endpoint.address)
  return isSeen ? stopped.packet : undefined
}
