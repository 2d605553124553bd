// One machine of a random world: what it is, and what it claims.
import {
  type Address,
  type Node,
  nthAddress,
  type Prefix,
  type PrivateAddress,
  parseAddress,
  parsePrefix,
} from '../../src/model/index.ts'
import type { NodeShape, Shape } from './random-world.ts'

export function nodeOf(shape: Shape, s: number, n: number): Node {
  const site = shape.sites[s]
  const member = site?.nodes[n]
  if (site === undefined || member === undefined) throw new Error(`the shape has no node ${n} in site ${s}`)
  const number = s * 16 + n
  const { families } = shape
  const hasPods = families !== 'no pods'
  return {
    name: `n${s}-${n}`,
    labels: {},
    ...(member.hasSite && { site: `site-${s}` }),
    privateAddresses: privateAddresses(shape, s, n),
    ...endpointOf(shape, number, member),
    podPrefixes: [
      ...(hasPods && families !== 'v6' ? [parsePrefix(`10.42.${number}.0/24`)] : []),
      ...(hasPods && families !== 'v4' ? [parsePrefix(`fd42:42:0:${(number + 1).toString(16)}::/64`)] : []),
    ],
    offeredPrefixes: shape.isNested
      ? []
      : OFFERS[member.offers](number).filter(({ family }) => family === 4 || families === 'v6' || families === 'both'),
    ...lanAddress(shape, number, member),
    gateway: member.gateway,
    ...(member.slot !== undefined && member.grantedIn === 'node' && { granted: { slot: member.slot } }),
  }
}

function privateAddresses({ sites, isNested }: Shape, s: number, n: number): PrivateAddress[] {
  const site = sites[s]
  const subnet = site?.subnets === 2 ? n % 2 : 0
  const third = s * 2 + subnet
  const v4 = site?.isHome ? `192.168.${1 + subnet}.0/24` : isNested ? `10.200.${third}.0/24` : `172.16.${third}.0/24`
  return [
    { address: nthAddress(parsePrefix(v4), 10 + n), length: 24 },
    ...(site?.nodes[n]?.hasV6 ? [{ address: nthAddress(parsePrefix(`fd00:${third}::/64`), 10 + n), length: 64 }] : []),
  ]
}

function endpointOf({ isNested }: Shape, number: number, { endpoint }: NodeShape): Pick<Node, 'endpoint'> {
  const host = nthAddress(parsePrefix(isNested && number % 2 === 0 ? '10.201.0.0/24' : '203.0.113.0/24'), 1 + number)
  switch (endpoint) {
    case 'none':
      return {}
    case 'address':
      return { endpoint: { host, port: 51820 } }
    case 'mapped': // by a router that chooses ports of its own, of the first two slots
      return { endpoint: { host, port: 40000, ports: [40000, 41000] } }
    case 'name':
      return { endpoint: { host: `n${number}.example.net`, port: 51820 } }
    case 'unknown name':
      return { endpoint: { host: `lost.n${number}.example.net`, port: 51820 } }
  }
}

function lanAddress({ lan, isNested }: Shape, number: number, { hasLanAddress }: NodeShape): { lan?: Address } {
  if (lan === 'none' || !hasLanAddress || isNested) return {}
  return { lan: parseAddress(lan === 'apart' ? `100.64.7.${number}` : `172.31.7.${number}`) }
}

const OFFERS: Readonly<Record<NodeShape['offers'], (number: number) => Prefix[]>> = {
  none: () => [],
  rack: (number) => [parsePrefix(`192.168.${100 + number}.0/24`)],
  nested: (number) => [parsePrefix('192.168.0.0/17'), parsePrefix(`192.168.${100 + number}.128/25`)],
  broad: () => [parsePrefix('172.16.0.0/13'), parsePrefix('fd00::/16')],
  same: () => [parsePrefix('192.0.2.0/24')],
}
