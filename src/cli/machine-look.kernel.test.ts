import { expect, test } from 'vitest'
import { scratchNamespace } from '../../test/scratch-namespace.ts'
import { inNamespace, openRtnetlink } from '../linux/index.ts'
import { formatAddress, PROTOCOL, parseAddress } from '../model/index.ts'
import { lookAtMachine } from './machine-look.ts'

test('a machine is seen with the links that are up, the addresses that last, and its best default routes', () => {
  const { handle, run } = scratchNamespace()
  const ip = (words: string) => run('ip', ...words.split(' '))
  run('sysctl', '-qw', 'net.ipv6.conf.default.dad_transmits=0')
  ip('link set lo up')
  for (const name of ['eth0', 'eth1', 'down0', 'damask0']) ip(`link add ${name} type bridge`)
  for (const name of ['eth0', 'eth1', 'damask0']) ip(`link set ${name} up`)
  ip('link set damask0 group 218')
  ip('address add 172.16.0.1/32 dev damask0')
  ip('address add 10.0.0.11/24 dev eth0')
  ip('address add 10.0.0.12/24 dev eth0') // a secondary one
  ip('address add 169.254.1.1/16 dev eth0')
  const netlink = openRtnetlink(handle)
  netlink.addAddress('eth0', parseAddress('172.16.0.1'), 32, { protocol: PROTOCOL })
  netlink.close()
  ip('address add 2001:db8::11/64 dev eth0 nodad')
  ip('address add 2001:db8::12/64 dev eth0 nodad preferred_lft 0') // deprecated
  ip('address add 192.168.7.11/24 dev eth1')
  ip('route add default via 10.0.0.1')
  ip('route add default via 192.168.7.1 metric 100')
  ip('-6 route add default via fe80::1 dev eth0 proto ra')
  ip('-6 route add default dev damask0 metric 1 proto 218')
  run('sysctl', '-qw', 'net.ipv6.conf.eth0.mtu=1400')

  const { links, defaultRoutes, hostName } = inNamespace(handle, lookAtMachine)
  expect(hostName).not.toBe('')
  expect(
    links.map(({ addresses, ...link }) => ({
      ...link,
      addresses: addresses.map(({ address, length }) => `${formatAddress(address)}/${length}`),
    })),
  ).toEqual([
    { name: 'eth0', mtuBytes: 1500, ipv6MtuBytes: 1400, addresses: ['10.0.0.11/24', '2001:db8::11/64'] },
    { name: 'eth1', mtuBytes: 1500, addresses: ['192.168.7.11/24'] },
  ])
  expect(defaultRoutes.map(({ gateways, ...route }) => ({ ...route, gateways: gateways.map(formatAddress) }))).toEqual([
    { family: 4, links: ['eth0'], gateways: ['10.0.0.1'] },
    { family: 6, links: ['eth0'], gateways: ['fe80::1'] },
  ])
})

test('a default route over two links, and one over a next-hop object, are seen as such', () => {
  const { handle, run } = scratchNamespace()
  const ip = (words: string) => run('ip', ...words.split(' '))
  for (const [name, number] of [
    ['eth0', 1],
    ['eth1', 2],
  ] as const) {
    ip(`link add ${name} type bridge`)
    ip(`link set ${name} up`)
    ip(`address add 10.0.${number}.11/24 dev ${name}`)
  }
  ip('route add default nexthop via 10.0.1.1 dev eth0 nexthop via 10.0.2.1 dev eth1')
  expect(inNamespace(handle, lookAtMachine).defaultRoutes).toMatchObject([{ links: ['eth0', 'eth1'] }])
  ip('route del default')
  ip('nexthop add id 7 via 10.0.1.1 dev eth0')
  ip('route add default nhid 7')
  expect(inNamespace(handle, lookAtMachine).defaultRoutes).toMatchObject([{ links: [] }])
})
