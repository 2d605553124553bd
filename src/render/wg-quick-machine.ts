// What wg-quick needs to know of a machine, from its NodeState: a plan has a device for each slot and each use, and a file of
// wg-quick has one.
import { type Address, fabricWireguardLink, type NodeState, type PublicKey, TABLE, tunnelLink } from '../model/index.ts'
import { type SortedEntries, sortEntries } from './sorted-entries.ts'

export type WgQuickMachine = {
  readonly node: string
  readonly publicKey: PublicKey
  /** Of the one device: that of its tunnels, or of its fabric where it has no tunnel. */
  readonly listenPort: number
  readonly isGateway: boolean
  readonly entries: SortedEntries
}

export type WgQuickMachines = ReadonlyMap<PublicKey, WgQuickMachine>

/** By public key; machines without a WireGuard device are not among them. */
export function wgQuickMachines(states: Iterable<NodeState>): WgQuickMachines {
  const machines = new Map<PublicKey, WgQuickMachine>()
  for (const state of states) {
    const entries = sortEntries(state)
    const devices = entries['wireguard-device']
    const device = devices.find(({ link }) => link === tunnelLink(1)) ?? devices[0]
    if (device === undefined) continue
    const { publicKey, listenPort } = device
    const isGateway = devices.some(({ link }) => link === tunnelLink(1))
    machines.set(publicKey, { node: state.node, publicKey, listenPort, isGateway, entries })
  }
  return machines
}

/** What this machine needs and no file of wg-quick says, with what to do; undefined where there is nothing. */
export function wgQuickLack(state: NodeState): string | undefined {
  const entries = sortEntries(state)
  if (entries['wireguard-device'].some(({ link }) => !ONE_DEVICE.includes(link))) return SEVERAL_GATEWAYS
  const device = entries.link.find(({ type }) => type.kind === 'vxlan' || type.kind === 'ipip')
  if (device !== undefined) return otherFabric(`over ${device.name}`)
  const bare = entries.route.some(({ table, target }) => table === TABLE && target.kind === 'via')
  return bare ? otherFabric('by routes over the private network') : undefined
}

const SEVERAL_GATEWAYS =
  'a site has several gateways, which takes a device for each and somebody who moves routes when one dies; set gatewaysPerSite: 1'

const otherFabric = (way: string): string =>
  `other members of the site are reached ${way}, and wg-quick knows WireGuard alone; set fabric: { kind: wireguard } for the site, or make each node a site of its own`

const ONE_DEVICE: readonly string[] = [tunnelLink(1), fabricWireguardLink(1)]

/** Those by which it speaks into the network. */
export const ownAddresses = ({ entries }: WgQuickMachine): readonly Address[] => {
  const [device] = entries['wireguard-device']
  return entries.address.filter(({ link }) => link === device?.link).map(({ address }) => address)
}
