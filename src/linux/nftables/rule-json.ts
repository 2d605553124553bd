// The rules of a chain in libnftables' JSON, both ways.
import { type FilterRule, type FilterVerdict, formatAddress, tryAddress } from '../../model/index.ts'
import { encodeCondition, tryCondition } from './condition-json.ts'
import { at, hasOnly, only, sameFlags } from './json.ts'

const CLAMP = { key: { 'tcp option': { name: 'maxseg', field: 'size' } }, value: { rt: { key: 'mtu' } } }
const MASQUERADE_FLAGS = ['random', 'fully-random']

/** The `expr` and `comment` of a rule. */
export const encodeRule = ({ when, verdict, comment }: FilterRule): object => ({
  expr: [...when.map(encodeCondition), { counter: { packets: 0, bytes: 0 } }, encodeVerdict(verdict)],
  comment,
})

function encodeVerdict(verdict: FilterVerdict): object {
  switch (verdict.kind) {
    case 'drop':
      return { drop: null }
    case 'notrack':
      return { notrack: null }
    case 'clamp-mss':
      return { mangle: CLAMP }
    case 'snat':
      return { snat: { family: verdict.to.family === 4 ? 'ip' : 'ip6', addr: formatAddress(verdict.to) } }
    case 'masquerade':
      return { masquerade: { flags: MASQUERADE_FLAGS } }
  }
}

/** A rule that is not of our making becomes one that no plan holds, and says so. */
export function decodeRule(rule: unknown): FilterRule {
  const when: FilterRule['when'][number][] = []
  const expressions = at(rule, 'expr')
  const comment = at(rule, 'comment')
  if (!Array.isArray(expressions)) return foreignRule(rule)
  for (const expression of expressions.slice(0, -2)) {
    const condition = tryCondition(hasOnly(expression, ['match']) ? at(expression, 'match') : undefined)
    if (condition === undefined) return foreignRule(expressions)
    when.push(condition)
  }
  const verdict = tryVerdict(expressions.at(-1))
  const isCounted = hasOnly(expressions.at(-2), ['counter'])
  return verdict !== undefined && isCounted && typeof comment === 'string'
    ? { when, verdict, comment }
    : foreignRule(expressions)
}

/** Stands for what somebody else put into our table: a plan never holds it, so it differs. */
export const foreignRule = (what: unknown): FilterRule => ({
  when: [],
  verdict: { kind: 'drop' },
  comment: `not by Damask: ${JSON.stringify(what, withoutCounts).slice(0, 400)}`,
})

// Or the text would be another one after each packet.
const withoutCounts = (key: string, value: unknown): unknown =>
  key === 'packets' || key === 'bytes' || key === 'handle' ? undefined : value

function tryVerdict(expression: unknown): FilterVerdict | undefined {
  const [kind, inner] = only(expression) ?? []
  switch (kind) {
    case 'drop':
    case 'notrack':
      return inner === null ? { kind } : undefined
    case 'mangle':
      return isClamp(inner) ? { kind: 'clamp-mss' } : undefined
    case 'snat':
      return trySnat(inner)
    case 'masquerade':
      return hasOnly(inner, ['flags']) && sameFlags(at(inner, 'flags'), MASQUERADE_FLAGS) ? { kind } : undefined
    default:
      return undefined
  }
}

const isClamp = (mangle: unknown): boolean =>
  at(mangle, 'key', 'tcp option', 'name') === 'maxseg' &&
  at(mangle, 'key', 'tcp option', 'field') === 'size' &&
  at(mangle, 'value', 'rt', 'key') === 'mtu'

function trySnat(snat: unknown): FilterVerdict | undefined {
  const addr = at(snat, 'addr')
  const to = hasOnly(snat, ['family', 'addr']) && typeof addr === 'string' ? tryAddress(addr) : undefined
  return to && { kind: 'snat', to }
}
