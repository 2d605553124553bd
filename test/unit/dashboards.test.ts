// The dashboard and the alerts name what agents export, and nothing else; and they load.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { AgentStatus } from '../../src/agent/index.ts'
import { type MetricsInput, renderMetrics } from '../../src/agent/metrics.ts'

const ROOT = join(import.meta.dirname, '../..')
const textOf = (name: string): string => readFileSync(join(ROOT, name), 'utf8')

const DASHBOARD = 'packaging/grafana/damask.json'
const RULES = 'packaging/prometheus/damask-rules.yaml'
const PAGE = 'docs/operations.md'

type Panel = {
  readonly id: number
  readonly title: string
  readonly type: string
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>
  readonly targets: readonly { readonly refId: string; readonly expr: string }[]
}
type Dashboard = {
  readonly title: string
  readonly uid: string
  readonly schemaVersion: number
  readonly panels: readonly Panel[]
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: string | { readonly query: string } }[]
  }
}
type Rule = {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly description: string }
}
type Rules = { readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[] }

const dashboard: Dashboard = JSON.parse(textOf(DASHBOARD))
const rules = (parse(textOf(RULES)) as Rules).groups.flatMap((group) => group.rules)
// One that is a text chooses a source, and asks nothing.
const queries = dashboard.templating.list.flatMap(({ query }) => (typeof query === 'string' ? [] : [query.query]))
const expressions = [
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...queries.map((query) => ['a choice of the dashboard', query] as const),
]

/** By metric, its labels: what an agent with one peer writes. */
const exported = new Map<string, Set<string>>([['up', new Set(['job', 'instance'])]])
/** Prometheus adds them to everything that it scrapes. */
const SCRAPED = ['job', 'instance']

beforeAll(async () => {
  const peer = { node: 'aws-1', link: 'damask-t1', secondsSinceHandshake: 1, receivedBytes: 1, sentBytes: 1 }
  const status = { ready: { ready: true, converged: true }, peers: [peer], pods: [], failures: [] }
  const report = { seconds: { last: 1, total: 1 }, rounds: 1, writes: 1, drift: { total: () => 1 } }
  const input: Pick<MetricsInput, 'freeAddresses' | 'loopDelay'> = {
    freeAddresses: 1,
    loopDelay: { '0.5': 0.1, '1': 0.2 } as never,
  }
  const text = await renderMetrics({
    ...input,
    status: status as unknown as AgentStatus,
    report: report as unknown as MetricsInput['report'],
  })
  for (const [, name = '', labels = ''] of text.matchAll(/^(damask_\w+)(?:\{(.*)\})? /gm)) {
    const known = exported.get(name) ?? new Set(SCRAPED)
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label)
    exported.set(name, known)
  }
})

const metricsIn = (text: string): readonly string[] => text.match(/\bdamask_\w+/g) ?? []

test('there is something to compare with', () => {
  expect(exported.size).toBeGreaterThan(10)
  expect(expressions.length).toBeGreaterThan(25)
})

describe('every expression', () => {
  test.each(expressions)('of %s names metrics that agents export', (_, expression) => {
    const names = expression.match(/\b(?:damask_\w+|up\b)/g) ?? []
    expect(names.length).toBeGreaterThan(0)
    expect(names.filter((name) => !exported.has(name))).toEqual([])
  })

  test.each(expressions)('of %s asks a metric only for labels that it has', (_, expression) => {
    for (const [, name = '', matchers = ''] of expression.matchAll(/\b(\w+)\{([^}]*)\}/g)) {
      for (const [, label = ''] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g))
        expect([...(exported.get(name) ?? [])], `${label} of ${name}`).toContain(label)
    }
  })

  test.each(expressions)('of %s closes what it opens', (_, expression) => {
    for (const [open, close] of ['()', '{}', '[]'])
      expect(expression.split(open ?? '').length).toBe(expression.split(close ?? '').length)
  })
})

test('every metric is shown, warned of or both', () => {
  const shown = new Set(expressions.flatMap(([, expression]) => metricsIn(expression)))
  expect([...exported.keys()].filter((name) => name !== 'up' && !shown.has(name))).toEqual([])
})

describe('the dashboard', () => {
  test('has a name and panels, each with a number and a place of its own', () => {
    expect(dashboard).toMatchObject({ title: 'Damask', uid: 'damask', schemaVersion: expect.any(Number) })
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(Math.max(...dashboard.panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24)
  })

  test('asks the source that is chosen', () => {
    const variables = new Set(dashboard.templating.list.map(({ name }) => name))
    for (const [, expression] of expressions)
      for (const [, name = ''] of expression.matchAll(/\$(?!labels|value)(?!__)(\w+)/g))
        expect(variables).toContain(name)
  })
})

describe('an alert', () => {
  test.each(rules)(
    '$alert says what it is, how bad it is and what to do',
    ({ alert, annotations, labels, ...rule }) => {
      expect(alert).toMatch(/^Damask[A-Z]/)
      expect(rule.for).toMatch(/^\d+[smh]$/)
      expect(labels.severity).toMatch(/^(warning|critical)$/)
      expect(annotations.summary).not.toBe('')
      expect(annotations.description).toMatch(/\.$|\?$/)
      expect(textOf(PAGE)).toContain(alert)
    },
  )
})

test('the page of operations lists every metric, and none that there is not', () => {
  const named = new Set(metricsIn(textOf(PAGE)))
  expect([...named].toSorted()).toEqual([...exported.keys()].filter((name) => name !== 'up').toSorted())
})
