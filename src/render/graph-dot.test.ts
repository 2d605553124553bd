import { Graphviz } from '@hpcc-js/wasm-graphviz'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectGolden } from '../../test/golden/golden.ts'
import { fourClouds, meshOf, sitesOf } from './example-topology.fixture.ts'
import { finishGraphSvg, renderGraphDot } from './index.ts'
import type { Topology } from './topology.ts'

let graphviz: Graphviz
beforeAll(async () => {
  graphviz = await Graphviz.load()
})

const layOut = (dot: string) => finishGraphSvg(graphviz.layout(dot, 'svg', 'dot'))
const linesOf = (text: string) => text.split('\n').map((line) => line.trim())
const countIn = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0
/** Words as they stand in an SVG, where Graphviz writes some signs as entities. */
const wordsOf = (svg: string) =>
  [...svg.matchAll(/<text [^>]*>([^<]*)</g)].map(([, text = '']) =>
    text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))).trim(),
  )
const sizeOf = (svg: string) => {
  const [, width, height] = svg.match(/width="([\d.]+)pt" height="([\d.]+)pt"/) ?? []
  return { width: Number(width), height: Number(height) }
}

describe('a small network', () => {
  const dot = renderGraphDot(fourClouds)

  test('is such a graph', () => expectGolden('graph/four-clouds.dot', dot))

  test('each site is a card, and a site behind NAT a dashed one', () => {
    expect(countIn(dot, /^ {2}"site [^"]*" \[label=/gm)).toBe(4)
    expect(dot.slice(dot.indexOf('"site home"'))).toMatch(/^"site home" \[label=<<TABLE [^>]*STYLE="ROUNDED,DASHED"/)
    expect(dot).toContain('fabric direct, behind NAT')
    expect(countIn(dot, /DASHED/g)).toBe(1)
  })

  test('a gateway is marked and says where it is reached; of others the endpoint does not matter', () => {
    expect(countIn(dot, / gateway </g)).toBe(4)
    expect(dot).toContain('at 203.0.113.11:51820')
    expect(dot).not.toContain('203.0.113.12:51820')
  })

  test('a tunnel is a plain line, or an arrow from the site that nobody can call', () => {
    expect(linesOf(dot)).toContain('"site aliyun" -- "site aws"')
    expect(linesOf(dot)).toContain('"site home" -- "site gcp" [dir=forward color="#d99a2b"]')
    expect(dot).toContain('opened by the side behind NAT')
  })
})

describe('several gateways', () => {
  test('are marked with their slots, and their tunnels are one thick line with its number in the legend', () => {
    const dot = renderGraphDot(sitesOf({ sizes: [3, 3], gateways: 2 }))
    expect(dot).toContain('gateway, slot 2')
    expect(linesOf(dot)).toContain('"site s1" -- "site s2" [penwidth=4]')
    expect(dot).toContain('4 tunnels')
  })

  test('where pairs of sites have different numbers of tunnels, each line says its own', () => {
    const whole = sitesOf({ sizes: [2, 2, 2], gateways: 2 })
    const dot = renderGraphDot({ ...whole, tunnels: whole.tunnels.slice(1) })
    expect(countIn(dot, /label=<<TABLE [^\n]*> 3 tunnels </g)).toBe(1)
    expect(countIn(dot, /label=<<TABLE [^\n]*> 4 tunnels </g)).toBe(2)
  })

  test('one of them behind NAT says so, which does not make its site one behind NAT', () => {
    const [site, ...others] = sitesOf({ sizes: [2, 2], gateways: 2 }).sites
    if (site === undefined) throw new Error('no site')
    const nodes = site.nodes.map(({ endpoint, ...node }) =>
      node.slot === 2 || !endpoint ? node : { ...node, endpoint },
    )
    const dot = renderGraphDot({ ...sitesOf({ sizes: [2, 2], gateways: 2 }), sites: [{ ...site, nodes }, ...others] })
    expect(dot).toContain('gateway, slot 2, behind NAT')
    expect(dot).not.toContain('fabric vxlan, behind NAT')
  })
})

test('a relay is a dashed line that says through whom', () => {
  const dot = renderGraphDot(sitesOf({ sizes: [2, 2, 2], behindNat: [2, 3] }))
  expect(dot).toMatch(/"site s2" -- "site s3" \[style=dashed .*> through s1 </)
  expect(dot).toContain('no tunnel, through a third site')
})

test('the address of a virtual LAN is shown where it is not the private one', () => {
  const [site, ...others] = fourClouds.sites
  if (site === undefined) throw new Error('no site')
  const withLan = (lan: string) =>
    renderGraphDot({
      ...fourClouds,
      sites: [{ ...site, nodes: site.nodes.map((node) => ({ ...node, lan })) }, ...others],
    })
  expect(withLan('10.99.0.1')).toContain('lan 10.99.0.1')
  expect(withLan('172.16.8.11')).not.toMatch(/\blan /)
})

describe('a large network', () => {
  const all = (topology: Topology) => topology.sites.map(({ name }) => name)

  test.each([
    ['50 lone sites', meshOf(50, []), 'every site reaches every other: 1,225 tunnels'],
    ['500 lone sites', sitesOf({ sizes: Array(500).fill(1) }), 'every site reaches every other: 124,750 tunnels'],
    ['50 sites of 10 nodes', sitesOf({ sizes: Array(50).fill(10) }), 'every site reaches every other: 1,225 tunnels'],
  ])('%s stand in a grid, named, wider than high, and nothing is drawn between them', (_, topology, words) => {
    const dot = renderGraphDot(topology)
    expect(dot).not.toContain(' -- ')
    const svg = layOut(dot)
    expect(wordsOf(svg)).toEqual(expect.arrayContaining([words, ...all(topology)]))
    const { width, height } = sizeOf(svg)
    expect(width / height).toBeGreaterThan(1)
    expect(width / height).toBeLessThan(2.5)
  })

  test('the sites behind NAT stand in a frame of their own, from which one arrow goes to the others', () => {
    const dot = renderGraphDot(sitesOf({ sizes: Array(50).fill(1), behindNat: [7, 9, 11] }))
    expect(countIn(dot, / -- /g)).toBe(1)
    expect(dot).toContain('each of 47 sites reaches every other: 1,081 tunnels')
    expect(dot).toContain('3 sites behind NAT')
    expect(dot).toContain('141 tunnels, each site to each, opened from behind NAT')
    expect(dot).toContain('s7, s9 and s11 meet through s1')
  })

  test('many machines behind NAT around one that can be called are two frames', () => {
    const dot = renderGraphDot(
      sitesOf({ sizes: Array(41).fill(1), behindNat: Array.from({ length: 40 }, (_, i) => i + 2) }),
    )
    expect(dot).toContain('1 site that can be called')
    expect(dot).toContain('40 tunnels, opened from behind NAT')
  })

  test('many sites of which two do not meet without a reason are not said to meet', () => {
    const mesh = meshOf(14, [])
    const dot = renderGraphDot({ ...mesh, tunnels: mesh.tunnels.slice(1) })
    expect(dot).toContain('14 sites, 90 tunnels')
    expect(dot).not.toContain('every other')
  })

  test('a site of many nodes shows its gateways and counts its members', () => {
    const topology = sitesOf({ sizes: [100, 100, 100, 100, 100], gateways: 2 })
    const dot = renderGraphDot(topology)
    expect(countIn(dot, /\+ 98 members/g)).toBe(5)
    expect(dot).toContain('s1-3 … s1-100')
    expect(countIn(dot, / -- /g)).toBe(10)
    expect(dot.length).toBeLessThan(20_000)
  })

  test('--all draws every node and every pair', () => {
    const dot = renderGraphDot(sitesOf({ sizes: [20, ...Array(14).fill(1)] }), { all: true })
    expect(countIn(dot, / -- /g)).toBe(105)
    expect(dot).toContain('fd42:1:20::/64')
  })

  test('--all puts many cards on a circle, none over another', () => {
    const svg = layOut(renderGraphDot(sitesOf({ sizes: [1, 30, ...Array(38).fill(1)] }), { all: true }))
    const cards = [...svg.matchAll(/<g id="node\d+" class="node">.*?<path [^>]*d="([^"]*)"/gs)].map(([, path = '']) => {
      const points = [...path.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const)
      const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)]
      return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) }
    })
    expect(cards).toHaveLength(40)
    for (const [index, one] of cards.entries())
      for (const other of cards.slice(index + 1))
        expect(
          one.right < other.left || other.right < one.left || one.bottom < other.top || other.bottom < one.top,
        ).toBe(true)
  })
})

