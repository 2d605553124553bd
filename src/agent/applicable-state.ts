// A plan may hold what stands for something not known yet: the key of a node whose agent has not come up, and the link of a
// private address that nobody has found. Neither may reach a kernel.
import type { Entry, FilterTable, NodeState } from '../model/index.ts'

/** The state without what names something unknown. Parts in which nothing is missing stay the shared lists they are. */
export function applicableState(state: NodeState, unknownLink: string): NodeState {
  const isApplicable = (entry: Entry): boolean => !namesMissingKey(entry) && !namesLink(entry, unknownLink)
  return {
    ...state,
    parts: state.parts.map((part) =>
      part.every(isApplicable)
        ? part
        : part.flatMap((entry) => {
            if (isApplicable(entry)) return [entry]
            return entry.kind === 'filter-table' ? [withoutRulesFor(entry, unknownLink)] : []
          }),
    ),
  }
}

const namesMissingKey = (entry: Entry): boolean =>
  (entry.kind === 'wireguard-peer' || entry.kind === 'wireguard-device') && entry.publicKey.startsWith('?')

function namesLink(entry: Entry, link: string): boolean {
  switch (entry.kind) {
    case 'sysctl':
      return entry.key.includes(`/${link}/`)
    case 'route':
      if (entry.target.kind === 'via') return entry.target.hops.some((hop) => hop.link === link)
      return entry.target.kind === 'link' && entry.target.link === link
    case 'filter-table':
      return entry.chains.some(({ rules }) => rules.some((rule) => isRuleFor(rule, link)))
    case 'link':
    case 'rule':
    case 'next-hop-group':
      return false
    default:
      return entry.link === link
  }
}

/** The filter must stand whatever is missing: it loses only the rules that name the link. */
const withoutRulesFor = (table: FilterTable, link: string): FilterTable => ({
  ...table,
  chains: table.chains.map((chain) => ({ ...chain, rules: chain.rules.filter((rule) => !isRuleFor(rule, link)) })),
})

const isRuleFor = ({ when }: FilterTable['chains'][number]['rules'][number], link: string): boolean =>
  when.some((condition) => condition.kind === 'link' && condition.name === link)
