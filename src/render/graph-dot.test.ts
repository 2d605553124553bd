import { Graphviz } from '@hpcc-js/wasm-graphviz'
import { expect, test } from 'vitest'
import { fourClouds, meshOf } from './example-topology.fixture.ts'
import { renderGraphDot } from './index.ts'

const dot = renderGraphDot(fourClouds)
const linesOf = (text: string) => text.split('\n').map((line) => line.trim())

test('each site is a card, and a site behind NAT a dashed one', () => {
  expect(dot.match(/^ {2}"site .*" \[label=/gm)).toHaveLength(4)
  const home = dot.slice(dot.indexOf('"site home"'))
  expect(home).toMatch(/^"site home" \[label=<\n {2}<TABLE [^>]*STYLE="ROUNDED,DASHED"/)
  expect(home).toContain('fabric direct, behind NAT')
  expect(dot.match(/DASHED/g)).toHaveLength(1)
})

test('a gateway is marked and says where it is reached; of others the endpoint does not matter', () => {
  expect(dot.match(/ gateway</g)).toHaveLength(4)
  expect(dot).toContain('at 203.0.113.11:51820')
  expect(dot).not.toContain('203.0.113.12:51820')
})

test('a tunnel is a plain line, or an arrow from the gateway that nobody can call', () => {
  expect(linesOf(dot)).toContain('"site aliyun" -- "site aws"')
  expect(linesOf(dot)).toContain('"site gcp" -- "site home" [dir=back style=dashed color="#d99a2b"]')
  expect(dot).toContain('dashed: opened by the side behind NAT')
})

test('a full mesh of many sites is a star with the number of its tunnels', () => {
  const star = renderGraphDot(meshOf(12, [5, 10]))
  expect(star.match(/ -- /g)).toHaveLength(12)
  expect(star).toContain('every site to every other\\nbut those behind NAT to each other\\n65 tunnels')
  expect(renderGraphDot(meshOf(6, [])).match(/ -- /g)).toHaveLength(15)
})

test('many sites of which two do not meet without a reason are no star', () => {
  for (const behindNat of [[], [5]]) {
    const mesh = meshOf(8, behindNat)
    expect(renderGraphDot({ ...mesh, tunnels: mesh.tunnels.slice(1) }).match(/ -- /g)).toHaveLength(27)
  }
})

test('names with signs of DOT or of its markup in them stay text', async () => {
  const odd = {
    network: 'a "b" \\n',
    sites: [
      {
        name: '<i>&"x',
        fabric: 'direct',
        nodes: [{ name: 'n>1', isGateway: true, privateAddresses: [], podPrefixes: [] }],
      },
    ],
    tunnels: [],
    notes: ['<b>'],
  }
  const svg = (await Graphviz.load()).layout(renderGraphDot(odd), 'svg', 'dot')
  expect(svg).toContain('network a &quot;b&quot; \\n: 1 site')
  expect(svg).toMatch(/&lt;i&gt;&amp;(&quot;|")x</)
  expect(svg).toContain('n&gt;1')
})

test('Graphviz lays out every example without a complaint', async () => {
  const graphviz = await Graphviz.load()
  for (const topology of [fourClouds, meshOf(3, []), meshOf(50, [7, 9])]) {
    expect(graphviz.layout(renderGraphDot(topology), 'svg', 'dot')).toContain('</svg>')
  }
})
