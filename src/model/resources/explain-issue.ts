// What zod found wrong, as one sentence for each wrong thing: where, what was found, what was expected, what was meant.
import type { z } from 'zod'
import { clip } from './field-schemas.ts'
import { hint, nearestName } from './nearest-name.ts'
import { type FieldPath, formatPath, type ResourceKind } from './resource.ts'

/** Something wrong with one document. */
export type FieldProblem = {
  readonly path: FieldPath
  /** Whether the position to show is that of the field's name or of its value. */
  readonly at: 'key' | 'value'
  readonly message: string
}

/** One problem a place, and none that only follows from another. */
export function explainIssues(
  issues: readonly z.core.$ZodIssue[],
  document: unknown,
  kind: ResourceKind,
): FieldProblem[] {
  const problems = issues.flatMap((issue) => explainIssue(issue, document, kind))
  const misspelt = new Set(problems.flatMap(({ meant }) => meant ?? []))
  const seen = new Set<string>()
  return problems
    .filter(({ problem, isMissing }) => {
      const place = formatPath(problem.path)
      if (seen.has(place) || (isMissing && misspelt.has(place))) return false
      seen.add(place)
      return true
    })
    .map(({ problem }) => problem)
}

type Explained = {
  readonly problem: FieldProblem
  readonly isMissing?: boolean
  /** The path of the field that an unknown one probably is. */
  readonly meant?: string
}

function explainIssue(issue: z.core.$ZodIssue, document: unknown, kind: ResourceKind): Explained[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => explainUnknownField(path, key, issue.message.split(', '), kind))
  }
  const found = valueAt(document, path)
  const where = formatPath(path)
  if (issue.code === 'custom') return [{ problem: { path, at: 'value', message: `${where}: ${issue.message}` } }]
  if (found === undefined) {
    const message = `${where} is missing; expected ${issue.message}`
    return [{ problem: { path, at: 'value', message }, isMissing: true }]
  }
  const values = issue.code === 'invalid_value' ? issue.values.map(String) : []
  const message = `${where} is ${describe(found)}; expected ${issue.message}${hint(found, values)}`
  return [{ problem: { path, at: 'value', message } }]
}

function explainUnknownField(parent: FieldPath, key: string, known: readonly string[], kind: ResourceKind): Explained {
  const path = [...parent, key]
  const isTop = parent.length === 0 || (parent.length === 1 && parent[0] !== 'metadata')
  const owner = isTop ? `a ${kind}` : formatPath(parent)
  const nearest = nearestName(key, known)
  const message = `${formatPath(path)} is not a field of ${owner}${hint(key, known)} (fields: ${known.join(', ')})`
  const problem = { path, at: 'key', message } as const
  return nearest === undefined ? { problem } : { problem, meant: formatPath([...parent, nearest]) }
}

/** A value in the words of YAML. */
export function describe(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'a map'
  return typeof value === 'string' ? `"${clip(value)}"` : String(value)
}

const valueAt = (document: unknown, path: FieldPath): unknown =>
  path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Record<string | number, unknown>)[step]
        : undefined,
    document,
  )
