// What a check found: one thing, on the nodes where it is so, and what to do.

export const TOPICS = [
  'cluster',
  'ranges',
  'plugins',
  'api-server',
  'kernel',
  'ports',
  'forwarding',
  'host',
  'nodes',
  'agents',
  'pods',
  'services',
  'names',
  'host-ports',
] as const

export type Topic = (typeof TOPICS)[number]

export type Severity = 'error' | 'warning' | 'ok'

export type Finding = {
  readonly severity: Severity
  readonly topic: Topic
  /** What is so, without the name of the node: the same words on five nodes are one finding. */
  readonly what: string
  /** What to do. */
  readonly advice?: string
  /** Ascending; none: it is so of the cluster. */
  readonly nodes?: readonly string[]
}

const WEIGHT: Readonly<Record<Severity, number>> = { error: 0, warning: 1, ok: 2 }

/** The same of several nodes as one; errors first. */
export function groupFindings(findings: readonly Finding[]): readonly Finding[] {
  const groups = new Map<string, Finding>()
  for (const finding of findings) {
    const { severity, topic, what, advice, nodes } = finding
    const key = JSON.stringify([severity, topic, what, advice])
    const before = groups.get(key)
    const all = [...new Set([...(before?.nodes ?? []), ...(nodes ?? [])])].sort(byNumber)
    groups.set(key, { ...finding, ...(all.length > 0 && { nodes: all }) })
  }
  return [...groups.values()].sort(
    (a, b) => WEIGHT[a.severity] - WEIGHT[b.severity] || TOPICS.indexOf(a.topic) - TOPICS.indexOf(b.topic),
  )
}

export const hasErrors = (findings: readonly Finding[]): boolean =>
  findings.some(({ severity }) => severity === 'error')

/** `node-2` before `node-10`. */
const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })

export const onNode = (node: string, findings: readonly Finding[]): readonly Finding[] =>
  findings.map((finding) => ({ ...finding, nodes: [node] }))
