// A table of iptables-legacy in the words of nftables, so that one judge does for both.

import type { LegacyChain, LegacyRule, LegacyTarget } from '../../linux/index.ts'
import { formatAddress, type Prefix } from '../../model/index.ts'

/** As `nft -j list ruleset` would say it, as far as what drops forwarded packets is concerned (libnftables-json(5)). */
export function legacyListing(family: 'ip' | 'ip6', chains: readonly LegacyChain[]): readonly unknown[] {
  const place = { family, table: 'filter' }
  return chains.flatMap(({ name, policy, rules }) => [
    { chain: { ...place, name, ...(policy && { hook: name.toLowerCase(), policy }) } },
    ...rules.map((rule) => ({ rule: { ...place, chain: name, expr: expressionsOf(rule) } })),
  ])
}

const expressionsOf = ({ source, destination, hasOtherConditions, target }: LegacyRule): readonly object[] => [
  ...(source ? [matchOf('saddr', source)] : []),
  ...(destination ? [matchOf('daddr', destination)] : []),
  ...(hasOtherConditions ? [{ xt: { type: 'match' } }] : []),
  ...verdictOf(target),
]

const matchOf = (field: string, prefix: Prefix): object => ({
  match: {
    op: '==',
    left: { payload: { field } },
    right: { prefix: { addr: formatAddress(prefix), len: prefix.length } },
  },
})

function verdictOf(target: LegacyTarget): readonly object[] {
  switch (target.kind) {
    case 'none':
      return []
    case 'jump':
      return [{ jump: { target: target.chain } }]
    case 'extension':
      return target.name === 'REJECT' || target.name === 'LOG'
        ? [{ [target.name.toLowerCase()]: null }]
        : [{ xt: { type: 'target', name: target.name } }]
    default:
      return [{ [target.kind]: null }]
  }
}
