// Walks a packet through planned NodeStates, by every choice that a group of next hops leaves: who gets it in the end, or where
// it is lost, turns in a circle, or leaves bare.
import {
  type Address,
  containsAddress,
  equalAddresses,
  formatAddress,
  GUARD_TABLE,
  type NextHop,
  type Prefix,
  prefixOf,
  type RouteTarget,
  TABLE,
} from '../../src/model/index.ts'
import { droppedBy } from './packet-filter.ts'
import { lookup, type Machine, NIC, ownAddresses, type Picture, peerFor } from './packet-picture.ts'

export type Packet = { readonly source: Address; readonly destination: Address }
export type Outcome = {
  readonly kind: 'delivered' | 'dropped' | 'looped' | 'leaked'
  /** Where it ended. */
  readonly at: string
  /** `n0-1 --damask-vx--> n0-0 --damask-t1--> n1-0: …` */
  readonly path: string
}

/** A hop out of a machine. */
type Step = { readonly link: string; readonly via?: Address }
type Place = { readonly machine: Machine; readonly inLink: string | undefined; readonly path: string }
type Walk = {
  /** Ways that meet again are told to their ends, each. */
  readonly isWhole: boolean
  readonly picture: Picture
  readonly packet: Packet
  readonly outcomes: Outcome[]
  readonly done: Set<string>
}

/** One outcome for each different end. `from` sends it itself, or a pod of it does. */
export function walk(picture: Picture, from: string, packet: Packet, isWhole = false): readonly Outcome[] {
  const machine = picture.get(from)
  if (machine === undefined) throw new Error(`there is no machine ${from}`)
  const outcomes: Outcome[] = []
  arrive({ picture, packet, outcomes, done: new Set(), isWhole }, { machine, inLink: undefined, path: from }, [])
  return outcomes
}

function arrive(all: Walk, place: Place, before: readonly string[]): undefined {
  const { machine, inLink } = place
  const state = `${machine.node.name} ${inLink ?? ''}`
  if (before.includes(state)) return end(all, place, 'looped', 'was here before')
  if (all.done.has(state)) return
  const { destination } = all.packet
  if (ownAddresses(machine).has(formatAddress(destination)) || machine.node.podPrefixes.some(holding(destination)))
    end(all, place, 'delivered', 'is its own')
  else routeOn(all, place, [...before, state])
  if (!all.isWhole) all.done.add(state)
}

function routeOn(all: Walk, place: Place, before: readonly string[]): undefined {
  const { machine } = place
  const { destination } = all.packet
  // The router of the private network knows all subnets of the site.
  const isNear = [...all.picture.values()].some(
    ({ site, node }) =>
      site === machine.site && node.privateAddresses.some(({ address }) => equalAddresses(address, destination)),
  )
  const isPassed = goesToMain(machine, place, all.packet)
  if (isPassed && isNear) return leave(all, place, { link: NIC, via: destination }, before)
  const best = isPassed ? undefined : lookup(machine, TABLE, destination)
  if (best !== undefined && best.target.kind !== 'throw') {
    if (best.target.kind === 'unreachable') return end(all, place, 'dropped', 'unreachable in 218')
    const steps = stepsOf(machine, best.target)
    if (steps.length === 0) end(all, place, 'dropped', 'its route has no next hop')
    for (const step of steps) leave(all, place, step, before)
    return
  }
  // The main table without its default route: own subnets, and what another plugin put there.
  if (machine.node.privateAddresses.map(subnetOf).some(holding(destination)))
    return leave(all, place, { link: NIC, via: destination }, before)
  const fellow = machine.isForeignFabric
    ? [...all.picture.values()].find(
        ({ site, node }) =>
          site === machine.site && node !== machine.node && node.podPrefixes.some(holding(destination)),
      )
    : undefined
  if (fellow !== undefined) return arrive(all, onward(place, fellow, 'cni0'), before)
  if (machine.node.offeredPrefixes.some(holding(destination)))
    return end(all, place, 'delivered', 'is of a network behind it')
  const guard = lookup(machine, GUARD_TABLE, destination)
  if (guard?.target.kind === 'unreachable') return end(all, place, 'dropped', 'a guard refuses it')
  if (isNear) return leave(all, place, { link: NIC, via: destination }, before)
  end(all, place, 'leaked', 'the default route takes it')
}

/** A rule in front of ours leads what the host itself sends to its private network past our table. */
export const goesToMain = ({ entries, node }: Machine, { inLink }: Pick<Place, 'inLink'>, packet: Packet): boolean =>
  inLink === undefined &&
  !node.podPrefixes.some(holding(packet.source)) &&
  entries.some(
    (entry) =>
      entry.kind === 'rule' &&
      entry.ownTo !== undefined &&
      entry.ownUdpPort === undefined &&
      holding(packet.destination)(entry.ownTo),
  )

