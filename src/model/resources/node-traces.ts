// What nodes claim, in order: whether a few of them claim what others do is found without a look at all the others.
import { type Address, compareAddresses } from '../address.ts'
import { comparePrefixes, containsAddress, hostPrefix, overlaps, type Prefix } from '../prefix.ts'
import type { ResourceIndex, ResourceOf } from './resource-index.ts'

/** Each list ascending, with as many of a value as there are claims. */
export type NodeTraces = {
  /** Of addresses, endpoints, keys and offered prefixes: equal ones have equal marks, and others seldom have. */
  readonly marks: readonly number[]
  readonly podPrefixes: readonly Prefix[]
  readonly privateAddresses: readonly Address[]
}

/** Of the nodes of these names, as far as there are such. */
export function tracesOf({ nodes, statuses }: ResourceIndex, names: Iterable<string>): NodeTraces {
  const marks: number[] = []
  const podPrefixes: Prefix[] = []
  const privateAddresses: Address[] = []
  for (const name of names) {
    const node = nodes.get(name)
    if (node === undefined) continue
    eachMark(node, (mark) => marks.push(mark))
    const key = statuses.get(name)?.value.publicKey
    if (key !== undefined) marks.push(textMark(key))
    for (const prefix of node.value.podPrefixes) podPrefixes.push(prefix)
    for (const { address } of node.value.privateAddresses) privateAddresses.push(address)
  }
  return {
    marks: marks.sort(compareNumbers),
    podPrefixes: podPrefixes.sort(comparePrefixes),
    privateAddresses: privateAddresses.sort(compareAddresses),
  }
}

export const withTraces = (traces: NodeTraces, more: NodeTraces): NodeTraces => ({
  marks: inserted(traces.marks, more.marks, compareNumbers),
  podPrefixes: inserted(traces.podPrefixes, more.podPrefixes, comparePrefixes),
  privateAddresses: inserted(traces.privateAddresses, more.privateAddresses, compareAddresses),
})

/** All of `less` are in there. */
export const withoutTraces = (traces: NodeTraces, less: NodeTraces): NodeTraces => ({
  marks: removed(traces.marks, less.marks, compareNumbers),
  podPrefixes: removed(traces.podPrefixes, less.podPrefixes, comparePrefixes),
  privateAddresses: removed(traces.privateAddresses, less.privateAddresses, compareAddresses),
})

/** Whether some of `few` claim what some of `traces` do, of which no two pod prefixes overlap. At times true where it is not so. */
export function meet(traces: NodeTraces, few: NodeTraces): boolean {
  const { marks, podPrefixes, privateAddresses } = traces
  const isTaken = (prefix: Prefix): boolean => {
    const place = placeOf(podPrefixes, prefix, comparePrefixes)
    return [podPrefixes[place - 1], podPrefixes[place]].some((other) => other !== undefined && overlaps(other, prefix))
  }
  const holdsAddress = (prefix: Prefix): boolean => {
    const first = privateAddresses[placeOf<Address>(privateAddresses, prefix, compareAddresses)]
    return first !== undefined && containsAddress(prefix, first)
  }
  return (
    few.marks.some((mark) => marks[placeOf(marks, mark, compareNumbers)] === mark) ||
    few.podPrefixes.some((prefix) => isTaken(prefix) || holdsAddress(prefix)) ||
    few.privateAddresses.some((address) => isTaken(hostPrefix(address)))
  )
}

/** A number for each address that a node has, or offers. */
export function eachMark({ value }: ResourceOf<'Node'>, see: (mark: number) => void): void {
  const { privateAddresses, lan, endpoint, offeredPrefixes } = value
  for (const { address } of privateAddresses) see(addressMark(address))
  if (lan !== undefined) see(addressMark(lan))
  if (endpoint !== undefined)
    see(typeof endpoint.host === 'string' ? textMark(endpoint.host) : addressMark(endpoint.host))
  for (const prefix of offeredPrefixes) see(addressMark(prefix))
}

const addressMark = ({ family, w0, w1, w2, w3 }: Address): number =>
  Math.imul(Math.imul(Math.imul(Math.imul(w0, 31) ^ w1, 31) ^ w2, 31) ^ w3, 31) ^ family

/** FNV-1a: keys may differ in a few letters. */
function textMark(text: string): number {
  let mark = 0x811c9dc5
  for (let index = 0; index < text.length; index++) mark = Math.imul(mark ^ text.charCodeAt(index), 0x01000193)
  return mark
}

type Compare<Value> = (a: Value, b: Value) => number
const compareNumbers: Compare<number> = (a, b) => a - b

function inserted<Value>(sorted: readonly Value[], more: readonly Value[], compare: Compare<Value>): readonly Value[] {
  if (more.length === 0) return sorted
  const next = sorted.slice()
  for (const value of more) next.splice(placeOf(next, value, compare), 0, value)
  return next
}

function removed<Value>(sorted: readonly Value[], less: readonly Value[], compare: Compare<Value>): readonly Value[] {
  if (less.length === 0) return sorted
  const next = sorted.slice()
  for (const value of less) next.splice(placeOf(next, value, compare), 1)
  return next
}

/** Of the first that is not before it. */
function placeOf<Value>(sorted: readonly Value[], value: Value, compare: Compare<Value>): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const candidate = sorted[middle]
    if (candidate !== undefined && compare(candidate, value) < 0) low = middle + 1
    else high = middle
  }
  return low
}
