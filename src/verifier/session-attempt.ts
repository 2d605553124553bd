// What came of one side's try to open a WireGuard session: its handshake goes to an endpoint, and the answer comes back or not.
import { type Address, type Endpoint, formatEndpoint } from '../model/index.ts'
import type { CompiledNetwork } from './compiled-network.ts'
import type { CompiledNode } from './compiled-node.ts'
import { answerTo, handshake } from './handshake.ts'
import type { Branch, Cause } from './hop.ts'
import type { Packet } from './packet.ts'
import { causesOf, doesNotKnow, hasAnotherKey, lacksPeer, NO_ENDPOINT } from './session-causes.ts'
import type { SessionEnd } from './session-end.ts'

/** Sends a packet that the machine itself makes. */
export type Sender = (node: CompiledNode, packet: Omit<Packet, 'source'>) => readonly Branch[]

export type Attempt =
  | { readonly kind: 'opened'; readonly far: SessionEnd; readonly seen: Endpoint; readonly own: Address }
  | {
      readonly kind: 'failed'
      readonly reason: string
      readonly causes: readonly Cause[]
      readonly stopped?: { readonly node: string; readonly packet: Packet }
    }

export type Opened = Extract<Attempt, { kind: 'opened' }>
export type Failure = Extract<Attempt, { kind: 'failed' }>

export function tryToOpen(
  network: CompiledNetwork,
  end: SessionEnd,
  endpoint: Endpoint | undefined,
  send: Sender,
): Attempt {
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
function deviceAt(network: CompiledNetwork, name: string, packet: Packet, end: SessionEnd): SessionEnd | Failure {
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
