import { describe, expect, test } from 'vitest'
import { factsOf, meshNode, NOW, TWO_CLOUDS } from './cluster-facts.fixture.ts'
import { describeCluster } from './cluster-status.ts'
import { renderClusterStatus } from './cluster-status-text.ts'

const textOf = (facts: ReturnType<typeof factsOf>, all = false): string =>
  renderClusterStatus(describeCluster(facts, NOW), { all })

test('a small cluster is a line for each node', () => {
  expect(textOf(factsOf(TWO_CLOUDS))).toBe(`cluster     https://203.0.113.11:6443, Kubernetes v1.36.0
network     pods 10.42.0.0/16, sites by label topology.kubernetes.io/region
ready       yes
nodes       3 of 3 ready
agents      3 of 3 pods ready, version 0.3.0
controller  controller-a leads, heard 2 s ago; 1 of 1 pods ready

sites
  site  nodes  ready  gateways  pods  handshake
  aws   2      2      aws-1:1   4     20 s ago
  home  1      1      home-1:1  2     75 s ago

nodes
  node    site  role       endpoint            ready  handshake  pods  version
  aws-1   aws   gateway:1  203.0.113.11:51820  yes    20 s ago   2     0.3.0
  aws-2   aws   member     -                   yes    -          2     0.3.0
  home-1  home  gateway:1  -                   yes    75 s ago   2     0.3.0`)
})

test('what is wrong comes before all that is well', () => {
  const facts = factsOf([...TWO_CLOUDS, meshNode('gcp-1', { ready: 'False', reason: 'no route', version: '0.2.0' })])
  const text = textOf(facts)
  expect(text).toContain(`
trouble
  error    gcp-1  no route
  warning  gcp-1  its agent is of version 0.2.0; most are of 0.3.0
`)
  expect(text).toContain('version 0.3.0 (3), 0.2.0 (1)\n')
  expect(text.indexOf('trouble')).toBeLessThan(text.indexOf('sites\n'))
})

describe('a cluster of 5,000 nodes', () => {
  const many = Array.from({ length: 5000 }, (_, index) => {
    const name = `s${index % 20}-${String(index).padStart(4, '0')}`
    return meshNode(name, index % 1000 === 7 ? { ready: 'False', reason: 'why' } : {})
  })
  const facts = factsOf(many)

  test('is a line for each site and for each node that has trouble', () => {
    const text = textOf(facts)
    expect(text).toContain('nodes       4995 of 5000 ready')
    expect(text.split('\n').length).toBeLessThan(60)
    expect(text).toContain('\n  s7    250    245    -         500   -\n')
    expect(text.match(/^ {2}error/gm)).toHaveLength(5)
    expect(text).toMatch(/4995 nodes that are well are not shown; --all shows them$/)
  })

  test('--all shows every one', () => {
    expect(textOf(facts, true).match(/^ {2}s\d+-\d{4} /gm)).toHaveLength(5000)
  })

  test('of which all have trouble is no longer', () => {
    const text = textOf(factsOf(many.map(({ name }) => meshNode(name, { ready: 'False', reason: 'why' }))))
    expect(text.split('\n').length).toBeLessThan(140)
    expect(text).toMatch(/4950 more nodes, of which 4950 have trouble; --all shows them$/)
  })
})
