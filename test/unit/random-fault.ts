// Networks that are broken somewhere: entries taken away or altered on one machine, or a change of what lies below.
import fc from 'fast-check'
import {
  type Entry,
  filterTable,
  hostPrefix,
  type NodeState,
  nthAddress,
  type PublicKey,
  parseAddress,
  prefixOf,
} from '../../src/model/index.ts'
import type { NetworkInput, Underlay, UnderlayHost, UnderlayNetwork } from '../../src/verifier/index.ts'

export const FAULT_KINDS = [
  'no peer',
  'fewer allowed IPs',
  'an allowed IP of another',
  'no route',
  'another target',
  'longer route',
  'another key',
  'no endpoint',
  'another port',
  'no next hop',
  'no neighbour',
  'smaller MTU',
  'link down',
  'strict reverse path',
  'dropped source',
  'dropped destination',
  'no forwarding',
  'closed port',
  'source check',
  'narrow machine',
  'forward firewall',
  'no hairpin',
] as const

export type Fault = { readonly kind: (typeof FAULT_KINDS)[number]; readonly node: number; readonly entry: number }

export const faults = fc.array(
  fc.record({ kind: fc.constantFrom(...FAULT_KINDS), node: fc.nat(1000), entry: fc.nat(10_000) }),
  { maxLength: 3 },
)

export function withFaults(input: NetworkInput, all: readonly Fault[]): NetworkInput {
  return all.reduce(withFault, { ...input, states: [...input.states] })
}

function withFault(input: NetworkInput, fault: Fault): NetworkInput {
  const states = [...input.states]
  const at = fault.node % states.length
  const state = states[at]
  if (state === undefined) return input
  const host = input.underlay.hosts.get(state.node)
  const change = underlayChange(fault, state, host, input.underlay)
  if (change !== undefined) return { ...input, underlay: change }
  states[at] = changedState(state, fault, states)
  return { ...input, states }
}

/** The entry of a kind that the fault is about is changed, or taken away (undefined). */
function changedState(state: NodeState, { kind, entry: nth, node }: Fault, states: readonly NodeState[]): NodeState {
  const alter = <Kind extends Entry['kind']>(
    wanted: Kind,
    change: (entry: Extract<Entry, { kind: Kind }>) => readonly Entry[],
  ): NodeState => {
    const candidates = state.parts.flat().filter((entry) => entry.kind === wanted)
    const chosen = candidates[nth % Math.max(1, candidates.length)]
    const parts = state.parts.map((part) =>
      chosen !== undefined && part.includes(chosen)
        ? part.flatMap((entry) => (entry === chosen ? change(entry as Extract<Entry, { kind: Kind }>) : [entry]))
        : part,
    )
    return { ...state, parts }
  }
  const other = states[(node + 1 + (nth % Math.max(1, states.length - 1))) % states.length] ?? state
  const otherAddress = Object.values(other.gatewayAddresses)[0] ?? parseAddress('10.42.0.1')
  switch (kind) {
    case 'no peer':
      return alter('wireguard-peer', () => [])
    case 'fewer allowed IPs':
      return alter('wireguard-peer', (peer) => [
        { ...peer, allowedIps: peer.allowedIps.filter((_, index) => index !== nth % peer.allowedIps.length) },
      ])
    case 'an allowed IP of another':
      return alter('wireguard-peer', (peer) => [
        { ...peer, allowedIps: [...peer.allowedIps, hostPrefix(nthAddress(prefixOf(otherAddress, 24), 9))] },
      ])
    case 'no route':
      return alter('route', () => [])
    case 'another target':
      return alter('route', (route) => [{ ...route, target: { kind: 'unreachable' } }])
    case 'longer route':
      return alter('route', (route) =>
        route.to.length > 24 + (route.to.family === 6 ? 96 : 0)
          ? [route]
          : [route, { ...route, to: { ...route.to, length: route.to.length + 1 }, target: { kind: 'unreachable' } }],
      )
    case 'another key':
      return alter('wireguard-device', (device) => [{ ...device, publicKey: 'wrong' as PublicKey }])
    case 'no endpoint':
      return alter('wireguard-peer', ({ endpoint: _, ...peer }) => [peer])
    case 'another port':
      return alter('wireguard-device', (device) => [{ ...device, listenPort: device.listenPort + 100 }])
    case 'no next hop':
      return alter('next-hop', () => [])
    case 'no neighbour':
      return alter('neighbour', () => [])
    case 'smaller MTU':
      return alter('link', (link) => [{ ...link, mtuBytes: link.mtuBytes - 100 - (nth % 50) }])
    case 'link down':
      return alter('link', (link) => [{ ...link, isDown: true }])
    case 'strict reverse path':
      return alter('sysctl', (sysctl) => [{ ...sysctl, value: sysctl.key.includes('rp_filter') ? '1' : sysctl.value }])
    case 'no forwarding':
      return alter('sysctl', (sysctl) => [{ ...sysctl, value: sysctl.key.includes('forward') ? '0' : sysctl.value }])
    case 'dropped source':
    case 'dropped destination': {
      const table = filterTable({
        name: 'fault',
        sets: [],
        chains: [
          {
            name: 'fault',
            type: 'filter',
            hook: nth % 2 === 0 ? 'forward' : 'postrouting',
            priority: 300,
            rules: [
              {
                when: [
                  {
                    kind: 'address',
                    family: otherAddress.family,
                    field: kind === 'dropped source' ? 'source' : 'destination',
                    in: prefixOf(otherAddress, otherAddress.family === 4 ? 23 : 63),
                  },
                ],
                verdict: { kind: 'drop' },
                comment: 'fault',
              },
            ],
          },
        ],
        because: [],
      })
      return { ...state, parts: [...state.parts, [table]] }
    }
    default:
      return state
  }
}

function underlayChange(
  { kind, node }: Fault,
  state: NodeState,
  host: UnderlayHost | undefined,
  underlay: Underlay,
): Underlay | undefined {
  const network = host && underlay.networks.get(host.network)
  if (host === undefined || network === undefined) return undefined
  const withHost = (change: Partial<UnderlayHost>): Underlay => ({
    ...underlay,
    hosts: new Map([...underlay.hosts, [host.node, { ...host, ...change }]]),
  })
  const withNetwork = (change: Partial<UnderlayNetwork>): Underlay => ({
    ...underlay,
    networks: new Map([...underlay.networks, [network.name, { ...network, ...change }]]),
  })
  const { uplink } = network
  switch (kind) {
    case 'closed port':
      return uplink && withNetwork({ uplink: { ...uplink, fromInternet: { rules: [], otherwise: 'drop' } } })
    case 'source check':
      return withNetwork({ sourceCheck: true })
    case 'narrow machine':
      return withHost({ mtuBytes: 1400 - (node % 30) })
    case 'forward firewall': {
      const own = Object.values(state.gatewayAddresses)[0]
      if (own === undefined) return undefined
      return withHost({ forward: { rules: [{ verdict: 'drop', to: prefixOf(own, 24) }], otherwise: 'accept' } })
    }
    case 'no hairpin':
      return uplink && withNetwork({ uplink: { ...uplink, hairpins: false } })
    default:
      return undefined
  }
}
