// Whether two entries do the same to packets: all of them but their reasons. Field by field: of tens of thousands of parts that are made
// anew at every plan hardly one has changed.
import {
  type Address,
  type Entry,
  equalAddresses,
  equalPrefixes,
  type FilterChain,
  type FilterCondition,
  type FilterRule,
  type Prefix,
  type Route,
} from '../../model/index.ts'

export function isSameEntry(a: Entry, b: Entry): boolean {
  if (a === b) return true
  switch (a.kind) {
    case 'route':
      return b.kind === 'route' && isSamePrefix(a.to, b.to) && isSameSlot(a, b)
    case 'sysctl':
      return b.kind === 'sysctl' && a.key === b.key && a.value === b.value
    case 'address':
      return b.kind === 'address' && a.link === b.link && equalAddresses(a.address, b.address)
    case 'rule':
      return (
        b.kind === 'rule' &&
        a.preference === b.preference &&
        a.family === b.family &&
        a.table === b.table &&
        a.withoutMark === b.withoutMark &&
        a.suppressPrefixLength === b.suppressPrefixLength &&
        a.ownUdpPort === b.ownUdpPort &&
        isSameValue(a.ownTo, b.ownTo)
      )
    case 'filter-table':
      return (
        b.kind === 'filter-table' &&
        a.name === b.name &&
        areSameChains(a.chains, b.chains) &&
        a.sets.length === b.sets.length &&
        a.sets.every(({ name, elements }, nth) => {
          const other = b.sets[nth]
          return other !== undefined && name === other.name && areSamePrefixes(elements, other.elements)
        })
      )
    case 'wireguard-peer':
      return b.kind === 'wireguard-peer' && isSamePeer(a, b) && areSamePrefixes(a.allowedIps, b.allowedIps)
    case 'link':
      return (
        b.kind === 'link' &&
        a.name === b.name &&
        a.mtuBytes === b.mtuBytes &&
        a.hardwareAddress === b.hardwareAddress &&
        a.isDown === b.isDown &&
        a.type.kind === b.type.kind &&
        (!('local' in a.type) || isSameValue(a.type, b.type))
      )
    case 'next-hop':
      return b.kind === 'next-hop' && a.id === b.id && a.link === b.link && isSameValue(a.via, b.via)
    default:
      return isSameValue({ ...a, because: undefined }, { ...b, because: undefined })
  }
}

type Peer = Extract<Entry, { kind: 'wireguard-peer' }>

/** Besides its allowed IPs. */
export const isSamePeer = (a: Peer, b: Peer): boolean =>
  a.link === b.link &&
  a.publicKey === b.publicKey &&
  a.keepaliveSeconds === b.keepaliveSeconds &&
  isSameValue(a.endpoint, b.endpoint)

/** Besides their prefixes. */
const isSameSlot = (a: Route, b: Route): boolean =>
  a.table === b.table &&
  (a.source === b.source || isSameValue(a.source, b.source)) &&
  (a.target === b.target || isSameValue(a.target, b.target))

const isSamePrefix = (a: Prefix, b: Prefix): boolean => a === b || equalPrefixes(a, b)

/** What many machines share is compared once. */
function rememberingLast<Value extends object>(
  isSame: (a: Value, b: Value) => boolean,
): (a: Value, b: Value) => boolean {
  const known = new WeakMap<Value, { readonly other: Value; readonly found: boolean }>()
  return (a, b) => {
    if (a === b) return true
    const last = known.get(a)
    if (last?.other === b) return last.found
    const found = isSame(a, b)
    known.set(a, { other: b, found })
    return found
  }
}

/** To look it up would take as long as to compare it. */
const SHORT = 16

function areEachSame(a: readonly Prefix[], b: readonly Prefix[]): boolean {
  for (let nth = 0; nth < a.length; nth++) if (!isSamePrefix(a[nth] as Prefix, b[nth] as Prefix)) return false
  return true
}

const areSameLists = rememberingLast(areEachSame)

export const areSamePrefixes = (a: readonly Prefix[], b: readonly Prefix[]): boolean =>
  a === b || (a.length === b.length && (a.length < SHORT ? areEachSame(a, b) : areSameLists(a, b)))

export function areSameChains(a: readonly FilterChain[], b: readonly FilterChain[]): boolean {
  if (a.length !== b.length) return false
  for (let nth = 0; nth < a.length; nth++)
    if (a[nth] !== b[nth] && !isSameChain(a[nth] as FilterChain, b[nth] as FilterChain)) return false
  return true
}

const isSameChain = rememberingLast(
  (a: FilterChain, b: FilterChain): boolean =>
    a.name === b.name &&
    a.type === b.type &&
    a.hook === b.hook &&
    a.priority === b.priority &&
    a.rules.length === b.rules.length &&
    a.rules.every((rule, nth) => isSameRule(rule, b.rules[nth] as FilterRule)),
)

const isSameRule = (a: FilterRule, b: FilterRule): boolean =>
  a === b ||
  (a.verdict.kind === b.verdict.kind &&
    (a.verdict.kind !== 'snat' || isSameValue(a.verdict, b.verdict)) &&
    areSameConditions(a.when, b.when))

const areSameConditions = rememberingLast(
  (a: FilterRule['when'], b: FilterRule['when']): boolean =>
    a.length === b.length && a.every((condition, nth) => isSameCondition(condition, b[nth] as FilterCondition)),
)

function isSameCondition(a: FilterCondition, b: FilterCondition): boolean {
  if (a === b) return true
  if (a.kind !== 'address') return isSameValue(a, b)
  return (
    b.kind === 'address' &&
    a.family === b.family &&
    a.field === b.field &&
    a.not === b.not &&
    (a.in === b.in || isSameValue(a.in, b.in))
  )
}

/** Of plain data: objects, lists and single values. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b)
  if ('w3' in a && 'w3' in b) return isSamePlace(a as Address & Partial<Prefix>, b as Address & Partial<Prefix>)
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false
    for (let nth = 0; nth < a.length; nth++) if (!isSameValue(a[nth], b[nth])) return false
    return true
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  let count = 0
  for (const key in left) {
    if (left[key] === undefined) continue
    count++
    if (!isSameValue(left[key], right[key])) return false
  }
  for (const key in right) if (right[key] !== undefined) count--
  return count === 0
}

const isSamePlace = (a: Address & Partial<Prefix>, b: Address & Partial<Prefix>): boolean =>
  a.length === b.length && equalAddresses(a, b)
