// What the lack of a WireGuard session can be put down to, in words that are the same for all sessions that lack for it.
import type { Cause, Verdict } from './hop.ts'

export const NO_ENDPOINT: Cause = { kind: 'endpoint', text: 'neither side of a tunnel has an endpoint of the other' }

/** The device does not know the key of the node. */
export const doesNotKnow = (link: string, far: string, node: string): string =>
  `${link} of ${far} does not know the key of ${node}`

export const hasAnotherKey = (node: string): Cause => ({
  kind: 'key',
  text: `${node} has another key than others know`,
})

/** On one side a peer or a prefix is missing: what is for it finds no way in there, and what comes from it is dropped. */
export const lacksPeer = (link: string, node: string): Cause => ({
  kind: 'machine',
  text: `${link} of ${node} lacks a peer, or a prefix among the allowed IPs of one`,
})

export const unknownKey = (peer: string): Cause => ({ kind: 'key', text: `no machine has the key of ${peer}` })

export const forgotten = (node: string): Cause => ({
  kind: 'machine',
  text: `${node} alone can begin its sessions, and does not keep them alive`,
})

/** Each text once. */
export const distinct = (causes: readonly Cause[]): readonly Cause[] =>
  causes.filter(({ text }, nth) => causes.findIndex((other) => other.text === text) === nth)

/** Why a handshake or its answer was stopped. */
export function causesOf(verdict: Verdict): readonly Cause[] {
  if (verdict.kind === 'delivered') return [{ kind: 'machine', text: 'answers arrive elsewhere' }]
  if ('causes' in verdict && verdict.causes !== undefined) return verdict.causes
  return [{ kind: 'machine', text: `${verdict.node}: ${'reason' in verdict ? verdict.reason : verdict.kind}` }]
}
