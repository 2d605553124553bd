// Who to whom: the pairs of a few classes, told by sites and names.
import { countOf, listOf } from '../../render/index.ts'
import type { PairClass, Proof } from '../../verifier/index.ts'

/** A proof with the sites of its nodes. */
export type ToldProof = { readonly proof: Proof; readonly siteOf: ReadonlyMap<string, string> }

/** Numbers of kinds; -1: outside. */
type Row = { readonly from: readonly number[]; readonly to: readonly number[]; readonly pairs: number }

const OUTSIDE = -1
const MOST_ROWS = 4

/** `between home-1 and site aws (aws-1, aws-2 and aws-3)`, one line for each way in which they stand to each other. */
export function sidesText(told: ToldProof, classes: readonly PairClass[]): readonly string[] {
  const rows = withBothWays(rowsOf(classes)).sort((a, b) => b.row.pairs - a.row.pairs)
  const lines = rows.slice(0, MOST_ROWS).map(({ row: { from, to }, isBothWays }) => {
    const [left, right] = [from, to].map((kinds) => machinesText(told, kinds))
    if (key(from) === key(to)) return `among ${left}`
    return isBothWays ? `between ${left} and ${right}` : `from ${left} to ${right}`
  })
  const rest = rows.slice(MOST_ROWS)
  const left = rest.reduce((sum, { row }) => sum + row.pairs, 0)
  return rest.length === 0 ? lines : [...lines, `and ${countOf(left, 'more pair')} of others`]
}

const key = (kinds: Iterable<number>): string => [...kinds].sort((a, b) => a - b).join()

/** Kinds that send to the same kinds; first those that do exactly, then those that do but for themselves. */
function rowsOf(classes: readonly PairClass[]): readonly Row[] {
  const bySource = new Map<number, { readonly to: Set<number>; pairs: number }>()
  for (const { from, to = OUTSIDE, pairs } of classes) {
    const one = bySource.get(from) ?? { to: new Set<number>(), pairs: 0 }
    bySource.set(from, one)
    one.to.add(to)
    one.pairs += pairs
  }
  const all = [...bySource].map(([from, { to, pairs }]) => ({ from: [from], to: [...to], pairs }))
  const exact = [...Map.groupBy(all, ({ to }) => key(to)).values()].map(merged)
  const alone = exact.filter(({ from }) => from.length === 1)
  const amongThem = Map.groupBy(alone, ({ from, to }) => key(new Set([...from, ...to])))
  return [...exact.filter(({ from }) => from.length > 1), ...[...amongThem.values()].map(merged)]
}

const merged = (rows: readonly Row[]): Row => ({
  from: rows.flatMap(({ from }) => from),
  to: [...new Set(rows.flatMap(({ to }) => to))],
  pairs: rows.reduce((sum, { pairs }) => sum + pairs, 0),
})

type Ways = { readonly row: Row; readonly isBothWays: boolean }

function withBothWays(rows: readonly Row[]): Ways[] {
  const byEnds = new Map(rows.map((row) => [`${key(row.from)} to ${key(row.to)}`, row]))
  const taken = new Set<Row>()
  return rows.flatMap((row): readonly Ways[] => {
    if (taken.has(row)) return []
    taken.add(row)
    const back = byEnds.get(`${key(row.to)} to ${key(row.from)}`)
    if (back === undefined || taken.has(back)) return [{ row, isBothWays: false }]
    taken.add(back)
    return [{ row: { ...row, pairs: row.pairs + back.pairs }, isBothWays: true }]
  })
}

const MOST_NAMES = 3

/** `home-1 of site home`, `site aws (aws-1, aws-2 and aws-3)`, `12 nodes of 5 sites (a, b, c and 2 others)` */
export function machinesText({ proof, siteOf }: ToldProof, kinds: readonly number[]): string {
  if (kinds.includes(OUTSIDE)) return 'what is outside'
  const names = kinds
    .flatMap((kind) => proof.kinds[kind]?.machines ?? [])
    .sort((a, b) => a - b)
    .map((machine) => proof.names[machine] ?? '')
  const bySite = Map.groupBy(names, (name) => siteOf.get(name) ?? name)
  const [site = ''] = bySite.keys()
  if (bySite.size > 1)
    return `${countOf(names.length, 'node')} of ${bySite.size} sites (${listOf([...bySite.keys()], MOST_NAMES)})`
  if (names.length === 1) return names[0] === site ? site : `${names[0]} of site ${site}`
  const isWhole = proof.names.every((name) => (siteOf.get(name) ?? name) !== site || names.includes(name))
  return isWhole ? `site ${site} (${listOf(names, MOST_NAMES)})` : `${listOf(names, MOST_NAMES)} of site ${site}`
}

/** `pods and machines, IPv4 and IPv6` */
export function endsText(classes: readonly PairClass[]): string {
  const kinds = (ends: readonly PairClass['fromEnd'][]): string =>
    listOf([...new Set(ends.map(({ probe }) => PLACES[probe.kind]))].sort())
  const [from, to] = [kinds(classes.map(({ fromEnd }) => fromEnd)), kinds(classes.map(({ toEnd }) => toEnd))]
  const families = listOf([...new Set(classes.map(({ toEnd }) => `IPv${toEnd.address.family}`))].sort())
  return `${from === to ? from : `${from} to ${to}`}, ${families}`
}

const PLACES = { pod: 'pods', host: 'machines', behind: 'networks behind machines', outside: 'outside' } as const
