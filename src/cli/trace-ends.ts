// The ends of `damask trace` as people write them: addresses, prefixes, machines, pods of a machine, labs' names of pods, outside.
import {
  type Address,
  containsAddress,
  type Family,
  formatAddress,
  formatPrefix,
  hint,
  isPublicAddress,
  listNames,
  type Node,
  type NodeState,
  nthAddress,
  type Prefix,
  prefixSize,
  specialUseOf,
  tryAddress,
  tryPrefix,
  type World,
} from '../model/index.ts'
import type { ProbeEnd } from '../verifier/index.ts'
import { holdersOf } from './address-holders.ts'

export type FoundEnd = ProbeEnd & { readonly address: Address }

export type EndSources = {
  readonly world: World
  readonly states: readonly NodeState[]
  /** Of a lab that is up: its pods by name. Left out: any address of a node's pod prefix may be a pod's. */
  readonly pods?: ReadonlyMap<string, readonly Address[]>
  /** Of several machines with one address, that which the other end sees: one of its own site. */
  readonly isNear?: (node: string) => boolean
}

/** Public resolvers: they stand for whatever is outside. */
const OUTSIDE = { 4: tryAddress('9.9.9.9'), 6: tryAddress('2620:fe::fe') } as const
const FAMILIES = [4, 6] as const

/** One end for each family that it has, or why there is none. */
export function findEnds(text: string, sources: EndSources): readonly FoundEnd[] | string {
  const { world } = sources
  if (text === 'outside' || text === 'internet') return FAMILIES.flatMap((family) => outsideOf(family))
  const address = tryAddress(text)
  if (address !== undefined) return oneEnd(endAt(address, sources))
  const prefix = tryPrefix(text)
  if (prefix !== undefined)
    return prefix.length === 0 ? outsideOf(prefix.family) : oneEnd(endAt(addressIn(prefix), sources))
  const pod = /^pod@(.+)$/.exec(text)?.[1]
  if (pod !== undefined) return podsOf(pod, `${pod}-a`, sources)
  if (world.nodes.has(text)) return hostOf(text, sources)
  // A lab calls the pods of a node NODE-a, NODE-b, …
  const lettered = /^(.+)-[a-z]+$/.exec(text)?.[1]
  if (lettered !== undefined && world.nodes.has(lettered)) return podsOf(lettered, text, sources)
  const names = [...world.nodes.keys()]
  return `"${text}" is no address, no prefix and no node of this world; write an address, a prefix, "outside", a node (${listNames(names)}), or pod@NODE${hint(text, names)}`
}

const oneEnd = (end: FoundEnd | string): readonly FoundEnd[] | string => (typeof end === 'string' ? end : [end])

const outsideOf = (family: Family): readonly FoundEnd[] => {
  const address = OUTSIDE[family]
  return address === undefined ? [] : [{ kind: 'outside', address }]
}

/** Not the first, which is the node's gateway address where a node owns the prefix. */
function addressIn(prefix: Prefix): Address {
  const last = prefixSize(prefix) - 1n
  return nthAddress(prefix, last < FIRST_POD ? last : FIRST_POD)
}
const FIRST_POD = 2n

/** `labName`: of the pod, where there is a lab. */
function podsOf(name: string, labName: string, { world, pods }: EndSources): readonly FoundEnd[] | string {
  const own = pods?.get(labName)
  if (own !== undefined) return own.map((address) => ({ kind: 'pod', node: name, address }))
  const node = world.nodes.get(name)
  const names = [...world.nodes.keys()]
  if (node === undefined)
    return `there is no node ${name} in this world; it has ${listNames(names)}${hint(name, names)}`
  if (node.podPrefixes.length === 0) return `node ${name} has no pods of its own: it has no podPrefixes`
  return FAMILIES.flatMap((family): FoundEnd[] => {
    const prefix = node.podPrefixes.find((one) => one.family === family)
    return prefix === undefined ? [] : [{ kind: 'pod', node: name, address: addressIn(prefix) }]
  })
}

/** The address in the virtual LAN, else that by which it speaks into the network, else its private one. */
function hostOf(name: string, { world, states }: EndSources): readonly FoundEnd[] {
  const node = world.nodes.get(name)
  const gateways = states.find((state) => state.node === name)?.gatewayAddresses
  return FAMILIES.flatMap((family): FoundEnd[] => {
    const lan = node?.lan?.family === family ? node.lan : undefined
    const own = node?.privateAddresses.find((one) => one.address.family === family)?.address
    const address = lan ?? gateways?.[family] ?? own
    return address === undefined ? [] : [{ kind: 'host', node: name, address }]
  })
}

/** Whose address it is: a machine's own, a pod's, one of a network behind a machine; else it is outside. */
function endAt(address: Address, { world, states, isNear }: EndSources): FoundEnd | string {
  const text = formatAddress(address)
  const special = specialUseOf(address)
  if (special !== undefined) return `${text} is ${special}; there is no way to follow`
  const service = world.network?.servicePrefixes.find((prefix) => containsAddress(prefix, address))
  if (service !== undefined)
    return `${text} is in ${formatPrefix(service)}, the range of services: before it is sent, kube-proxy or its like puts the address of a pod there; trace that`
  const nodes = [...world.nodes.values()]
  const holders = holdersOf(address, { world, states })
  // Only private addresses mean another machine from another site.
  const near =
    holders.length === 1 ? holders : isPublicAddress(address) ? [] : holders.filter((name) => isNear?.(name) === true)
  const [host] = near
  if (host !== undefined && near.length === 1) return { kind: 'host', node: host, address }
  if (holders.length > 1) return `${text} is an address of ${holders.join(' and of ')}: name the node`
  const pod = longest(nodes, ({ podPrefixes }) => podPrefixes, address)
  if (pod !== undefined) return { kind: 'pod', node: pod, address }
  const behind = longest(nodes, ({ offeredPrefixes }) => offeredPrefixes, address)
  return behind === undefined ? { kind: 'outside', address } : { kind: 'behind', node: behind, address }
}

function longest(
  nodes: readonly Node[],
  prefixesOf: (node: Node) => readonly Prefix[],
  address: Address,
): string | undefined {
  let found: { readonly name: string; readonly length: number } | undefined
  for (const node of nodes)
    for (const prefix of prefixesOf(node))
      if (containsAddress(prefix, address) && (found === undefined || prefix.length > found.length))
        found = { name: node.name, length: prefix.length }
  return found?.name
}
