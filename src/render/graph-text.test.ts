import { describe, expect, test } from 'vitest'
import { fourClouds, meshOf, sitesOf } from './example-topology.fixture.ts'
import { renderGraphText } from './index.ts'

test('a network is drawn as a trunk with its sites, nodes in columns, gateways marked', () => {
  expect(renderGraphText(fourClouds)).toBe(`network default: 4 sites, 7 nodes, 6 tunnels, every site to every other
║
╠═ aliyun  fabric direct
║  └─◆ aliyun-1  172.16.8.11   192.0.2.11:51820     10.42.6.0/24 fd42:42:0:6::/64
║
╠═ aws  fabric vxlan
║  ├─◆ aws-1     172.31.0.11   203.0.113.11:51820   10.42.1.0/24 fd42:42:0:1::/64
║  ├── aws-2     172.31.0.12   203.0.113.12:51820   10.42.2.0/24 fd42:42:0:2::/64
║  └── aws-3     172.31.0.13                        10.42.3.0/24 fd42:42:0:3::/64
║
╠═ gcp  fabric direct
║  ├─◆ gcp-1     10.128.0.11   198.51.100.11:51820  10.42.4.0/24 fd42:42:0:4::/64
║  └── gcp-2     10.128.0.12                        10.42.5.0/24 fd42:42:0:5::/64
║
╚═ home  fabric direct, behind NAT
   └─◆ home-1    192.168.1.11  behind NAT           10.42.7.0/24 fd42:42:0:7::/64

◆ gateway of its site
`)
})

test('a node that is a site of its own is one line, and the missing tunnels are named', () => {
  expect(renderGraphText(meshOf(4, [2, 4]))).toBe(`network mesh: 4 sites, 4 nodes, 5 tunnels
╠════◆ n1  10.0.0.1  203.0.113.1:51820  10.42.1.0/24  tunnels to every other site
╠════◆ n2  10.0.0.2  behind NAT         10.42.2.0/24  tunnels to n1, n3
╠════◆ n3  10.0.0.3  203.0.113.3:51820  10.42.3.0/24  tunnels to every other site
╚════◆ n4  10.0.0.4  behind NAT         10.42.4.0/24  tunnels to n1, n3

◆ gateway of its site
! n2 and n4 cannot meet
`)
})

test('of many tunnels only what is missing is named, or else only the first', () => {
  const most = renderGraphText(meshOf(20, [19, 20]))
  expect(most).toContain('10.42.20.0/24  tunnels to every other site but n19\n')
  const half = renderGraphText(meshOf(20, [11, 12, 13, 14, 15, 16, 17, 18, 19, 20]))
  expect(half).toContain('10.42.20.0/24  tunnels to n1, n2, n3, n4, n5, n6 and 4 others\n')
})

describe('a site without tunnels', () => {
  const apart = { ...fourClouds, tunnels: [{ from: 'aliyun-1', to: 'aws-1' }] }

  test('hangs on the trunk by a dotted line', () => {
    const text = renderGraphText(apart)
    expect(text).toContain('╠═ aws  fabric vxlan, tunnels to aliyun\n')
    expect(text).toContain('╟╌ gcp  fabric direct, no tunnels\n')
    expect(text).toContain('╙╌ home  fabric direct, behind NAT, no tunnels\n')
  })

  test('is nothing to speak of where it is the only site', () => {
    const text = renderGraphText({ ...fourClouds, sites: fourClouds.sites.slice(1, 2), tunnels: [] })
    expect(text).toMatch(/^network default: 1 site, 3 nodes, 0 tunnels\n║\n╙╌ aws {2}fabric vxlan\n/)
  })
})

test('a site of many nodes shows its gateways with their slots, and counts its members', () => {
  const large = sitesOf({ sizes: [100, 2], gateways: 2 })
  expect(renderGraphText(large)).toBe(`network default: 2 sites, 102 nodes, 4 tunnels, every site to every other
║
╠═ s1  fabric vxlan
║  ├─◆ s1-1  slot 1  10.1.0.1  203.0.1.1:51820  fd42:1:1::/64
║  ├─◆ s1-2  slot 2  10.1.0.2  203.0.1.2:51820  fd42:1:2::/64
║  └── + 98 members  s1-3 … s1-100
║
╚═ s2  fabric vxlan
   ├─◆ s2-1  slot 1  10.2.0.1  203.0.2.1:51820  fd42:2:1::/64
   └─◆ s2-2  slot 2  10.2.0.2  203.0.2.2:51820  fd42:2:2::/64

◆ gateway of its site
`)
  expect(renderGraphText(large, { all: true })).toMatch(/─ s1-99 .*\n.*─ s1-100 /)
})

test('sites that meet through a third are said to', () => {
  const text = renderGraphText(sitesOf({ sizes: [1, 1, 1], behindNat: [2, 3] }))
  expect(text).toContain('203.0.1.1:51820  fd42:1:1::/64  tunnels to every other site\n')
  expect(text).toContain('\ns2 and s3 meet through s1\n')
})

test('addresses of a virtual LAN have a column, if they are others than the private ones', () => {
  const nodes = fourClouds.sites.flatMap((site) => site.nodes.map((node) => ({ ...node, lan: '10.99.0.1' })))
  const text = renderGraphText({ ...fourClouds, sites: [{ name: 'one', fabric: 'direct', nodes }] })
  expect(text).toContain('aws-3     172.31.0.13   lan 10.99.0.1')
})

test('a site alone is not said to be behind NAT, because nobody would call it', () => {
  const text = renderGraphText({ ...fourClouds, sites: fourClouds.sites.slice(3), tunnels: [] })
  expect(text).toContain('╙╌ home  fabric direct\n')
  expect(text).not.toContain('NAT')
})
