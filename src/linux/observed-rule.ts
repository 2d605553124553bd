// Our policy rules: by protocol and preference.
import { PREFERENCE, PROTOCOL, type Rule, rule } from '../model/index.ts'
import type { RuleRecord } from './rtnetlink/rule-message.ts'
import type { Rtnetlink } from './rtnetlink.ts'

const PREFERENCES: ReadonlySet<number> = new Set(Object.values(PREFERENCE))
const IPPROTO_UDP = 17

export const observeRules = (rtnetlink: Rtnetlink): Rule[] =>
  ([4, 6] as const).flatMap((family) => rtnetlink.rules(family).flatMap((record) => tryRule(record) ?? []))

/** Undefined also for a rule with our mark and a form that we never make: asked to delete it, the kernel might take ours. */
function tryRule(record: RuleRecord): Rule | undefined {
  const { family, preference, table, protocol, suppressPrefixLength } = record
  if (protocol !== PROTOCOL || !PREFERENCES.has(preference)) return undefined
  const { isInverted, mark, mask, inputLink, transport, destinationPort, to } = record
  const isMarked = mark !== undefined
  if (isMarked !== (isInverted === true) || mark !== mask) return undefined
  const isOfPort = destinationPort !== undefined
  if ((isOfPort || to !== undefined) !== (inputLink === 'lo') || isOfPort !== (transport === IPPROTO_UDP))
    return undefined
  return rule({
    family,
    preference,
    table,
    ...(isMarked && { withoutMark: mark }),
    ...(suppressPrefixLength !== undefined && { suppressPrefixLength }),
    ...(isOfPort && { ownUdpPort: destinationPort }),
    ...(to !== undefined && { ownTo: to }),
    because: [],
  })
}
