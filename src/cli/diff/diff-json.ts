// The difference of two plans as plain data for other programs.
import type { EndSet, PairDifference, PairGroup, PlanDifference } from '../../foresight/index.ts'
import { formatAddress } from '../../model/index.ts'
import { verdictJson } from '../trace-json.ts'

export function diffJson(
  { nodes, comes, goes, changes, meaning, sessions, isLost }: PlanDifference,
  notes: readonly string[],
) {
  return {
    isLost,
    nodes,
    comes,
    goes,
    changes,
    meaning: {
      pairs: meaning.pairs,
      differences: meaning.groups.map((group) => ({
        aspect: group.example.aspect,
        change: group.example.change,
        ...pairsJson(group),
        example: {
          from: endJson(group.example.from),
          to: endJson(group.example.to),
          ...(group.example.before && { before: meaningJson(group.example.before) }),
          ...(group.example.after && { after: meaningJson(group.example.after) }),
        },
      })),
    },
    sessions: {
      wireguard: sessions.wireguard,
      addresses: sessions.addresses,
      sources: sessions.sources.map((group) => ({
        ...pairsJson(group),
        before: group.example.before,
        after: group.example.after,
        isExample: group.example.isExample,
      })),
    },
    notes,
  }
}

const pairsJson = ({ from, to, isBothWays, networks, families, pairs }: Omit<PairGroup<unknown>, 'example'>) => ({
  from: from.map(setJson),
  to: to.map(setJson),
  isBothWays,
  ...(networks && { networks }),
  families,
  pairs,
})

const setJson = ({ kind, nodes }: EndSet) => (kind === 'outside' ? { kind } : { kind, nodes })

function endJson({ kind, node, old, next }: PairDifference['from']) {
  return {
    kind,
    ...(kind !== 'outside' && { node }),
    ...(old && { old: formatAddress(old.target.address) }),
    ...(next && { next: formatAddress(next.target.address) }),
  }
}

const meaningJson = ({ verdict, sources, mtuBytes, ...rest }: NonNullable<PairDifference['before']>) => ({
  verdict: verdictJson(verdict),
  ...rest,
  ...(Number.isFinite(mtuBytes) && { mtuBytes }),
  sources,
})
