import { expect, it } from 'vitest'
import { formatPrefix, type HostLink, type Node, parseAddress } from '../model/index.ts'
import { observeLocal } from './local.ts'

const NODE: Node = {
  name: 'a',
  labels: {},
  privateAddresses: [{ address: parseAddress('192.168.1.11'), length: 24 }],
  podPrefixes: [],
  offeredPrefixes: [],
  gateway: 'allow',
}

function hostLink(name: string, addresses: readonly string[], isUp = true): HostLink {
  const parsed = addresses.map((text) => {
    const [address = '', length] = text.split('/')
    return { address: parseAddress(address), length: Number(length) }
  })
  return { name, mtuBytes: 1500, isUp, hardwareAddress: '02:00:00:00:00:01', addresses: parsed }
}

const subnetsOf = (...hostLinks: HostLink[]): string[] | undefined =>
  observeLocal({
    node: NODE,
    hostLinks,
    pods: [],
    host: { acceptsRouterAdvertisements: () => false, ipv6MtuBytes: () => undefined },
    liveness: undefined,
    resolvedHosts: {},
  }).local.subnets?.map(formatPrefix)

it('the subnets of a host are those of its links, ascending and each once', () => {
  const subnets = subnetsOf(
    hostLink('eth0', ['192.168.1.11/24', '2001:db8:1::11/64', '2001:db8:1::12/64']),
    hostLink('docker0', ['172.17.0.1/16']),
    hostLink('eth1', ['192.168.1.12/24']),
  )
  expect(subnets).toEqual(['172.17.0.0/16', '192.168.1.0/24', '2001:db8:1::/64'])
})

it('no subnet is what is on our own links, on a link that is down, on no network beyond the link, or one address alone', () => {
  const subnets = subnetsOf(
    hostLink('lo', ['127.0.0.1/8', '::1/128', '10.9.9.9/32']),
    hostLink('eth0', ['169.254.7.7/16', 'fe80::1/64', '2001:db8::5/128']),
    hostLink('docker1', ['172.18.0.1/16'], false),
    hostLink('damask-t1', ['10.42.1.1/24']),
    hostLink('dmk0123', ['10.42.2.1/24']),
  )
  expect(subnets).toBeUndefined()
})
