// What was found in wg-quick files, as people read it: a paragraph each, then who reaches whom.
import { type Finding, formatPlace, type Judgement, type Pair, type Verdict } from '../../wg-quick/index.ts'
import { type Paint, PLAIN, paintIssues } from '../paint.ts'
import { textTable } from '../text-table.ts'

const INDENT = '    '
const MARKS: Readonly<Record<Verdict, string>> = { reached: 'yes', lost: 'NO', outside: '-', 'cannot be told': '?' }
const MEANINGS: Readonly<Record<Verdict, string>> = {
  reached: 'yes: reached',
  lost: 'NO: lost',
  outside: '-: not by way of a tunnel',
  'cannot be told': '?: cannot be told from these files',
}

export function judgementText(judgement: Judgement, paint: Paint = PLAIN): string {
  const { findings, machines } = judgement
  const parts = findings.map((finding) => findingText(finding, paint))
  const isWhole = findings.every(({ unreachable }) => unreachable.length === 0)
  if (!isWhole || judgement.reach.some(({ verdict }) => verdict === 'lost'))
    parts.push(`\n${reachText(judgement, paint)}\n`)
  return [...parts, `${counted(machines.length, 'machine')}: ${summaryOf(findings)}`].join('\n')
}

function findingText(finding: Finding, paint: Paint): string {
  const { place, severity, what, follows, write, related, unreachable } = finding
  const head = paintIssues(`${formatPlace(place)}: ${severity}: ${what}`, paint)
  const rest = [
    follows,
    unreachable.length > 0 ? lossText(unreachable) : undefined,
    write === undefined ? undefined : `write: ${write}`,
    ...related.map((one) => paint.faint(`${formatPlace(one.place)}: ${one.what}`)),
  ]
  return [head, ...rest.flatMap((line) => (line === undefined ? [] : [`${INDENT}${line}`]))].join('\n')
}

/** `a does not reach b, c; b does not reach a` */
function lossText(pairs: readonly Pair[]): string {
  const groups = Map.groupBy(pairs, ({ from }) => from)
  return [...groups].map(([from, those]) => `${from} does not reach ${those.map(({ to }) => to).join(', ')}`).join('; ')
}

function reachText({ machines, reach }: Judgement, paint: Paint): string {
  const verdicts = new Map(reach.map(({ from, to, verdict }) => [`${from}\n${to}`, verdict]))
  const rows = machines.map((from) => [
    from,
    ...machines.map((to) => {
      const verdict = verdicts.get(`${from}\n${to}`)
      return verdict === undefined ? '' : MARKS[verdict]
    }),
  ])
  const table = textTable(rows, ['from \\ to', ...machines], '')
  const used = (Object.keys(MARKS) as Verdict[]).filter((verdict) => reach.some((one) => one.verdict === verdict))
  return `${table.replace(/\bNO\b/g, (mark) => paint.bad(mark))}\n${paint.faint(used.map((verdict) => MEANINGS[verdict]).join('; '))}`
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (severity: Finding['severity']): number => findings.filter((one) => one.severity === severity).length
  const [errors, warnings] = [count('error'), count('warning')]
  if (errors + warnings === 0) return 'nothing is wrong'
  return [errors > 0 ? counted(errors, 'error') : '', warnings > 0 ? counted(warnings, 'warning') : '']
    .filter(Boolean)
    .join(', ')
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`
