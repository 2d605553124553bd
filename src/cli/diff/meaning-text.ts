// What pairs of ends gain and lose, a group of pairs in two lines: who, and what.
import { type EndSet, isLoss, type PairDifference, type PairGroup } from '../../foresight/index.ts'
import { countOf, listOf } from '../../render/index.ts'
import type { Paint } from '../paint.ts'
import { verdictText } from '../trace-text.ts'

export const differenceLines = (groups: readonly PairGroup<PairDifference>[], paint: Paint): readonly string[] =>
  groups.flatMap((group) => {
    const { example } = group
    const colour = isLoss(example) ? paint.bad : isWorse(example) ? paint.warning : paint.good
    return [`${colour(titleOf(example))}  ${pairsText(group)}`, paint.faint(`    ${detailOf(example)}`)]
  })

const isWorse = ({ aspect, change }: PairDifference): boolean => (change === 'lost') !== (aspect === 'public-hop')

const TITLES: Readonly<Record<PairDifference['aspect'], readonly [lost: string, gained: string]>> = {
  reach: ['reach lost', 'reach gained'],
  encryption: ['encryption lost', 'encryption gained'],
  mtu: ['smaller packets', 'larger packets'],
  'public-hop': ['fewer public hops', 'more public hops'],
}

const titleOf = ({ aspect, change }: PairDifference): string => TITLES[aspect][change === 'lost' ? 0 : 1]

export function pairsText({
  from,
  to,
  isBothWays,
  networks,
  families,
  pairs,
}: Omit<PairGroup<unknown>, 'example'>): string {
  const [source, target] = [endsText(from), endsText(to)]
  const among = source === target && isBothWays
  const ways = among ? `${source} among each other` : `${source} ${isBothWays ? '<->' : '->'} ${target}`
  const where = networks === undefined ? '' : ` in ${networks === 'same' ? 'the same' : 'another'} private network`
  return `${ways}${where}, ${families.map((family) => `IPv${family}`).join(' and ')} (${countOf(pairs, 'pair')})`
}

const WORDS: Readonly<Record<EndSet['kind'], string>> = {
  pod: 'pods of',
  host: 'host',
  behind: 'networks behind',
  outside: 'the outside',
}

/** `pods of a, b; host a`; kinds of the same nodes together. */
function endsText(sets: readonly EndSet[]): string {
  const byNodes = Map.groupBy(sets, ({ nodes }) => nodes.join())
  return [...byNodes.values()]
    .map((same) => {
      const nodes = same[0]?.nodes ?? []
      if (same[0]?.kind === 'outside') return WORDS.outside
      const isBoth = same.some(({ kind }) => kind === 'pod') && same.some(({ kind }) => kind === 'host')
      const rest = same.filter(({ kind }) => kind === 'behind')
      const words = isBoth
        ? [`pods and hosts of ${listOf(nodes)}`, ...rest.map(() => `${WORDS.behind} ${listOf(nodes)}`)]
        : same.map(({ kind }) => `${WORDS[kind]}${kind === 'host' && nodes.length > 1 ? 's' : ''} ${listOf(nodes)}`)
      return words.join('; ')
    })
    .join('; ')
}

function detailOf({ aspect, from, to, before, after }: PairDifference): string {
  const pair = `${from.node} -> ${to.kind === 'outside' ? 'outside' : to.node}`
  switch (aspect) {
    case 'reach':
      if (after?.isReached === true)
        return before === undefined
          ? `${endText(come(from, to))} new`
          : `${pair} before: ${verdictText(before.verdict)}`
      return after === undefined ? `${endText(gone(from, to))} no more` : `${pair}: ${verdictText(after.verdict)}`
    case 'encryption':
      return `${pair}: in the clear over ${networks(after?.clearCrossings)}, before over ${networks(before?.clearCrossings)}`
    case 'mtu':
      return `largest packet ${before?.mtuBytes} -> ${after?.mtuBytes} bytes`
    case 'public-hop':
      return `${pair}: over ${networks(after?.publicCrossings, 'public ')}, before over ${networks(before?.publicCrossings, 'public ')}`
  }
}

type End = PairDifference['from']
const come = (from: End, to: End): End => (from.old === undefined ? from : to)
const gone = (from: End, to: End): End => (from.next === undefined ? from : to)

const endText = ({ kind, node }: End): string =>
  ({
    pod: `pods of ${node} are`,
    host: `an address of ${node} is`,
    behind: `what ${node} offers is`,
    outside: 'the outside is',
  })[kind]

const networks = (count = 0, kind = ''): string =>
  count === 0 ? `no ${kind}network` : countOf(count, `${kind}network`)