test('names with signs of DOT or of its markup in them stay text', () => {
  const odd: Topology = {
    network: 'a "b" \\n',
    sites: [
      {
        name: '<i>&"x',
        fabric: 'direct',
        nodes: [{ name: 'n>1', isGateway: true, privateAddresses: [], podPrefixes: [] }],
      },
    ],
    tunnels: [],
    relays: [],
    notes: ['<b>'],
  }
  const svg = layOut(renderGraphDot(odd))
  expect(svg).toContain('network a &quot;b&quot; \\n: 1 site')
  expect(svg).toMatch(/&lt;i&gt;&amp;(&quot;|")x</)
  expect(svg).toContain('n&gt;1')
})

test('what text is written with has a dark half, and no rule is for a colour that Graphviz does not write', () => {
  const svg = layOut(renderGraphDot(sitesOf({ sizes: [3, 1, 1, 2], behindNat: [3, 4] })))
  const rules = [...svg.matchAll(/\[fill="(#[0-9a-f]{6})"\]\{fill:(#[0-9a-f]{6})\}/g)]
  expect(svg).toContain('@media (prefers-color-scheme: dark)')
  expect(rules.length).toBeGreaterThan(6)
  const written = [...svg.matchAll(/ (?:fill|stroke)="(#[0-9a-f]{6})"/g)].map(([, colour]) => colour)
  for (const [, light] of rules) expect(written).toContain(light)
})
