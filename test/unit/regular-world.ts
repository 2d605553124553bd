// Networks of sites whose machines differ in nothing but their numbers, and what the verifier is told of a world.
import fc from 'fast-check'
import { type Fabric, type Node, nthAddress, parsePrefix, type World } from '../../src/model/index.ts'
import { planNode, preparePlan } from '../../src/planner/index.ts'
import { deriveUnderlay, factsOf, type NetworkInput } from '../../src/verifier/index.ts'
import { keyOfNumber, resolvedHostsOf } from './random-world.ts'

/** Sites of machines that differ in their numbers alone; some sites are behind NAT. */
export type Regular = {
  readonly sites: readonly { readonly machines: number; readonly isBehindNat: boolean }[]
  readonly families: 'v4' | 'v6' | 'both'
  readonly fabric: Fabric['kind']
  readonly gatewaysPerSite: number
  readonly joinPrivateAddresses: boolean
  readonly isInTurn: boolean
  /** Machines of all sites have the same private addresses, or two sites each have one range of them; unless they are joined. */
  readonly overlap: 'none' | 'addresses' | 'ranges'
}

export const regularShapes: fc.Arbitrary<Regular> = fc.record({
  sites: fc.array(
    fc.record({ machines: fc.integer({ min: 1, max: 7 }), isBehindNat: fc.constantFrom(false, false, true) }),
    { minLength: 1, maxLength: 4 },
  ),
  families: fc.constantFrom('v4', 'v6', 'both'),
  fabric: fc.constantFrom('direct', 'vxlan', 'wireguard', 'ipip'),
  gatewaysPerSite: fc.constantFrom(1, 1, 2),
  joinPrivateAddresses: fc.constantFrom(false, false, true),
  isInTurn: fc.boolean(),
  overlap: fc.constantFrom('none', 'addresses', 'ranges'),
})

export function regularWorldOf({
  sites,
  families,
  fabric,
  gatewaysPerSite,
  joinPrivateAddresses,
  isInTurn,
  overlap,
}: Regular): World {
  const places = sites.flatMap(({ machines }, site) => Array.from({ length: machines }, (_, rank) => ({ site, rank })))
  const inOrder = isInTurn ? places.toSorted((a, b) => a.rank - b.rank || a.site - b.site) : places
  const nodes = inOrder.map(({ site, rank }, index): Node => {
    const kind = joinPrivateAddresses ? 'none' : overlap
    const subnet = parsePrefix(`172.16.${{ none: site, addresses: 0, ranges: site >>> 1 }[kind]}.0/24`)
    const first = kind === 'ranges' && site % 2 === 1 ? 110 : 10
    const host = nthAddress(parsePrefix('203.0.113.0/24'), index + 1)
    return {
      name: `s${site}-m${rank}`,
      site: `s${site}`,
      labels: {},
      privateAddresses: [{ address: nthAddress(subnet, first + rank), length: 24 }],
      ...(!sites[site]?.isBehindNat && { endpoint: { host, port: 51820 } }),
      podPrefixes: [
        ...(families === 'v6' ? [] : [parsePrefix(`10.42.${index}.0/24`)]),
        ...(families === 'v4' ? [] : [parsePrefix(`fd42:42:0:${index.toString(16)}::/64`)]),
      ],
      offeredPrefixes: [],
      gateway: 'allow',
    }
  })
  return {
    network: {
      name: 'default',
      podPrefixes: [
        ...(families === 'v6' ? [] : [parsePrefix('10.42.0.0/16')]),
        ...(families === 'v4' ? [] : [parsePrefix('fd42:42::/48')]),
      ],
      servicePrefixes: [parsePrefix('10.43.0.0/16')],
      sites: { by: 'field' },
      fabric: { kind: fabric, encapsulate: 'always', port: 8472 },
      tunnel: { kind: 'wireguard', port: 51820 },
      encryption: 'required',
      gatewaysPerSite,
      masquerade: [4],
      joinPrivateAddresses,
      mtu: 'auto',
    },
    sites: new Map(),
    nodes: new Map(nodes.map((node) => [node.name, node])),
    statuses: new Map(nodes.map(({ name }, index) => [name, { name, publicKey: keyOfNumber(index) }])),
    grants: new Map(),
  }
}

/** A world to break: of both families, over VXLAN, with one gateway a site and the same private addresses at every site, but for `others`. */
export const vxlanWorldOf = (sites: Regular['sites'], others: Partial<Regular> = {}): World =>
  regularWorldOf({
    sites,
    families: 'both',
    fabric: 'vxlan',
    gatewaysPerSite: 1,
    joinPrivateAddresses: false,
    isInTurn: true,
    overlap: 'addresses',
    ...others,
  })

export function inputOf(world: World): NetworkInput {
  const { underlay, resolvedHosts } = deriveUnderlay(world, new Map(Object.entries(resolvedHostsOf(world))))
  const plan = preparePlan(world)
  const states = [...world.nodes.keys()].map((name) => planNode(plan, name, { pods: [], resolvedHosts }))
  return { states, facts: factsOf(world), underlay }
}
