import { expect, test } from 'vitest'
import { type Finding, groupFindings } from './finding.ts'
import { findingsText, summaryOf } from './finding-text.ts'

const taken: Finding = { severity: 'error', topic: 'ports', what: 'UDP port 51820 is taken by x', advice: 'stop x' }

test('the same finding on five nodes is one line, and errors come first', () => {
  const findings = groupFindings([
    { severity: 'ok', topic: 'kernel', what: 'kernel 6.12', nodes: ['n1'] },
    ...['n10', 'n2', 'n1', 'n3', 'n2'].map((node) => ({ ...taken, nodes: [node] })),
    { severity: 'warning', topic: 'host', what: 'NetworkManager is running', nodes: ['n3'] },
  ])
  expect(findingsText(findings)).toBe(
    [
      'error    ports       UDP port 51820 is taken by x  [n1, n2, n3, n10]',
      '                     stop x',
      'warning  host        NetworkManager is running  [n3]',
      'ok       kernel      kernel 6.12  [n1]',
    ].join('\n'),
  )
  expect(summaryOf(findings)).toBe('1 error, 1 warning')
})

test('another advice is another finding', () => {
  expect(groupFindings([taken, { ...taken, advice: 'stop y' }])).toHaveLength(2)
})

test('many nodes are counted', () => {
  const nodes = Array.from({ length: 9 }, (_, n) => `n${n}`)
  expect(findingsText([{ severity: 'ok', topic: 'ports', what: 'free', nodes }])).toBe(
    'ok       ports       free  [n0, n1, n2, n3, n4, n5 and 3 more]',
  )
})
