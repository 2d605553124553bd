// What is wrong with hand-written files: where, what follows from it, and what to write in its place.
import { comparePlaces, type Place } from './place.ts'

export const FINDING_CODES = [
  'syntax',
  'host-bits',
  'repeated-key',
  'not-understood',
  'own-network',
  'own-key',
  'taken-prefix',
  'peer-twice',
  'empty-peer',
  'prefixes-in-circles',
  'unknown-key',
  'private-key',
  'placeholder',
  'key-of-another',
  'shared-key',
  'cannot-be-told',
  'no-peer',
  'not-accepted',
  'no-way-on',
  'circle',
  'no-endpoint',
  'endpoint-in-tunnel',
  'shared-endpoint',
  'differing-endpoint',
  'port',
  'keepalive',
  'preshared-key',
  'taken-address',
  'address-elsewhere',
  'address-without-peer',
  'mtu',
  'forgotten',
  'forwarding',
] as const

export type FindingCode = (typeof FINDING_CODES)[number]

/** A note is no mistake: what was not looked at, or cannot be seen from the files. */
export type FindingSeverity = 'error' | 'warning' | 'note'

export type Finding = {
  readonly severity: FindingSeverity
  readonly code: FindingCode
  /** Where one would change something. */
  readonly place: Place
  readonly what: string
  /** What comes of it. */
  readonly follows?: string | undefined
  /** What to write, or to do. */
  readonly write?: string | undefined
  /** Other places that take part. */
  readonly related: readonly { readonly place: Place; readonly what: string }[]
  /** Who cannot reach whom because of it, ascending. */
  readonly unreachable: readonly Pair[]
}

/** Names of machines: who sends, and to whom. */
export type Pair = { readonly from: string; readonly to: string }

/** A finding that is still being put together. */
export type Draft = Omit<Finding, 'related' | 'unreachable'> & {
  readonly related?: Finding['related'] | undefined
  /** Peers and interfaces at which packets are lost because of it: such losses are put down here, and not told a second time. */
  readonly subjects?: readonly object[] | undefined
  /** Peers, and places of allowed IPs, by which packets leave that are lost because of it. */
  readonly origins?: readonly object[] | undefined
}

export const sortFindings = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted((a, b) => comparePlaces(a.place, b.place))

export const hasErrors = (findings: readonly Finding[]): boolean =>
  findings.some(({ severity }) => severity === 'error')
