// Our policy rules: by protocol and preference.
import { type Family, PREFERENCE, PROTOCOL, type Rule, rule } from '../model/index.ts'
import type { NamespaceHandle } from './namespace.ts'
import type { RuleRecord } from './rtnetlink/rule-message.ts'
import type { Rtnetlink } from './rtnetlink.ts'
import { readSysctl } from './sysctl.ts'
import { codeOf, systemError } from './system-error.ts'

const PREFERENCES: ReadonlySet<number> = new Set(Object.values(PREFERENCE))
const IPPROTO_UDP = 17
const EOPNOTSUPP = 95

type Place = { readonly rtnetlink: Pick<Rtnetlink, 'rules'>; readonly namespace: NamespaceHandle | undefined }

export const observeRules = (place: Place): Rule[] =>
  ([4, 6] as const).flatMap((family) => readRules(place, family).flatMap((record) => tryRule(record) ?? []))

/** Throws where the kernel has no rules: there it puts routes of any table into the main one. */
function readRules({ rtnetlink, namespace }: Place, family: Family): readonly RuleRecord[] {
  try {
    return rtnetlink.rules(family)
  } catch (error) {
    const code = codeOf(error)
    if (code !== 'EAFNOSUPPORT' && code !== 'EOPNOTSUPP') throw error
    if (family === 6 && readSysctl(namespace, 'net/ipv6/conf/all/forwarding') === undefined) return [] // no IPv6 at all
    const option = family === 6 ? 'CONFIG_IPV6_MULTIPLE_TABLES' : 'CONFIG_IP_MULTIPLE_TABLES'
    const lack = `this kernel has no policy rules for IPv${family}; take one with ${option}`
    throw systemError('cannot read the rules', EOPNOTSUPP, lack)
  }
}

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
