import type { Family } from '../address.ts'
import { formatPrefix, type Prefix } from '../prefix.ts'
import type { Because } from './because.ts'

/** A policy rule: which table is read, and for which packets. Both families have rules of their own. */
export type Rule = {
  readonly kind: 'rule'
  readonly family: Family
  readonly preference: number
  readonly table: number
  /** `not fwmark M/M`: packets without this mark. */
  readonly withoutMark?: number
  /** Ignore routes of the table whose prefix is this long or shorter (FRA_SUPPRESS_PREFIXLEN). */
  readonly suppressPrefixLength?: number
  /** `iif lo ipproto udp dport N`: UDP that this host itself sends to the port. */
  readonly ownUdpPort?: number
  /** `iif lo to P`: what this host itself sends there. */
  readonly ownTo?: Prefix
  readonly because: readonly Because[]
}

export const rule = (fields: Omit<Rule, 'kind'>): Rule => ({ kind: 'rule', ...fields })
export const ruleKey = (entry: Rule): string =>
  `rule ${entry.family} ${entry.preference} ${entry.table} ${entry.withoutMark ?? ''}/${entry.suppressPrefixLength ?? ''}/${entry.ownUdpPort ?? ''}${entry.ownTo ? `/${formatPrefix(entry.ownTo)}` : ''}`
