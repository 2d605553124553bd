// A proof as people read it: what is lost, by which entry of which node and because of what; then what holds for everybody.
import { formatBecause, renderEntry } from '../../render/index.ts'
import type { PairClass, Proof, Verdict } from '../../verifier/index.ts'
import { type Paint, PLAIN, paintIssues } from '../paint.ts'

/** Classes of pairs that should arrive and do not, or are in the clear. What is outside is nobody's promise, save in the clear. */
export const problemsIn = ({ pairClasses }: Proof): readonly PairClass[] =>
  pairClasses.filter(({ to, outcome }) => outcome.isBare || (to !== undefined && outcome.verdict.kind !== 'delivered'))

export function networkText(proof: Proof, paint: Paint = PLAIN): string {
  const problems = problemsIn(proof)
  const arriving = proof.pairClasses.filter((one) => !problems.includes(one) && one.to !== undefined)
  const groups = grouped(problems, (one) => `${one.from} ${one.to} ${one.relation} ${whereOf(one.outcome.verdict)}`)
  const lost = problems.reduce((sum, { pairs }) => sum + pairs, 0)
  const lines = [
    ...groups.map((group) => problemText(proof, group)),
    ...outsideText(proof),
    ...sizesText(arriving),
    ...[...new Set(arriving.flatMap(({ outcome }) => outcome.warnings))].map((warning) => `warning: ${warning}`),
    `${counted(proof.names.length, 'node')}, ${proof.pairs.toLocaleString('en')} pairs of pods, machines and what is outside: ${
      lost === 0 ? 'all that should arrive does, and back' : `${lost.toLocaleString('en')} are lost or in the clear`
    }; nothing else crosses a public network unencrypted`,
  ]
  return paintIssues(lines.join('\n'), paint)
}

const counted = (count: number, what: string): string =>
  `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`

const grouped = (all: readonly PairClass[], keyOf: (one: PairClass) => string): readonly (readonly PairClass[])[] => [
  ...Map.groupBy(all, keyOf).values(),
]

const whereOf = (verdict: Verdict): string =>
  verdict.kind === 'delivered' ? '' : `${verdict.kind} ${verdict.node} ${'entry' in verdict && verdict.entry?.kind}`

function problemText(proof: Proof, group: readonly PairClass[]): string {
  const [first] = group
  if (first === undefined) return ''
  const { outcome, relation, from, to } = first
  const { verdict, direction } = outcome
  const pairs = group.reduce((sum, one) => sum + one.pairs, 0)
  const ends = [
    ...new Set(
      group.map(({ fromEnd, toEnd }) => `${fromEnd.probe.kind} to ${toEnd.probe.kind} IPv${toEnd.address.family}`),
    ),
  ]
  const what = outcome.isBare && verdict.kind === 'delivered' ? 'in the clear' : verdict.kind
  const target = to === undefined ? 'outside' : relation === 'alike' ? 'each other' : machinesText(proof, to)
  const head = `error: ${machinesText(proof, from)} -> ${target}${relation === 'far' && from === to ? ' of other sites' : ''}: ${what}, ${counted(pairs, 'pair')} (${ends.join(', ')})`
  return [head, ...verdictLines(verdict, direction).map((line) => `    ${line}`)].join('\n')
}

function verdictLines(verdict: Verdict, direction: string): readonly string[] {
  if (verdict.kind === 'delivered') return []
  const why = 'reason' in verdict ? verdict.reason : `more than ${verdict.mtuBytes} bytes do not pass`
  const head = `${direction === 'back' ? 'the answer, ' : ''}at ${verdict.node}: ${why}`
  if (!('entry' in verdict) || verdict.entry === undefined) return [head]
  const { entry } = verdict
  const text = entry.kind === 'filter-table' ? `filter ${entry.name}` : renderEntry(entry, new Map())
  return [head, `by ${text}`, ...entry.because.map((because) => `because ${formatBecause([because])}`)]
}

/** `3 nodes of a (a1, a2, a3)`; of several sites only those are named. */
function machinesText({ kinds, names, networkOf, networks }: Proof, kind: number): string {
  const machines = kinds[kind]?.machines ?? []
  const sites = [...new Set(machines.map((machine) => networks[networkOf[machine] ?? -1] ?? 'no site'))]
  const whose =
    sites.length === 1 ? `${sites[0]}: ${shortened(machines.map((machine) => names[machine] ?? ''))}` : shortened(sites)
  return `${counted(machines.length, 'node')} of ${sites.length === 1 ? whose : `${sites.length} sites: ${whose}`}`
}

const MOST_NAMES = 6
const shortened = (names: readonly string[]): string =>
  names.length <= MOST_NAMES ? names.join(', ') : `${names.slice(0, MOST_NAMES).join(', ')}, …`

function outsideText(proof: Proof): readonly string[] {
  const lost = proof.pairClasses.filter(({ to, outcome }) => to === undefined && outcome.verdict.kind === 'dropped')
  return grouped(lost, ({ from, toEnd }) => `${from} ${toEnd.address.family}`).map((group) => {
    const [first] = group
    if (first === undefined) return ''
    const { verdict } = first.outcome
    const why = 'reason' in verdict ? verdict.reason : verdict.kind
    return `note: what is outside is not reached over IPv${first.toEnd.address.family} by ${machinesText(proof, first.from)}: ${why}`
  })
}

function sizesText(arriving: readonly PairClass[]): readonly string[] {
  const least = Math.min(...arriving.map(({ outcome }) => outcome.mtuBytes))
  const silent = arriving.filter(({ outcome }) => Number.isFinite(outcome.lostAboveBytes))
  return [
    ...(Number.isFinite(least) ? [`packets of ${least} bytes pass everywhere unsplit`] : []),
    ...grouped(silent, ({ outcome }) => `${outcome.lostAboveBytes}`).map(
      (group) =>
        `warning: ${counted(
          group.reduce((sum, { pairs }) => sum + pairs, 0),
          'pair',
        )} lose packets of more than ${group[0]?.outcome.lostAboveBytes} bytes, and nobody is told`,
    ),
  ]
}
