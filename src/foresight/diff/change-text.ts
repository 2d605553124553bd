// One change in a line: what comes, what goes, and of what stays, what is otherwise.
import {
  type Change,
  type Entry,
  type FilterTable,
  formatEndpoint,
  formatPrefix,
  type Prefix,
  type WireguardPeer,
} from '../../model/index.ts'
import { type NextHopObjects, renderEntry } from '../../render/index.ts'

export type ChangeText = {
  /** The entry, as the tools that list it say it; of an update, what is otherwise. */
  readonly text: string
  /** Of an update whose parts cannot be told by themselves: the whole entry as it was. */
  readonly was?: string
}

/** `objects`: the next hops of the node, which routes name by id. */
export function changeText(
  change: Change,
  objects: { readonly old: NextHopObjects; readonly next: NextHopObjects },
): ChangeText {
  const { op, entry } = change
  if (op === 'delete') return { text: renderEntry(entry, objects.old) }
  if (op === 'create') return { text: renderEntry(entry, objects.next) }
  const before = change.observed
  if (entry.kind === 'wireguard-peer' && before.kind === entry.kind) return { text: peerUpdate(before, entry) }
  if (entry.kind === 'filter-table' && before.kind === entry.kind) return { text: filterUpdate(before, entry) }
  return { text: renderEntry(entry, objects.next), was: renderEntry(before, objects.old) }
}

function peerUpdate(before: WireguardPeer, after: WireguardPeer): string {
  const parts = [`${after.link} peer ${after.publicKey}:`]
  if (after.endpoint !== undefined && said(before.endpoint) !== said(after.endpoint))
    parts.push(`endpoint ${said(before.endpoint)} -> ${said(after.endpoint)}`)
  if (before.keepaliveSeconds !== after.keepaliveSeconds)
    parts.push(`persistent-keepalive ${before.keepaliveSeconds || 'off'} -> ${after.keepaliveSeconds || 'off'}`)
  const allowed = prefixDelta(before.allowedIps, after.allowedIps)
  if (allowed !== '') parts.push(`allowed-ips ${allowed}`)
  return parts.join(' ')
}

const said = (endpoint: WireguardPeer['endpoint']): string =>
  endpoint === undefined ? '(none)' : formatEndpoint(endpoint)

function filterUpdate(before: FilterTable, after: FilterTable): string {
  const [old, next] = [setsOf(before), setsOf(after)]
  const sets = [...new Set([...old.keys(), ...next.keys()])].flatMap((name) => {
    const delta = prefixDelta(old.get(name) ?? [], next.get(name) ?? [])
    return delta === '' ? [] : [`set ${name} ${delta}`]
  })
  const chains = after.chains.flatMap((chain) => {
    const rules = chain.rules.map((rule) => JSON.stringify(rule))
    const had = before.chains.find(({ name }) => name === chain.name)?.rules.map((rule) => JSON.stringify(rule)) ?? []
    const [more, less] = [rules.filter((rule) => !had.includes(rule)), had.filter((rule) => !rules.includes(rule))]
    return more.length + less.length === 0 ? [] : [`chain ${chain.name} ${ruleDelta(more, less)}`]
  })
  const gone = before.chains.filter(({ name }) => !after.chains.some((chain) => chain.name === name))
  const parts = [...sets, ...chains, ...gone.map(({ name }) => `without chain ${name}`)]
  return `table inet ${after.name}: ${parts.join('; ') || 'made anew'}`
}

const setsOf = ({ sets }: FilterTable): ReadonlyMap<string, readonly Prefix[]> =>
  new Map(sets.map(({ name, elements }) => [name, elements]))

/** By their comments: rules that are otherwise stand there once. */
function ruleDelta(more: readonly string[], less: readonly string[]): string {
  const names = (rules: readonly string[]): ReadonlySet<string> =>
    new Set(rules.map((rule) => (JSON.parse(rule) as { readonly comment: string }).comment))
  const [came, went] = [names(more), names(less)]
  return [...new Set([...came, ...went])]
    .map((name) => `${came.has(name) ? (went.has(name) ? '~' : '+') : '-'}"${name}"`)
    .join(' ')
}

/** How many prefixes are spelled out before the rest is only counted. */
const SPELLED_OUT = 4

const deltas = new WeakMap<readonly Prefix[], WeakMap<readonly Prefix[], string>>()

/** Of lists that thousands of nodes have, once. */
function prefixDelta(before: readonly Prefix[], after: readonly Prefix[]): string {
  if (before === after) return ''
  const known = deltas.get(before) ?? new WeakMap<readonly Prefix[], string>()
  deltas.set(before, known)
  const delta = known.get(after) ?? deltaOf(before, after)
  known.set(after, delta)
  return delta
}

function deltaOf(before: readonly Prefix[], after: readonly Prefix[]): string {
  const [old, next] = [before.map(formatPrefix), after.map(formatPrefix)]
  const [had, has] = [new Set(old), new Set(next)]
  const all = [
    ...next.filter((prefix) => !had.has(prefix)).map((prefix) => `+${prefix}`),
    ...old.filter((prefix) => !has.has(prefix)).map((prefix) => `-${prefix}`),
  ]
  const rest = all.length - SPELLED_OUT
  return `${all.slice(0, SPELLED_OUT).join(' ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

/** Words for counting: `2 peers`. */
export const KIND_WORDS: Readonly<Record<Entry['kind'], readonly [one: string, several: string]>> = {
  sysctl: ['setting', 'settings'],
  link: ['link', 'links'],
  address: ['address', 'addresses'],
  rule: ['rule', 'rules'],
  'filter-table': ['filter', 'filters'],
  'wireguard-device': ['device', 'devices'],
  'wireguard-peer': ['peer', 'peers'],
  neighbour: ['neighbour', 'neighbours'],
  fdb: ['forwarding entry', 'forwarding entries'],
  'next-hop': ['next hop', 'next hops'],
  'next-hop-group': ['group of next hops', 'groups of next hops'],
  route: ['route', 'routes'],
}
