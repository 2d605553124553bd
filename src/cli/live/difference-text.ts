// A difference between plan and machine in words: the entry as tools list it, and what of it is not the same.
import {
  type Entry,
  type FilterTable,
  formatEndpoint,
  formatPrefix,
  type Prefix,
  type WireguardPeer,
} from '../../model/index.ts'
import { formatFilterRule, renderEntry } from '../../render/index.ts'
import type { Difference } from './node-differences.ts'

/** What the plan has and what the kernel has, each a line or several. */
export type DifferenceText = { readonly plan: readonly string[]; readonly kernel: readonly string[] }

const NONE = ['none']

export function describeDifference(difference: Difference): DifferenceText {
  if (difference.kind === 'missing') return { plan: [textOf(difference.planned)], kernel: NONE }
  if (difference.kind === 'too-much') return { plan: NONE, kernel: [textOf(difference.standing)] }
  const { planned, standing } = difference
  const head = textOf(planned)
  if (planned.kind === 'wireguard-peer' && standing.kind === 'wireguard-peer')
    return { plan: [head], kernel: peerLacks(planned, standing) }
  if (planned.kind === 'filter-table' && standing.kind === 'filter-table')
    return { plan: [head], kernel: tableLacks(planned, standing) }
  if (planned.kind === 'link' && standing.kind === 'link' && standing.isDown)
    return { plan: [head], kernel: ['the same, set down'] }
  return { plan: [head], kernel: [textOf(standing)] }
}

/** Some listings begin with what kind of thing it is, others leave that to the command. */
const WORDS: { readonly [kind in Entry['kind']]?: string } = {
  route: 'route ',
  rule: 'rule ',
  address: 'address ',
  link: 'link ',
  sysctl: 'setting ',
}

const textOf = (entry: Entry): string => `${WORDS[entry.kind] ?? ''}${renderEntry(entry, new Map())}`

function peerLacks(planned: WireguardPeer, standing: WireguardPeer): string[] {
  return [
    ...prefixLacks('the peer', 'among its allowed IPs', planned.allowedIps, standing.allowedIps),
    ...(planned.keepaliveSeconds === standing.keepaliveSeconds
      ? []
      : [`the peer with persistent-keepalive ${standing.keepaliveSeconds}`]),
    ...(planned.endpoint !== undefined && standing.endpoint === undefined
      ? [`the peer without endpoint ${formatEndpoint(planned.endpoint)}`]
      : []),
  ]
}

function tableLacks(planned: FilterTable, standing: FilterTable): string[] {
  const sets = new Map(standing.sets.map((set) => [set.name, set]))
  const chains = new Map(standing.chains.map((chain) => [chain.name, chain]))
  const lacks = [
    ...planned.sets.flatMap(({ name, elements }) => {
      const set = sets.get(name)
      return set === undefined
        ? [`the table without set ${name}`]
        : prefixLacks(`set ${name}`, '', elements, set.elements)
    }),
    ...planned.chains.flatMap(({ name, rules }) => {
      const chain = chains.get(name)
      if (chain === undefined) return [`the table without chain ${name}`]
      const [wanted, there] = [rules, chain.rules].map((those) => those.map(formatFilterRule))
      return listLacks(`chain ${name}`, wanted ?? [], there ?? [])
    }),
    ...unknown('set', planned.sets, standing.sets),
    ...unknown('chain', planned.chains, standing.chains),
  ]
  return lacks.length > 0 ? lacks : ['the table with another order of rules, or other hooks']
}

type Named = { readonly name: string }

const unknown = (what: string, planned: readonly Named[], standing: readonly Named[]): string[] => {
  const known = new Set(planned.map(({ name }) => name))
  return standing.flatMap(({ name }) => (known.has(name) ? [] : [`the table with a ${what} ${name} besides`]))
}

const prefixLacks = (what: string, where: string, planned: readonly Prefix[], standing: readonly Prefix[]): string[] =>
  listLacks(what, planned.map(formatPrefix), standing.map(formatPrefix), where)

function listLacks(what: string, planned: readonly string[], standing: readonly string[], where = ''): string[] {
  const end = where === '' ? '' : ` ${where}`
  const lost = planned.filter((one) => !standing.includes(one))
  const more = standing.filter((one) => !planned.includes(one))
  return [
    ...(lost.length > 0 ? [`${what} without ${lost.join(', ')}${end}`] : []),
    ...(more.length > 0 ? [`${what} with ${more.join(', ')} besides${end}`] : []),
  ]
}
