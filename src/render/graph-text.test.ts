import { describe, expect, test } from 'vitest'
import { fourClouds, meshOf } from './example-topology.fixture.ts'
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
