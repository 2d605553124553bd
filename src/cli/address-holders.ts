// Which machines have an address: their own first, then those that are reached at it from outside.
import { type Address, equalAddresses, type Node, type NodeState, type World } from '../model/index.ts'

/** Names of nodes; several where private networks of sites have the same addresses, or one public address is that of several. */
export function holdersOf(
  address: Address,
  { world, states }: { readonly world: World; readonly states: readonly NodeState[] },
): readonly string[] {
  const isIt = (own: Address | undefined): boolean => own !== undefined && equalAddresses(own, address)
  const gateway = states.find(({ gatewayAddresses }) => isIt(gatewayAddresses[address.family]))?.node
  if (gateway !== undefined) return [gateway]
  const ways: readonly ((node: Node) => boolean)[] = [
    ({ lan, privateAddresses }) => isIt(lan) || privateAddresses.some((own) => isIt(own.address)),
    ({ endpoint }) => typeof endpoint?.host === 'object' && isIt(endpoint.host),
  ]
  const nodes = [...world.nodes.values()]
  for (const has of ways) {
    const names = nodes.filter(has).map(({ name }) => name)
    if (names.length > 0) return names
  }
  return []
}
