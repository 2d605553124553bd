// The nodes of a set of documents that may contradict others, when all was looked at once before: those that changed, those that something was
// said of, and those that share an address, a key or a prefix with one of them. Of all others there is as little to say as there was.
import { comparePrefixes, hostPrefix, overlaps, type Prefix } from '../prefix.ts'
import { eachMark, meet, type NodeTraces, tracesOf, withoutTraces, withTraces } from './node-traces.ts'
import type { Problem } from './problem.ts'
import type { ResourceIndex } from './resource-index.ts'

/** What was found of a set of documents, and the documents. */
export type Looked = {
  readonly index: ResourceIndex
  readonly problems: readonly Problem[]
  readonly traces: NodeTraces | undefined
}

export type Doubtful = { readonly part: ResourceIndex; readonly traces: NodeTraces | undefined }

/** Suspects that are compared with what others claim without a look at each of those. */
const FEW = 100

/**
 * The index with no more nodes and statuses than those that a rule across nodes, or about one node alone, can say something of; all of them
 * where the Network is another. What such rules say of the part they say of the whole, in the same order.
 */
export function doubtfulPart(index: ResourceIndex, previous: Looked | undefined): Doubtful {
  if (previous === undefined || previous.index.network !== index.network) return { part: index, traces: undefined }
  const suspects = suspectsOf(index, previous)
  if (suspects.size > FEW) return { part: partOf(index, withThoseThatMeet(index, suspects)), traces: undefined }
  const all = previous.traces ?? tracesOf(previous.index, previous.index.nodes.keys())
  const others = withoutTraces(all, tracesOf(previous.index, suspects))
  const own = tracesOf(index, suspects)
  const names = meet(others, own) ? withThoseThatMeet(index, suspects) : inOrder(index, suspects)
  return { part: partOf(index, names), traces: withTraces(others, own) }
}

/** Names of nodes that are not what they were, or that something was said of. */
function suspectsOf(index: ResourceIndex, { index: before, problems }: Looked): ReadonlySet<string> {
  const suspects = new Set<string>()
  // The other half of a contradiction has something in common with the one that is blamed.
  for (const { resource } of problems) if (resource !== undefined) suspects.add(resource.value.name)
  if (index.changed !== undefined) {
    for (const { value } of index.changed) suspects.add(value.name)
    return suspects
  }
  for (const name of before.nodes.keys()) if (!index.nodes.has(name)) suspects.add(name)
  for (const name of before.statuses.keys()) if (!index.statuses.has(name)) suspects.add(name)
  if (index.nodes !== before.nodes)
    for (const [name, node] of index.nodes) if (before.nodes.get(name) !== node) suspects.add(name)
  if (index.statuses !== before.statuses)
    for (const [name, status] of index.statuses) if (before.statuses.get(name) !== status) suspects.add(name)
  return suspects
}

/** Those that there are, ascending. */
const inOrder = ({ nodes }: ResourceIndex, names: ReadonlySet<string>): readonly string[] =>
  [...names].filter((name) => nodes.has(name)).sort()

function withThoseThatMeet(index: ResourceIndex, suspects: ReadonlySet<string>): readonly string[] {
  const touches = touchesAny(index, suspects)
  return [...index.nodes.keys()].filter((name) => suspects.has(name) || touches(name))
}

/** Whether a node has something in common with one of the suspects, or holds it in a prefix. At times true where it is not so. */
function touchesAny({ nodes, statuses }: ResourceIndex, suspects: ReadonlySet<string>): (name: string) => boolean {
  const marks = new Set<number>()
  const keys = new Set<string>()
  const prefixes: Prefix[] = []
  const hosts: Prefix[] = []
  for (const name of suspects) {
    const node = nodes.get(name)
    if (node === undefined) continue
    eachMark(node, (mark) => marks.add(mark))
    prefixes.push(...node.value.podPrefixes)
    hosts.push(...node.value.privateAddresses.map(({ address }) => hostPrefix(address)))
    const key = statuses.get(name)?.value.publicKey
    if (key !== undefined) keys.add(key)
  }
  const meetsPrefix = overlapsAny(prefixes)
  const meetsAny = overlapsAny([...prefixes, ...hosts])
  return (name) => {
    const node = nodes.get(name)
    if (node === undefined) return false
    const { podPrefixes, privateAddresses } = node.value
    if (podPrefixes.some(meetsAny) || privateAddresses.some(({ address }) => meetsPrefix(hostPrefix(address))))
      return true
    const key = statuses.get(name)?.value.publicKey
    if (key !== undefined && keys.has(key)) return true
    let isMarked = false
    eachMark(node, (mark) => {
      isMarked ||= marks.has(mark)
    })
    return isMarked
  }
}

/** Whether a prefix overlaps one of these. */
function overlapsAny(prefixes: readonly Prefix[]): (prefix: Prefix) => boolean {
  const outermost: Prefix[] = []
  for (const prefix of prefixes.toSorted(comparePrefixes)) {
    const last = outermost.at(-1)
    if (last === undefined || !overlaps(last, prefix)) outermost.push(prefix)
  }
  return (wanted) => {
    let [low, high] = [0, outermost.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const candidate = outermost[middle]
      if (candidate !== undefined && comparePrefixes(candidate, wanted) <= 0) low = middle + 1
      else high = middle
    }
    const [before, after] = [outermost[low - 1], outermost[low]]
    return (before !== undefined && overlaps(before, wanted)) || (after !== undefined && overlaps(after, wanted))
  }
}

const partOf = (index: ResourceIndex, names: readonly string[]): ResourceIndex => ({
  ...index,
  nodes: only(index.nodes, names),
  statuses: only(index.statuses, names),
})

function only<Value>(all: ReadonlyMap<string, Value>, names: readonly string[]): ReadonlyMap<string, Value> {
  const part = new Map<string, Value>()
  for (const name of names) {
    const value = all.get(name)
    if (value !== undefined) part.set(name, value)
  }
  return part
}
