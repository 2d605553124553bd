import { expect, it } from 'vitest'
import { formatAddress, formatPrefix, type HostLink, type Node, parseAddress } from '../model/index.ts'
import { observeLocal, ownAddresses } from './local.ts'

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

const ownAddressesOf = (...hostLinks: HostLink[]): string[] =>
  ownAddresses(hostLinks).map(({ address, length }) => `${formatAddress(address)}/${length}`)

it('the addresses of a machine are those of its links that are up, in an order of their own, those of a subnet first', () => {
  const links = [
    hostLink('eth0', ['192.168.1.11/24', '2001:db8:1::11/64', 'fe80::1/64']),
    hostLink('docker0', ['172.17.0.1/16']),
    hostLink('ens4', ['10.132.0.2/32']), // as GCP gives them
    hostLink('lo', ['127.0.0.1/8', '::1/128']),
    hostLink('kube-ipvs0', ['10.43.0.1/32'], false),
    hostLink('damask0', ['10.42.1.1/32']),
    hostLink('dmk123', ['10.42.1.1/32']),
  ]
  const found = ['172.17.0.1/16', '192.168.1.11/24', '2001:db8:1::11/64', '10.132.0.2/32']
  expect(ownAddressesOf(...links)).toEqual(found)
  expect(ownAddressesOf(...links.toReversed(), hostLink('br0', ['192.168.1.11/24']))).toEqual(found)
})

it('at most sixteen addresses of a machine are told, and addresses alone are the first to be left out', () => {
  const alone = Array.from({ length: 40 }, (_, index) => `10.1.1.${index}/32`)
  const found = ownAddressesOf(hostLink('dummy0', alone), hostLink('eth0', ['192.168.1.11/24']))
  expect(found).toHaveLength(16)
  expect(found[0]).toBe('192.168.1.11/24')
})