/** All ways that the route leaves open. */
function stepsOf({ entries }: Machine, target: RouteTarget): readonly Step[] {
  if (target.kind === 'via') return target.hops
  if (target.kind === 'link') return [{ link: target.link }]
  if (target.kind !== 'next-hop-object') return []
  const hops = new Map(entries.flatMap((entry) => (entry.kind === 'next-hop' ? [[entry.id, entry] as const] : [])))
  const group = entries.find((entry) => entry.kind === 'next-hop-group' && entry.id === target.id)
  const ids = group?.kind === 'next-hop-group' ? group.members : [target.id]
  return ids.flatMap((id) => {
    const hop: NextHop | undefined = hops.get(id)
    if (hop === undefined) throw new Error(`there is no next hop ${id}`)
    return [hop]
  })
}

function leave(all: Walk, place: Place, step: Step, before: readonly string[]): undefined {
  const { machine, inLink } = place
  const { packet } = all
  const nextHop = step.via ?? packet.destination
  const chains = inLink === undefined ? ['leak'] : ['forward', 'leak']
  const seen = { ...packet, ...(inLink !== undefined && { inLink }), outLink: step.link, nextHop }
  const verdict = droppedBy(machine.filter, chains, seen)
  if (verdict !== undefined) return end(all, place, 'dropped', `${verdict} (${step.link})`)
  const far = /^damask-[tf]\d+$/.test(step.link) ? throughTunnel(all, place, step) : overFabric(all, place, step)
  if (far !== undefined) arrive(all, far, before)
}

/** Cryptokey routing: who has it on this side, and whether the far side takes it from us. */
function throughTunnel(all: Walk, place: Place, { link }: Step): Place | undefined {
  const { machine } = place
  const { source, destination } = all.packet
  const peer = peerFor(machine, link, destination)
  if (peer === undefined) return end(all, place, 'dropped', `no peer of ${link} has it`)
  const far = [...all.picture.values()].find(({ publicKey }) => publicKey === peer.publicKey)
  const backs = far?.peers.filter((one) => one.publicKey === machine.publicKey && one.link[7] === link[7]) ?? []
  const [back] = backs
  if (far === undefined || back === undefined || backs.length !== 1)
    return end(all, place, 'dropped', `the far end of ${link} has ${backs.length} devices for us`)
  const farPort = far.entries.find((entry) => entry.kind === 'wireguard-device' && entry.link === back.link)
  if (peer.endpoint && !far.node.endpoint?.ports && farPort?.kind === 'wireguard-device')
    if (peer.endpoint.port !== farPort.listenPort)
      return end(all, place, 'dropped', `${link} sends to port ${peer.endpoint.port}, ${back.link} listens elsewhere`)
  if (peerFor(far, back.link, source) !== back)
    return end(all, place, 'dropped', `${far.node.name} does not take it from ${machine.node.name} on ${back.link}`)
  return onward(place, far, back.link)
}

/** The fellow member that holds the next hop, over the private network. */
function overFabric(all: Walk, place: Place, { link, via }: Step): Place | undefined {
  const { machine } = place
  if (link === NIC && machine.isWrapped && !ownAddresses(machine).has(formatAddress(all.packet.source)))
    return end(all, place, 'dropped', 'the private network does not take its source')
  const remote = link === 'damask-vx' ? vxlanRemote(machine, via) : via
  if (remote === undefined) return end(all, place, 'dropped', `${link} knows no place for it`)
  const fellow = [...all.picture.values()].find(
    ({ site, node, entries }) =>
      site === machine.site &&
      node !== machine.node &&
      (node.privateAddresses.some(({ address }) => equalAddresses(address, remote)) ||
        entries.some((one) => one.kind === 'address' && one.link === NIC && equalAddresses(one.address, remote))),
  )
  if (fellow === undefined) return end(all, place, 'delivered', `is on the private network`)
  return onward(place, fellow, link)
}

function vxlanRemote({ entries }: Machine, via: Address | undefined): Address | undefined {
  const neighbour = entries.find((one) => one.kind === 'neighbour' && via && equalAddresses(one.address, via))
  const hardwareAddress = neighbour?.kind === 'neighbour' ? neighbour.hardwareAddress : undefined
  const entry = entries.find((one) => one.kind === 'fdb' && one.hardwareAddress === hardwareAddress)
  return entry?.kind === 'fdb' ? entry.remote : undefined
}

const onward = ({ machine, path }: Place, far: Machine, inLink: string): Place => ({
  machine: far,
  inLink,
  path: `${path} --${inLink}--> ${far.node.name === machine.node.name ? 'itself' : far.node.name}`,
})

function end({ outcomes }: Walk, { machine, path }: Place, kind: Outcome['kind'], why: string): undefined {
  outcomes.push({ kind, at: machine.node.name, path: `${path}: ${kind}, ${why}` })
}

const holding = (address: Address) => (prefix: Prefix) => containsAddress(prefix, address)
const subnetOf = ({ address, length }: { readonly address: Address; readonly length: number }): Prefix =>
  prefixOf(address, length)
