import { describe, expect, test } from 'vitest'
import { labNode, labWorld } from '../../test/lab-world.ts'
import { formatPrefix, type Network, parsePrefix, type World } from '../model/index.ts'
import { preparePlan } from '../planner/index.ts'
import { parseHostRoutes } from './host-routes.ts'
import { findMissingPlugin } from './missing-plugin.ts'

/** As a machine of Flannel's lists them, with what Damask adds: its guard, and what it throws on to the main table. */
const IPV4 = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
cni0\t00012A0A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
*\t00002A0A\t00000000\t0200\t0\t0\t0\t0000FFFF\t0\t0\t0
`
const NOWHERE = '00000000000000000000000000000000'
const route6 = (to: string, length: string, flags: string, link: string): string =>
  `${to} ${length} ${NOWHERE} 00 ${NOWHERE} 00000400 00000001 00000000 ${flags} ${link.padStart(8)}\n`
const IPV6 = [
  route6(NOWHERE, '00', '00000003', 'eth0'),
  route6('fd420000000000010000000000000000', '40', '00200200', 'lo'),
  route6('fd420000000000020000000000000000', '40', '00000001', 'damask-t1'),
  route6('fd420000000000030000000000000000', '40', '00000001', 'flannel.1'),
].join('')

test('routes are read from /proc, but for refusals and for those over links of ours', () => {
  expect(parseHostRoutes({ ipv4: IPV4, ipv6: IPV6 }).map(({ to, link }) => `${formatPrefix(to)} ${link}`)).toEqual([
    '0.0.0.0/0 eth0',
    '192.0.2.0/24 eth0',
    '10.42.1.0/24 cni0',
    '::/0 eth0',
    'fd42:0:0:3::/64 flannel.1',
  ])
  expect(parseHostRoutes({ ipv4: '', ipv6: '' })).toEqual([])
})

describe('a site whose pods another network plugin carries', () => {
  const found = (routes: readonly string[], fabric: Network['fabric']['kind'] = 'none') =>
    findMissingPlugin(preparePlan(worldWith(fabric)), 'a', () =>
      routes.map((to) => ({ to: parsePrefix(to), link: 'cni0' })),
    ).map(({ message }) => message)

  test('has none where nothing but a default route leads to its pods', () => {
    expect(found(['0.0.0.0/0', '::/0', '192.0.2.0/24', '10.42.2.0/24'])).toEqual([
      'no route of this machine leads to 10.42.1.0/24 or fd42:0:0:1::/64, its own pods: site s has fabric none, so another network ' +
        'plugin carries them, and there is none here, or it has no pod yet; install it, or take another fabric',
    ])
    expect(found(['10.42.1.0/24'])).toEqual([expect.stringContaining('leads to fd42:0:0:1::/64, its own pods')])
  })

  test('has one where a route leads to all of them, or to a single pod', () => {
    expect(found(['10.42.1.0/24', 'fd42::/48'])).toEqual([])
    expect(found(['10.42.1.7/32', 'fd42:0:0:1::7/128'])).toEqual([])
  })

  test('is not looked for where Damask carries pods itself, nor before there is a plan', () => {
    expect(found([], 'vxlan')).toEqual([])
    expect(findMissingPlugin(undefined, 'a', () => [])).toEqual([])
  })
})

function worldWith(kind: Network['fabric']['kind']): World {
  const node = labNode('a', '192.0.2.1/24', undefined, ['10.42.1.0/24', 'fd42:0:0:1::/64'])
  const { network, ...rest } = labWorld([{ ...node, site: 's' }], ['10.42.0.0/16', 'fd42::/48'])
  return { ...rest, network: { ...network, fabric: { ...network.fabric, kind } } }
}
