// Long parts of states as tables, made once for all nodes that share them.
import type { Entry, Prefix, WireguardPeer } from '../model/index.ts'
import type { TableRoute } from './compiled-node.ts'
import type { PartIndex } from './part-index.ts'
import { createPrefixTable, type PrefixTable, setAll, setPrefix } from './prefix-table.ts'

/** A table more to look through costs more than to take a few prefixes over, one by one. */
const LONG = 32

export function setRoutes(
  tableNumbered: (number: number) => PrefixTable<TableRoute>,
  part: readonly Entry[],
  { routes }: PartIndex,
): void {
  if (routes.length < LONG) fillWith(routes, tableNumbered)
  else for (const [number, table] of tablesOf(part, routes)) setAll(tableNumbered(number), table)
}

const ofParts = new WeakMap<readonly Entry[], ReadonlyMap<number, PrefixTable<TableRoute>>>()

function tablesOf(part: readonly Entry[], routes: PartIndex['routes']): ReadonlyMap<number, PrefixTable<TableRoute>> {
  const known = ofParts.get(part)
  if (known !== undefined) return known
  const tables = new Map<number, PrefixTable<TableRoute>>(routes.map(({ table }) => [table, createPrefixTable()]))
  fillWith(routes, (number) => tables.get(number) as PrefixTable<TableRoute>)
  ofParts.set(part, tables)
  return tables
}

function fillWith(routes: PartIndex['routes'], tableNumbered: (number: number) => PrefixTable<TableRoute>): void {
  for (const route of routes) setPrefix(tableNumbered(route.table), route.to, { kind: 'entry', route })
}

const ofPeers = new WeakMap<WireguardPeer, PrefixTable<WireguardPeer>>()

/** An allowed IP that two peers have is the later one's. */
export function setAllowedIps(table: PrefixTable<WireguardPeer>, peer: WireguardPeer): void {
  if (peer.allowedIps.length < LONG) {
    setEach(table, peer.allowedIps, peer)
    return
  }
  const own = ofPeers.get(peer) ?? setEach(createPrefixTable(), peer.allowedIps, peer)
  ofPeers.set(peer, own)
  setAll(table, own)
}

function setEach<Value>(table: PrefixTable<Value>, prefixes: readonly Prefix[], value: Value): PrefixTable<Value> {
  for (const prefix of prefixes) setPrefix(table, prefix, value)
  return table
}
