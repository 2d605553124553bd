import { expect, test } from 'vitest'
import { expectGolden } from '../../test/golden/golden.ts'
import { fourClouds, meshOf, sitesOf } from './example-topology.fixture.ts'
import { renderGraphMermaid } from './index.ts'
import type { Topology } from './topology.ts'

// What Mermaid itself makes of these was looked at with mermaid 11.17: it parses all of them, and draws entities as text.
test('a small network is subgraphs of sites with tunnels between them', () => {
  expectGolden('graph/four-clouds.mmd', renderGraphMermaid(fourClouds))
})

test('relays are dashed, tunnels of several gateways counted, arrows start behind NAT', () => {
  expectGolden('graph/relay.mmd', renderGraphMermaid(sitesOf({ sizes: [3, 2, 6], gateways: 2, behindNat: [2, 3] })))
})

test('names stand in labels only, and no sign of theirs ends a label', () => {
  const odd: Topology = {
    network: 'end',
    sites: [
      {
        name: 'end"] --> x',
        fabric: 'direct',
        nodes: [{ name: 'subgraph', isGateway: true, privateAddresses: ['<b>#quot;`'], podPrefixes: [] }],
      },
    ],
    tunnels: [],
    relays: [],
    notes: ['a\nb "c"'],
  }
  const lines = renderGraphMermaid(odd).split('\n')
  expect(lines).toContain('  subgraph s0["end#34;] --#62; x, fabric direct"]')
  expect(lines).toContain('    s0n0["subgraph: gateway<br/>#60;b#62;#35;quot;#96;"]:::gateway')
  expect(lines).toContain('  captions["a b #34;c#34;"]:::captions')
})

test.each([
  ['50 lone sites', meshOf(50, [3, 4]), 52],
  ['500 lone sites', sitesOf({ sizes: Array(500).fill(1) }), 30],
  ['500 nodes in 5 sites', sitesOf({ sizes: Array(5).fill(100), gateways: 2 }), 70],
])('%s stay within the text and the lines that Mermaid takes', (_, topology, most) => {
  const text = renderGraphMermaid(topology)
  expect(text.length).toBeLessThan(50_000)
  expect(text.match(/ (~~~|===|==>|-\.) /g)?.length ?? 0).toBeLessThan(most)
  for (const { name } of topology.sites) expect(text).toMatch(new RegExp(`["> ]${name}(["<,])`))
})
