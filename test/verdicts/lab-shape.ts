// Random small labs: two to four clouds with one to three nodes each, six at most, behind every kind of NAT.
import fc from 'fast-check'
import type { CloudNat, Fabric, Family, Network } from '../../src/model/index.ts'
import { FAULT_KINDS, type FaultKind } from './fault-kind.ts'

export type LabShape = {
  readonly pods: 'v4' | 'v6' | 'both'
  /** Families of the machines' private addresses. */
  readonly underlay: 'v4' | 'both'
  /**
   * Where machines have addresses of both. The same for all: of two that look for each other in different families each follows where it
   * hears the other from, for ever.
   */
  readonly endpointFamily: Family
  readonly sitesBy: 'cloud' | 'node'
  readonly encryption: Network['encryption']
  readonly mtu: Network['mtu']
  readonly masquerades: boolean
  readonly clouds: readonly CloudShape[]
  /** Kinds in the order in which they are tried: what the lab has no place for is passed over. */
  readonly faults: readonly FaultKind[]
  readonly faultCount: 1 | 2
  /** What chance decides later: where each fault stands. */
  readonly picks: readonly number[]
}

export type CloudShape = {
  readonly nat: CloudNat
  readonly sourceCheck: boolean
  /** WireGuard is let in. */
  readonly isOpen: boolean
  readonly mtuBytes: number
  readonly hasNarrowIpv6: boolean
  readonly fabric: Exclude<Fabric['kind'], 'ipip' | 'none'>
  readonly gatewaysPerSite: 1 | 2
  readonly nodes: readonly NodeShape[]
}

export type NodeShape = { readonly hasEndpoint: boolean }

const mostly = <T>(usual: T, ...seldom: T[]): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: 4 }, { arbitrary: fc.constantFrom(...seldom), weight: 1 })

const nodeShape: fc.Arbitrary<NodeShape> = fc.record({ hasEndpoint: fc.constantFrom(true, true, false) })

const cloudShape: fc.Arbitrary<CloudShape> = fc.record({
  nat: fc.constantFrom<CloudNat>('one-to-one', 'one-to-one', 'masquerade', 'masquerade', 'none'),
  sourceCheck: fc.boolean(),
  isOpen: fc.boolean(),
  mtuBytes: fc.constantFrom(1500, 1500, 1500, 1400, 9001),
  hasNarrowIpv6: mostly(false, true),
  fabric: fc.constantFrom<CloudShape['fabric']>('direct', 'vxlan', 'vxlan', 'wireguard'),
  gatewaysPerSite: mostly<1 | 2>(1, 2),
  nodes: fc.integer({ min: 0, max: 5 }).chain((size) => {
    const length = [1, 1, 1, 2, 2, 3][size] ?? 1
    return fc.array(nodeShape, { minLength: length, maxLength: length })
  }),
})

const MOST_NODES = 6
/** One each; more for what few labs have a place for, and for what many packets notice. */
const FAULT_TICKETS: FaultKind[] = [
  ...FAULT_KINDS,
  'forwarding entry removed',
  'forwarding entry removed',
  'wrong key',
  'wrong key',
  'link down',
  'link down',
  'peer removed',
  'next hop removed',
]

const labShape: fc.Arbitrary<LabShape> = fc.record({
  pods: fc.constantFrom<LabShape['pods']>('v4', 'both', 'both', 'v6'),
  underlay: mostly<LabShape['underlay']>('v4', 'both'),
  endpointFamily: fc.constantFrom<Family>(4, 6),
  sitesBy: mostly<LabShape['sitesBy']>('cloud', 'node'),
  encryption: mostly<Network['encryption']>('required', 'preferred'),
  mtu: mostly<Network['mtu']>('auto', 1300),
  masquerades: fc.boolean(),
  clouds: fc.integer({ min: 0, max: 5 }).chain((size) => {
    const length = [2, 2, 2, 2, 3, 4][size] ?? 2
    return fc.array(cloudShape, { minLength: length, maxLength: length }).map(atMost(MOST_NODES))
  }),
  faults: fc.shuffledSubarray(FAULT_TICKETS, { minLength: FAULT_TICKETS.length }),
  faultCount: mostly<1 | 2>(2, 1),
  picks: fc.array(fc.nat(0x7fff_ffff), { minLength: 16, maxLength: 16 }),
})

/** The last clouds keep one node each. */
const atMost =
  (most: number) =>
  (clouds: readonly CloudShape[]): readonly CloudShape[] => {
    let left = most - clouds.length
    return clouds.map((cloud) => {
      const extra = Math.min(left, cloud.nodes.length - 1)
      left -= extra
      return { ...cloud, nodes: cloud.nodes.slice(0, 1 + extra) }
    })
  }

/** The same for the same seed, and the first ones of more. Every kind of fault has its turn to be tried first. */
export const labShapes = (seed: number, count: number): LabShape[] =>
  fc.sample(labShape, { seed, numRuns: count }).map((shape, number) => {
    const first = FAULT_KINDS[number % FAULT_KINDS.length]
    if (first === undefined) return shape
    const next = { ...shape, faults: [first, ...shape.faults] }
    return first === 'forwarding entry removed' ? withVxlan(next) : next
  })

/** One site at least has such entries. */
function withVxlan(shape: LabShape): LabShape {
  const [cloud, ...others] = shape.clouds
  const [node] = cloud?.nodes ?? []
  if (cloud === undefined || node === undefined) return shape
  const nodes = cloud.nodes.length > 1 ? cloud.nodes : [node, node]
  return { ...shape, sitesBy: 'cloud', clouds: [{ ...cloud, fabric: 'vxlan', nodes }, ...others] }
}
