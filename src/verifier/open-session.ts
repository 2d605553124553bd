// Whether two WireGuard devices can speak: who is able to begin, by which endpoint, and whether the keys of both sides agree.
import type { WireguardPeer } from '../model/index.ts'
import { bothAtOnce } from './both-at-once.ts'
import type { CompiledNetwork } from './compiled-network.ts'
import { hasToSay } from './has-to-say.ts'
import { heardFrom } from './heard-from.ts'
import type { Cause } from './hop.ts'
import type { Session } from './session.ts'
import { type Failure, type Sender, tryToOpen } from './session-attempt.ts'
import { distinct, doesNotKnow, hasAnotherKey, lacksPeer, NO_ENDPOINT, unknownKey } from './session-causes.ts'
import { farEnds, isSameDevice, type SessionEnd } from './session-end.ts'

/** Between the device of this node and one of its peers; worked out once. */
export function sessionOf(network: CompiledNetwork, end: SessionEnd, send: Sender): Session {
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

function openSession(network: CompiledNetwork, end: SessionEnd, send: Sender): Session {
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

function nobodyHasThem(network: CompiledNetwork, { node, peer }: SessionEnd, { reason, causes }: Failure): Session {
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
