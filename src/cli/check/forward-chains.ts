// What other programs' packet filters do to packets that this machine forwards. An accept of ours cannot overrule a drop of theirs.
import { containsPrefix, formatPrefix, type Prefix, prefixOf, tryAddress } from '../../model/index.ts'

/** A base chain of the hook `forward` that drops, by its policy or its last rule, what nothing accepts. */
export type ForwardDrop = {
  /** `ip filter FORWARD` */
  readonly chain: string
  /** Of iptables-legacy: neither nft nor today's iptables shows or changes it. */
  readonly isLegacy?: true
  readonly owner: 'Docker' | 'firewalld' | 'ufw' | 'somebody'
  /** Pod prefixes for which the table has no accepting rule. */
  readonly refused: readonly string[]
}

type Chain = {
  readonly family: string
  readonly table: string
  readonly name: string
  readonly hook?: string
  readonly policy?: string
}
type Rule = {
  readonly family: string
  readonly table: string
  readonly chain: string
  readonly expr?: readonly object[]
}

/** `listing`: of `nft -j list ruleset` (libnftables-json(5)). Tables of ours are left out. */
export function findForwardDrops(listing: readonly unknown[], podPrefixes: readonly Prefix[]): readonly ForwardDrop[] {
  const chains = listing.flatMap((entry) => fieldOf<Chain>(entry, 'chain')).filter(({ table }) => table !== 'damask')
  const rules = listing.flatMap((entry) => fieldOf<Rule>(entry, 'rule'))
  return chains.flatMap((chain) => {
    if (chain.hook !== 'forward') return []
    const own = rules.filter((rule) => rule.chain === chain.name && isOfTable(rule, chain))
    if (own.some(acceptsAll) || (chain.policy !== 'drop' && !refusesTheRest(own.at(-1)))) return []
    const prefixes = podPrefixes.filter(({ family }) => hears(chain.family, family))
    const table = rules.filter((rule) => isOfTable(rule, chain))
    const refused = prefixes.filter((prefix) => !table.some((rule) => accepts(rule, prefix)))
    // Where no range is known, that it drops is all that can be said.
    if (refused.length === 0 && podPrefixes.length > 0) return []
    const names = chains.filter((one) => isOfTable(one, chain)).map(({ name }) => name)
    const title = `${chain.family} ${chain.table} ${chain.name}`
    return [{ chain: title, owner: ownerOf(chain.table, names), refused: refused.map(formatPrefix) }]
  })
}

const fieldOf = <Value>(entry: unknown, field: string): readonly Value[] =>
  typeof entry === 'object' && entry !== null && field in entry
    ? [(entry as Record<string, Value>)[field] as Value]
    : []

type Placed = { readonly family: string; readonly table: string }
const isOfTable = (one: Placed, other: Placed): boolean => one.family === other.family && one.table === other.table

const hears = (table: string, family: number): boolean => table === 'inet' || table === (family === 4 ? 'ip' : 'ip6')

const verdictOf = ({ expr = [] }: Rule): string | undefined =>
  expr.flatMap((one) => Object.keys(one)).find((word) => word === 'accept' || word === 'drop' || word === 'reject')

/** As firewalld ends its chains: a rule without a condition. */
const refusesTheRest = (rule: Rule | undefined): boolean =>
  rule !== undefined && (verdictOf(rule) === 'drop' || verdictOf(rule) === 'reject') && isUnconditional(rule)

const acceptsAll = (rule: Rule): boolean => verdictOf(rule) === 'accept' && isUnconditional(rule)

const isUnconditional = ({ expr = [] }: Rule): boolean =>
  expr.every((one) => ['counter', 'log', 'accept', 'drop', 'reject'].includes(Object.keys(one)[0] ?? ''))

/** Some rule lets through what names the prefix, or a larger one: whether it does so at the right place is left to people. */
function accepts(rule: Rule, prefix: Prefix): boolean {
  const { expr = [] } = rule
  // iptables-nft marks what it accepts by chains of Docker or Kubernetes by a jump.
  const hasVerdict = verdictOf(rule) === 'accept' || expr.some((one) => 'jump' in one || 'goto' in one)
  return hasVerdict && prefixesIn(expr).some((named) => containsPrefix(named, prefix))
}

const PREFIX = /"addr":"([^"]+)","len":(\d+)/g

/** Alone, or in a set. */
const prefixesIn = (expr: readonly object[]): readonly Prefix[] =>
  [...JSON.stringify(expr).matchAll(PREFIX)].flatMap(([, text = '', length]) => {
    const address = tryAddress(text)
    return address === undefined ? [] : [prefixOf(address, Number(length))]
  })

function ownerOf(table: string, chains: readonly string[]): ForwardDrop['owner'] {
  if (table === 'firewalld') return 'firewalld'
  if (chains.some((name) => name.startsWith('DOCKER'))) return 'Docker'
  if (chains.some((name) => name.startsWith('ufw'))) return 'ufw'
  return 'somebody'
}
