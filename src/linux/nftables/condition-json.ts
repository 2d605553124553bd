// The conditions of a rule in libnftables' JSON, both ways. What is read is only known if it has exactly the form we write.
import {
  type Address,
  type Family,
  type FilterCondition,
  formatAddress,
  hostPrefix,
  type Prefix,
  prefixOf,
  tryAddress,
} from '../../model/index.ts'
import { at, hasOnly, sameFlags } from './json.ts'

const PROTOCOLS: Readonly<Record<Family, string>> = { 4: 'ip', 6: 'ip6' }
const FIELDS = { source: 'saddr', destination: 'daddr' } as const
const LINK_KEYS = { in: 'iifname', out: 'oifname' } as const
const CT_STATUS = { ct: { key: 'status' } }
const TCP_FLAGS = { payload: { protocol: 'tcp', field: 'flags' } }

export function encodeCondition(condition: FilterCondition): object {
  switch (condition.kind) {
    case 'address':
      return match(
        condition,
        { payload: { protocol: PROTOCOLS[condition.family], field: FIELDS[condition.field] } },
        typeof condition.in === 'string' ? `@${condition.in}` : encodePrefix(condition.in),
      )
    case 'link':
      return match(condition, { meta: { key: LINK_KEYS[condition.direction] } }, condition.name)
    case 'next-hop':
      return match(condition, { rt: { key: 'nexthop', family: PROTOCOLS[condition.family] } }, `@${condition.in}`)
    case 'mark':
      return match(condition, { '&': [{ meta: { key: 'mark' } }, condition.mask] }, condition.mask)
    case 'translated-destination':
      return { match: { op: condition.not ? '!' : 'in', left: CT_STATUS, right: 'dnat' } }
    case 'not-local-destination':
      return match({ not: true }, { fib: { result: 'type', flags: ['daddr'] } }, 'local')
    case 'tcp-syn':
      return match({}, { '&': [TCP_FLAGS, ['syn', 'rst']] }, 'syn')
  }
}

const match = ({ not }: { readonly not?: true }, left: object, right: unknown): object => ({
  match: { op: not ? '!=' : '==', left, right },
})

/** Undefined: no condition of ours. */
export function tryCondition(match: unknown): FilterCondition | undefined {
  const [op, left, right] = [at(match, 'op'), at(match, 'left'), at(match, 'right')]
  if (op === 'in' || op === '!') return tryTranslated(left, right, op)
  if (op !== '==' && op !== '!=') return undefined
  const not = op === '!=' ? ({ not: true } as const) : {}
  return (
    tryAddressMatch(left, right, not) ??
    tryLink(left, right, not) ??
    tryNextHop(left, right, not) ??
    tryPlain(left, right, op)
  )
}

type Not = { readonly not?: true }

function tryAddressMatch(left: unknown, right: unknown, not: Not): FilterCondition | undefined {
  const family = tryFamily(at(left, 'payload', 'protocol'))
  const field = at(left, 'payload', 'field')
  const to = typeof right === 'string' && right.startsWith('@') ? right.slice(1) : tryElement(right)
  if (family === undefined || (field !== 'saddr' && field !== 'daddr') || to === undefined) return undefined
  return { kind: 'address', family, field: field === 'saddr' ? 'source' : 'destination', ...not, in: to }
}

function tryLink(left: unknown, right: unknown, not: Not): FilterCondition | undefined {
  const key = at(left, 'meta', 'key')
  if ((key !== 'iifname' && key !== 'oifname') || typeof right !== 'string') return undefined
  return { kind: 'link', direction: key === 'iifname' ? 'in' : 'out', ...not, name: right }
}

function tryNextHop(left: unknown, right: unknown, not: Not): FilterCondition | undefined {
  const family = tryFamily(at(left, 'rt', 'family'))
  if (
    at(left, 'rt', 'key') !== 'nexthop' ||
    family === undefined ||
    typeof right !== 'string' ||
    !right.startsWith('@')
  )
    return undefined
  return { kind: 'next-hop', family, ...not, in: right.slice(1) }
}

// A bit of a field of bits: the opposite of `in` is `!`.
function tryTranslated(left: unknown, right: unknown, op: 'in' | '!'): FilterCondition | undefined {
  if (at(left, 'ct', 'key') !== 'status' || right !== 'dnat') return undefined
  return { kind: 'translated-destination', ...(op === '!' && { not: true as const }) }
}

function tryPlain(left: unknown, right: unknown, op: '==' | '!='): FilterCondition | undefined {
  const mask = tryMask(left, right)
  if (mask !== undefined) return { kind: 'mark', ...(op === '!=' && { not: true as const }), mask }
  if (op === '!=') {
    const isFib = at(left, 'fib', 'result') === 'type' && sameFlags(at(left, 'fib', 'flags'), ['daddr'])
    return isFib && right === 'local' ? { kind: 'not-local-destination' } : undefined
  }
  const masked = at(left, '&')
  const [field, flags] = Array.isArray(masked) ? masked : []
  const isTcpFlags = at(field, 'payload', 'protocol') === 'tcp' && at(field, 'payload', 'field') === 'flags'
  return isTcpFlags && right === 'syn' && sameFlags(flags, ['syn', 'rst']) ? { kind: 'tcp-syn' } : undefined
}

// `mark & M == M`; a mask of leading ones comes back as a prefix: `mark 0x80000000/1`; one of all ones as the number.
function tryMask(left: unknown, right: unknown): number | undefined {
  if (at(left, 'meta', 'key') === 'mark') {
    const length = at(right, 'prefix', 'len')
    const ones = typeof length === 'number' ? (-1 << (32 - length)) >>> 0 : 0xffff_ffff
    return ones === (at(right, 'prefix', 'addr') ?? right) ? ones : undefined
  }
  const masked = at(left, '&')
  if (!Array.isArray(masked) || masked.length !== 2 || at(masked[0], 'meta', 'key') !== 'mark') return undefined
  return typeof right === 'number' && masked[1] === right ? right : undefined
}

const tryFamily = (protocol: unknown): Family | undefined =>
  protocol === 'ip' ? 4 : protocol === 'ip6' ? 6 : undefined

/** A prefix as it stands in rules and among the elements of a set. */
export const encodePrefix = (prefix: Prefix): string | object => {
  const addr = formatAddress(prefix)
  return prefix.length === (prefix.family === 4 ? 32 : 128) ? addr : { prefix: { addr, len: prefix.length } }
}

/** Undefined: no address and no prefix. */
export function tryElement(element: unknown): Prefix | undefined {
  if (typeof element === 'string') {
    const address = tryAddress(element)
    return address && hostPrefix(address)
  }
  const address = hasOnly(element, ['prefix']) ? tryAddressText(at(element, 'prefix', 'addr')) : undefined
  const length = at(element, 'prefix', 'len')
  if (address === undefined || !Number.isInteger(length)) return undefined
  return tryPrefixOf(address, Number(length))
}

const tryAddressText = (text: unknown): Address | undefined => (typeof text === 'string' ? tryAddress(text) : undefined)

const tryPrefixOf = (address: Address, length: number): Prefix | undefined =>
  length >= 0 && length <= (address.family === 4 ? 32 : 128) ? prefixOf(address, length) : undefined
