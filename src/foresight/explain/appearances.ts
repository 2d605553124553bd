// Where something stands and why, told once for all nodes on which it is alike.
import type { Because, Entry } from '../../model/index.ts'
import { formatBecause, renderEntry } from '../../render/index.ts'
import { alikeTexts } from './alike-text.ts'
import type { EntrySearch, FoundEntry } from './entry-search.ts'

/** The same entries on the same nodes. */
export type Appearance = {
  /** Names, ascending. */
  readonly nodes: readonly string[]
  readonly entries: readonly AppearingEntry[]
}

export type AppearingEntry = {
  readonly kind: Entry['kind']
  /** As the tools that list it say it, without the source address that is every node's own. */
  readonly text: string
  readonly because: readonly Because[]
  /** How many others there are that differ in names, addresses and ids alone; the text is the first. */
  readonly alike: number
}

type Group = { readonly entry: AppearingEntry; readonly nodes: Set<string>; readonly key: string }

/** Up to so many entries that differ in names alone are told one by one. */
const TOLD_APART = 2

/** `names`: of nodes and sites, by which entries that are alike are recognised. */
export function gatherAppearances(
  found: Iterable<FoundEntry>,
  { say, about }: Pick<EntrySearch, 'say' | 'about'>,
  names: ReadonlySet<string>,
): readonly Appearance[] {
  const exact = new Map<string, Group>()
  // Entries that many nodes share are one object: its words are made once.
  const known = new WeakMap<Entry, Map<string, Group>>()
  for (const { node, entry, objects } of found) {
    const id = entry.kind === 'route' ? targetKey(entry, objects) : ''
    const byTarget = known.get(entry) ?? new Map<string, Group>()
    let group = byTarget.get(id)
    if (group === undefined) {
      const because = inOrder(entry.because, about)
      const text = say?.(entry) ?? renderEntry(withoutSource(entry), objects)
      const key = `${entry.kind}\n${text}\n${formatBecause(because)}`
      group = exact.get(key) ?? { entry: { kind: entry.kind, text, because, alike: 0 }, nodes: new Set(), key }
      exact.set(key, group)
      known.set(entry, byTarget.set(id, group))
    }
    group.nodes.add(node)
  }
  const alike = alikeTexts(names)
  return bySameNodes([...Map.groupBy(exact.values(), ({ key }) => alike(key)).values()].flatMap(merged))
}

/** What a route's text takes from the next hops of its node. */
const targetKey = (entry: Extract<Entry, { kind: 'route' }>, objects: FoundEntry['objects']): string => {
  if (entry.target.kind !== 'next-hop-object') return ''
  const object = objects.get(entry.target.id)
  return object?.kind === 'next-hop-group' ? object.members.join() : ''
}

const withoutSource = (entry: Entry): Entry => {
  if (entry.kind !== 'route') return entry
  const { source: _, ...route } = entry
  return route
}

/** The way stays first; then the reasons of whom the question is about. */
function inOrder(because: readonly Because[], about: ReadonlySet<string> = new Set()): readonly Because[] {
  const [first, ...rest] = because
  if (first === undefined || !rest.some(({ resource }) => about.has(resource))) return because
  const isAbout = ({ resource }: Because): boolean => about.has(resource)
  return [first, ...rest.filter(isAbout), ...rest.filter((one) => !isAbout(one))]
}

function merged(groups: readonly Group[]): readonly Group[] {
  const [first] = groups
  if (first === undefined || groups.length <= TOLD_APART) return groups
  const nodes = new Set(groups.flatMap((group) => [...group.nodes]))
  return [{ ...first, entry: { ...first.entry, alike: groups.length - 1 }, nodes }]
}

function bySameNodes(groups: readonly Group[]): readonly Appearance[] {
  const sets = Map.groupBy(groups, ({ nodes }) => [...nodes].sort().join('\n'))
  return [...sets]
    .map(
      ([nodes, same]): Appearance => ({
        nodes: nodes.split('\n'),
        entries: same.map(({ entry }) => entry).sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind)),
      }),
    )
    .sort((a, b) => b.nodes.length - a.nodes.length || ((a.nodes[0] ?? '') < (b.nodes[0] ?? '') ? -1 : 1))
}

/** In the order in which a reader follows a packet. */
const KINDS: readonly Entry['kind'][] = [
  'rule',
  'route',
  'next-hop-group',
  'next-hop',
  'neighbour',
  'fdb',
  'link',
  'address',
  'wireguard-device',
  'wireguard-peer',
  'filter-table',
  'sysctl',
]
