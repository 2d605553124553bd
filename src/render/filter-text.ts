// Our packet filter as `nft list table inet damask` prints it, with counters that count nothing yet; `nft -f` reads it back.
import {
  type Family,
  type FilterChain,
  type FilterCondition,
  type FilterRule,
  type FilterSet,
  type FilterTable,
  type FilterVerdict,
  formatAddress,
  type Prefix,
} from '../model/index.ts'
import { formatHostOrPrefix } from './kernel-names.ts'

export function formatFilterTable({ name, sets, chains }: FilterTable): string {
  const blocks = [...sets.map(formatSet), ...chains.map(formatChain)]
  return `table inet ${name} {\n${blocks.join('\n\n')}\n}`
}

/** How many elements nft 1.0.6 writes on a line of a set, and where its next line begins. */
const ELEMENTS_PER_LINE = { 4: 2, 6: 1 } as const
const NEXT_LINE = `,\n\t\t\t     `

function formatSet({ name, family, elements }: FilterSet): string {
  const lines = [`\tset ${name} {`, `\t\ttype ipv${family}_addr`, '\t\tflags interval']
  if (elements.length > 0) lines.push(`\t\telements = { ${formatElements(elements, ELEMENTS_PER_LINE[family])} }`)
  return [...lines, '\t}'].join('\n')
}

function formatElements(elements: readonly Prefix[], perLine: number): string {
  const texts = elements.map(formatHostOrPrefix)
  return texts.reduce((text, element, index) => text + (index % perLine === 0 ? NEXT_LINE : ', ') + element)
}

function formatChain({ name, type, hook, priority, rules }: FilterChain): string {
  const head = `\t\ttype ${type} hook ${hook} priority ${formatPriority(hook, priority)}; policy accept;`
  return [`\tchain ${name} {`, head, ...rules.map((rule) => `\t\t${formatFilterRule(rule)}`), '\t}'].join('\n')
}

/** Names of priorities, linux/netfilter_ipv4.h; those of NAT hold in their own hook alone. */
const PRIORITIES: readonly { readonly name: string; readonly value: number; readonly hook?: FilterChain['hook'] }[] = [
  { name: 'raw', value: -300 },
  { name: 'mangle', value: -150 },
  { name: 'dstnat', value: -100, hook: 'prerouting' },
  { name: 'filter', value: 0 },
  { name: 'security', value: 50 },
  { name: 'srcnat', value: 100, hook: 'postrouting' },
]

/** `srcnat - 1`: nft names what is within 10 of a name. */
function formatPriority(hook: FilterChain['hook'], priority: number): string {
  for (const { name, value, hook: only } of PRIORITIES) {
    const beyond = priority - value
    if ((only !== undefined && only !== hook) || Math.abs(beyond) > 10) continue
    return beyond === 0 ? name : `${name} ${beyond < 0 ? '-' : '+'} ${Math.abs(beyond)}`
  }
  return String(priority)
}

/** `ip saddr != @own4 counter drop comment "leak"` */
export function formatFilterRule({ when, verdict, comment }: FilterRule): string {
  const words = [...when.map(formatCondition), 'counter', formatVerdict(verdict)]
  return comment === '' ? words.join(' ') : `${words.join(' ')} comment "${comment}"`
}

function formatCondition(condition: FilterCondition): string {
  switch (condition.kind) {
    case 'address': {
      const field = condition.field === 'source' ? 'saddr' : 'daddr'
      const operand = typeof condition.in === 'string' ? `@${condition.in}` : formatHostOrPrefix(condition.in)
      return `${protocolOf(condition.family)} ${field} ${negation(condition)}${operand}`
    }
    case 'link':
      return `${condition.direction === 'in' ? 'iifname' : 'oifname'} ${negation(condition)}"${condition.name}"`
    case 'next-hop':
      return `rt ${protocolOf(condition.family)} nexthop ${negation(condition)}@${condition.in}`
    case 'mark': {
      const mask = `0x${condition.mask.toString(16).padStart(8, '0')}`
      return `meta mark & ${mask} ${condition.not ? '!=' : '=='} ${mask}`
    }
    case 'translated-destination':
      return `ct status ${condition.not ? '! ' : ''}dnat`
    case 'not-local-destination':
      return 'fib daddr type != local'
    case 'tcp-syn':
      return 'tcp flags syn / syn,rst'
  }
}

const negation = ({ not }: { readonly not?: true }): string => (not ? '!= ' : '')

const protocolOf = (family: Family): string => (family === 4 ? 'ip' : 'ip6')

function formatVerdict(verdict: FilterVerdict): string {
  switch (verdict.kind) {
    case 'drop':
    case 'notrack':
      return verdict.kind
    case 'clamp-mss':
      return 'tcp option maxseg size set rt mtu'
    case 'snat':
      return `snat ${protocolOf(verdict.to.family)} to ${formatAddress(verdict.to)}`
    case 'masquerade':
      return 'masquerade random,fully-random'
  }
}
