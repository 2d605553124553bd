// Findings as people read them.
import { type Paint, PLAIN } from '../paint.ts'
import type { Finding, Severity } from './finding.ts'

const COLOURS: Readonly<Record<Severity, keyof Paint>> = { error: 'bad', warning: 'warning', ok: 'good' }
const MOST_NODES = 6

/** Grouped findings, one a line, what to do below it. */
export const findingsText = (findings: readonly Finding[], paint: Paint = PLAIN): string =>
  findings.map((finding) => findingText(finding, paint)).join('\n')

export function findingText({ severity, topic, what, advice, nodes = [] }: Finding, paint: Paint = PLAIN): string {
  const where = nodes.length === 0 ? '' : `  [${someOf(nodes)}]`
  const line = `${paint[COLOURS[severity]](severity.padEnd(7))}  ${topic.padEnd(10)}  ${what}${paint.faint(where)}`
  return advice === undefined ? line : `${line}\n${' '.repeat(21)}${advice}`
}

/** `3 errors, 1 warning` */
export function summaryOf(findings: readonly Finding[]): string {
  const count = (severity: Severity): number => findings.filter((one) => one.severity === severity).length
  const [errors, warnings] = [count('error'), count('warning')]
  if (errors + warnings === 0) return 'nothing stands in the way'
  return [counted(errors, 'error'), counted(warnings, 'warning')].filter(Boolean).join(', ')
}

const counted = (count: number, word: string): string =>
  count === 0 ? '' : `${count} ${word}${count === 1 ? '' : 's'}`

export const someOf = (names: readonly string[], most = MOST_NODES): string =>
  names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`
