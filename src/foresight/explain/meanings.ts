// What a word may mean: all that it could be in this plan, the likeliest first.
import { GUARD_TABLE, hostPrefix, TABLE, tryAddress, tryPrefix } from '../../model/index.ts'
import type { Plan } from '../../planner/index.ts'
import { tryMeaningOfInterface } from './interface-meaning.ts'
import { meaningOfKey } from './key-meaning.ts'
import type { FoundMeaning } from './meaning.ts'
import { meaningOfNode } from './node-meaning.ts'
import { meaningOfNumber, meaningsOfNumber, type NumberKind } from './number-meaning.ts'
import { meaningOfPrefix } from './prefix-meaning.ts'
import { meaningOfRoute } from './route-meaning.ts'
import { meaningOfNetwork, meaningOfSite } from './site-meaning.ts'

/** `aws-1`, `10.42.1.0/24`, `damask-t1`, `218`; or with its kind before it: `node aws-1`, `Site/aws`, `port 51820`. */
export function meaningsOf(plan: Plan, asked: string): readonly FoundMeaning[] {
  // Also as `ip route` and `damask plan` print it, with the way between the two.
  const route = /^(?:route )?(\S+) (?:.+ )?table (\d+)$/i.exec(asked)
  const to = route?.[1] === undefined ? undefined : prefixIn(route[1])
  if (to !== undefined) return [meaningOfRoute(to, Number(route?.[2]))]
  const [, kind = '', rest = ''] = /^(next hop|[a-z-]+)[ /](\S+)$/i.exec(asked) ?? []
  const told = OF_KIND[kind.toLowerCase()]
  if (told !== undefined) return told(plan, rest)
  const [, host = '', port = ''] = /^\[?([^[\]]+?)\]?:(\d+)$/.exec(asked) ?? []
  if (tryAddress(asked) === undefined && tryAddress(host) !== undefined)
    return [...findPrefix(plan, host), ...findOf('port')(plan, port)]
  return Object.values(OF_WORD).flatMap((find) => find(plan, asked))
}

type Find = (plan: Plan, word: string) => readonly FoundMeaning[]

const prefixIn = (word: string) => {
  const address = tryAddress(word)
  return address === undefined ? tryPrefix(word) : hostPrefix(address)
}

const findPrefix: Find = (plan, word) => {
  const prefix = prefixIn(word)
  return prefix === undefined ? [] : [meaningOfPrefix(plan, prefix)]
}

const findNode: Find = (plan, word) => {
  const planned = plan.nodes.get(word)
  return planned === undefined ? [] : [meaningOfNode(plan, planned)]
}

const findSite: Find = (plan, word) => {
  const site = plan.sites.get(word)
  return site === undefined ? [] : [meaningOfSite(plan, site)]
}

const findNetwork: Find = (plan, word) => (plan.network.name === word ? [meaningOfNetwork(plan)] : [])

const findInterface: Find = (_, word) => {
  const meaning = tryMeaningOfInterface(word)
  return meaning === undefined ? [] : [meaning]
}

const findKey: Find = (plan, word) =>
  [...plan.nodes.values()].filter(({ publicKey }) => publicKey === word).map(meaningOfKey)

const numberIn = (word: string): number | undefined =>
  /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(word) ? Number(word) : undefined

const findNumber: Find = (plan, word) => {
  const number = numberIn(word)
  if (number === undefined) return []
  return /^0x/i.test(word) ? [meaningOfNumber(plan, 'mark', number)] : meaningsOfNumber(plan, number)
}

const findOf =
  (kind: NumberKind): Find =>
  (plan, word) => {
    const number = numberIn(word)
    return number === undefined ? [] : [meaningOfNumber(plan, kind, number)]
  }

/** The route to it in each of our tables. */
const findRoutes: Find = (_, word) => {
  const to = prefixIn(word)
  return to === undefined ? [] : [TABLE, GUARD_TABLE].map((table) => meaningOfRoute(to, table))
}

const OF_WORD = { findPrefix, findNode, findSite, findNetwork, findInterface, findKey, findNumber }

const OF_KIND: { readonly [kind: string]: Find } = {
  prefix: findPrefix,
  address: findPrefix,
  node: findNode,
  peer: (plan, word) => [...findNode(plan, word), ...findKey(plan, word)],
  site: findSite,
  network: findNetwork,
  interface: findInterface,
  dev: findInterface,
  link: findInterface,
  key: findKey,
  table: findOf('table'),
  rule: findOf('rule'),
  port: findOf('port'),
  mark: findOf('mark'),
  fwmark: findOf('mark'),
  nhid: findOf('next hop'),
  nexthop: findOf('next hop'),
  'next-hop': findOf('next hop'),
  'next hop': findOf('next hop'),
  route: findRoutes,
  device: findInterface,
}
