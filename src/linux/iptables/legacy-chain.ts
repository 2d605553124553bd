// Chains of iptables-legacy as its programs list them.
import type { Prefix } from '../../model/index.ts'

export type LegacyChain = {
  readonly name: string
  /** What happens at its end; left out: it is called by other chains, and goes back to them. */
  readonly policy?: 'accept' | 'drop'
  readonly rules: readonly LegacyRule[]
}

export type LegacyRule = {
  /** Left out: any. */
  readonly source?: Prefix
  readonly destination?: Prefix
  /** It asks for more than these two: links, a protocol, a match, or that something is not so. */
  readonly hasOtherConditions: boolean
  readonly target: LegacyTarget
}

export type LegacyTarget =
  | { readonly kind: 'accept' | 'drop' | 'return' }
  | { readonly kind: 'jump'; readonly chain: string }
  /** `REJECT`, `LOG`; none: it only counts. */
  | { readonly kind: 'extension'; readonly name: string }
  | { readonly kind: 'none' }
