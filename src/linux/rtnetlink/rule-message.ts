// RTM_*RULE: which table is read for which packets. linux/fib_rules.h
import type { Family, Prefix } from '../../model/index.ts'
import { type AttributeType, address, string, u8, u32 } from '../netlink/attribute.ts'
import {
  attributesOf,
  headerOf,
  type Layout,
  type Message,
  message,
  NLM_F_CREATE,
  NLM_F_EXCL,
  type Received,
} from '../netlink/message.ts'
import { malformed } from '../netlink/reader.ts'
import { struct } from '../netlink/struct.ts'
import { table } from '../netlink/table.ts'
import { reserve } from '../netlink/writer.ts'
import { familyNumber, tryFamily } from './family.ts'

export const RTM_NEWRULE = 32
export const RTM_DELRULE = 33
const RTM_GETRULE = 34
const FIB_RULE_INVERT = 2
const FR_ACT_TO_TBL = 1
const NOTHING_SUPPRESSED = 0xffff_ffff

type PortRange = { readonly first: number; readonly last: number }
const portRange: AttributeType<PortRange> = {
  put(to, { first, last }) {
    const at = reserve(to, 4)
    to.view.setUint16(at, first, true)
    to.view.setUint16(at + 2, last, true)
  },
  get({ view }, at, length) {
    if (length < 4) throw malformed(`a port range of ${length} bytes`)
    return { first: view.getUint16(at, true), last: view.getUint16(at + 2, true) }
  },
}

const RULE = {
  header: struct({
    family: 'u8',
    toLength: 'u8',
    fromLength: 'u8',
    tos: 'u8',
    table: 'u8',
    res1: 'u8',
    res2: 'u8',
    action: 'u8',
    flags: 'u32',
  }), // fib_rule_hdr
  attributes: table({
    to: [1, address], // FRA_DST
    inputLink: [3, string], // FRA_IIFNAME; `lo`: what this host itself sends
    preference: [6, u32], // FRA_PRIORITY
    mark: [10, u32], // FRA_FWMARK
    suppressPrefixLength: [14, u32], // FRA_SUPPRESS_PREFIXLEN
    table: [15, u32], // FRA_TABLE
    mask: [16, u32], // FRA_FWMASK
    protocol: [21, u8], // FRA_PROTOCOL
    transport: [22, u8], // FRA_IP_PROTO
    destinationPorts: [24, portRange], // FRA_DPORT_RANGE
  }),
} satisfies Layout<unknown, unknown>

export type RuleRecord = {
  readonly family: Family
  readonly preference: number
  readonly table: number
  /** `not`: packets for which the conditions do not hold. */
  readonly isInverted?: boolean | undefined
  readonly mark?: number | undefined
  readonly mask?: number | undefined
  readonly suppressPrefixLength?: number | undefined
  readonly inputLink?: string | undefined
  readonly to?: Prefix | undefined
  /** IPPROTO_*: 17 is UDP. */
  readonly transport?: number | undefined
  readonly destinationPort?: number | undefined
  /** Who made it; 0: not said. */
  readonly protocol?: number | undefined
}

export const addRuleMessage = (rule: RuleRecord): Message => ruleMessage(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule)
/** Only a rule that is the same in all that is given, the protocol too. */
export const deleteRuleMessage = (rule: RuleRecord): Message => ruleMessage(RTM_DELRULE, 0, rule)
export const dumpRulesMessage = (family: Family): Message =>
  message(RTM_GETRULE, 0, RULE, { family: familyNumber(family) })

function ruleMessage(type: number, flags: number, rule: RuleRecord): Message {
  const { family, isInverted, destinationPort, ...attributes } = rule
  const header = {
    family: familyNumber(family),
    ...(rule.to && { toLength: rule.to.length }),
    action: FR_ACT_TO_TBL,
    flags: isInverted ? FIB_RULE_INVERT : 0,
  }
  const destinationPorts = destinationPort === undefined ? undefined : { first: destinationPort, last: destinationPort }
  return message(type, flags, RULE, header, { ...attributes, destinationPorts })
}

export function tryRuleRecord(received: Received): RuleRecord | undefined {
  const header = headerOf(received, RULE)
  const family = tryFamily(header.family)
  if (family === undefined) return undefined
  const { destinationPorts, to, suppressPrefixLength, preference = 0, table, ...rest } = attributesOf(received, RULE)
  return {
    ...rest,
    family,
    preference,
    table: table ?? header.table,
    isInverted: (header.flags & FIB_RULE_INVERT) !== 0,
    suppressPrefixLength: suppressPrefixLength === NOTHING_SUPPRESSED ? undefined : suppressPrefixLength,
    destinationPort: destinationPorts?.first,
    ...(to && { to: { ...to, length: header.toLength } }),
  }
}
