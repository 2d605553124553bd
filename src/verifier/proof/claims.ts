// Whose each thing is, and what it is to its owner.
import { type Entry, type NodeState, POD_LINK_PREFIX } from '../../model/index.ts'
import type { NetworkInput } from '../compiled-network.ts'
import { partIndexOf } from '../part-index.ts'
import type { AddressTranslation, UnderlayNat } from '../underlay.ts'
import { NOBODY, type Thing, type Things } from './things.ts'

/** Whose is what, by the place at which the machine has it. */
export function claimOwn(
  all: Things,
  node: number,
  network: number | undefined,
  state: NodeState,
  { facts, underlay }: NetworkInput,
): void {
  const things = all.within(network)
  things.claim(things.ofText(`node ${state.node}`), node, 'node')
  const host = underlay.hosts.get(state.node)
  for (const [nth, { address, length }] of (host?.addresses ?? []).entries())
    things.claim(things.ofAddress(address), node, `private ${nth}/${length}`)
  for (const family of [4, 6] as const) {
    const address = state.gatewayAddresses[family]
    if (address !== undefined) things.claim(things.ofAddress(address), node, `gateway ${family}`)
  }
  for (const part of state.parts) {
    const index = partIndexOf(part)
    for (const { link, address } of index.addresses)
      if (!link.startsWith(POD_LINK_PREFIX)) claimOnce(things, things.ofAddress(address), node, `on ${link}`)
    for (const { link, publicKey } of index.devices)
      things.claim(things.ofText(`key ${publicKey}`), node, `key ${link}`)
    for (const { name, hardwareAddress } of index.links)
      if (hardwareAddress !== undefined) things.claim(things.ofHardwareAddress(hardwareAddress), node, `hw ${name}`)
  }
  const nat = host && underlay.networks.get(host.network)?.uplink?.nat
  if (nat?.kind === 'one-to-one')
    for (const [nth, { outside }] of translationsOf(nat, state.node).entries())
      claimOnce(things, things.ofAddress(outside), node, `public ${nth}`)
  for (const [nth, prefix] of (facts.machines.get(state.node)?.podPrefixes ?? []).entries())
    things.claim(things.ofPrefix(prefix), node, `pods ${nth}/${prefix.length}`)
  for (const [nth, prefix] of (host?.behind ?? []).entries())
    claimOnce(things, things.ofPrefix(prefix), node, `behind ${nth}/${prefix.length}`)
}

const ownTranslations = new WeakMap<object, Map<string, AddressTranslation[]>>()

function translationsOf(
  nat: Extract<UnderlayNat, { kind: 'one-to-one' }>,
  node: string,
): readonly AddressTranslation[] {
  let byNode = ownTranslations.get(nat)
  if (byNode === undefined) {
    byNode = Map.groupBy(nat.translations, (one) => one.node)
    ownTranslations.set(nat, byNode)
  }
  return byNode.get(node) ?? []
}

const claimOnce = (things: Things, thing: Thing, node: number, role: string): void => {
  if (things.owner(thing) !== node) things.claim(thing, node, role)
}

/** Addresses that stand for a machine on its fellows alone, as those of vxlan's next hops: whose hardware address it is, they are. */
export function claimNeighbours(all: Things, networkOfPart: ReadonlyMap<readonly Entry[], number | undefined>): void {
  for (const [part, network] of networkOfPart) {
    const things = all.within(network)
    for (const { link, address, hardwareAddress } of partIndexOf(part).neighbours) {
      const owner = things.owner(things.ofHardwareAddress(hardwareAddress))
      const thing = things.ofAddress(address)
      if (owner !== NOBODY && things.owner(thing) === NOBODY) things.claim(thing, owner, `neighbour ${link}`)
    }
  }
}
