// Who reaches whom, over all ordered pairs of machines.
import { type Address, formatAddress } from '../model/index.ts'
import type { Machine, Mesh } from './mesh.ts'
import { shareLocalNetwork } from './mesh.ts'
import { type Loss, type Walk, type Way, walkTo } from './walk.ts'

/** `outside`: no tunnel is meant to carry it, or both are on one local network. */
export type Verdict = 'reached' | 'lost' | 'outside' | 'cannot be told'

export type PairReach = {
  readonly from: Machine
  readonly to: Machine
  readonly verdict: Verdict
  /** `origins`: by which peer, and which of its allowed IPs, the packet left. */
  readonly losses: readonly { readonly loss: Loss; readonly origins: readonly object[] }[]
  /** Machines that forward between the two. */
  readonly through: readonly string[]
}

export function reachAll(walk: Walk): readonly PairReach[] {
  const { machines } = walk.mesh
  const pairs = machines.flatMap((from) => machines.filter((to) => to !== from).map((to) => reachOf(walk, from, to)))
  const byNames = new Map(pairs.map((pair) => [`${pair.from.name}\n${pair.to.name}`, pair]))
  // Who has nothing for a machine that sends to it cannot answer: the two are apart for the same reason.
  return pairs.map((pair) => {
    const back = byNames.get(`${pair.to.name}\n${pair.from.name}`)
    return pair.verdict === 'outside' && back?.verdict === 'lost'
      ? { ...pair, verdict: 'lost', losses: back.losses }
      : pair
  })
}

function reachOf(walk: Walk, from: Machine, to: Machine): PairReach {
  const outside: PairReach = { from, to, verdict: 'outside', losses: [], through: [] }
  const ways = destinationsOf(to).map((destination) => ({ way: walkTo(walk, from, destination, to) }))
  const losses = ways.flatMap(({ way }) =>
    way.kind === 'lost' && isMeant(walk.mesh, way, to)
      ? [{ loss: way.loss, origins: [way.first.peer, way.first.place] }]
      : [],
  )
  if (losses.length > 0) return shareLocalNetwork(from, to) ? outside : { ...outside, verdict: 'lost', losses }
  const delivered = ways.flatMap(({ way }) => (way.kind === 'delivered' ? [way] : []))
  if (delivered.length > 0)
    return { ...outside, verdict: 'reached', through: delivered.flatMap(({ through }) => through) }
  return ways.some(({ way }) => way.kind === 'cannot-be-told') ? { ...outside, verdict: 'cannot be told' } : outside
}

/** A default route is not about a certain machine, unless it leads to that one. */
const isMeant = (mesh: Mesh, { first }: Way & { kind: 'lost' }, to: Machine): boolean =>
  first.prefix.length > 0 || mesh.devicesOf(first.peer.publicKey?.value).some((device) => to.devices.includes(device))

function destinationsOf({ devices }: Machine): readonly Address[] {
  const all = devices.flatMap(({ config }) => config.addresses.map(({ value }) => value.address))
  return [...new Map(all.map((address) => [formatAddress(address), address])).values()]
}
