// Routes that stand as they are wanted, found without a text for each: of thousands there are mostly a few that are not.
import { type Entry, equalPrefixes, type NodeState, type Prefix, type Route } from '../model/index.ts'
import { isSameAddress, isSameTarget } from './entry-equality.ts'

export type Unsettled = { readonly desired: NodeState; readonly observed: readonly Entry[] }

/** What is desired and what stands, each in its order, without the routes that stand once, are wanted once, and are the same. */
export function withoutSettledRoutes(desired: NodeState, observed: readonly Entry[]): Unsettled {
  const entries = desired.parts.flat()
  const places = placesOf(observed)
  /** By place among those that stand: at which place of the desired it is claimed. */
  const claims = new Int32Array(observed.length).fill(NOWHERE)
  const isSettled = new Uint8Array(entries.length)
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at]
    if (entry?.kind !== 'route') continue
    const place = places.get(markOf(entry)) ?? NOWHERE
    const standing = observed[place]
    if (standing?.kind !== 'route' || !isSamePlace(entry, standing)) continue
    const other = claims[place] ?? NOWHERE
    if (other === NOWHERE) {
      claims[place] = at
      if (isSameRoute(entry, standing, desired)) isSettled[at] = 1
    } else isSettled[other] = 0
  }
  const isLeft = (_: Entry, place: number): boolean => !isSettled[claims[place] ?? NOWHERE]
  return {
    desired: { ...desired, parts: [entries.filter((_, at) => !isSettled[at])] },
    observed: observed.filter(isLeft),
  }
}

const NOWHERE = -1

/** Where a route of this mark stands; nowhere, where there are two. */
function placesOf(observed: readonly Entry[]): ReadonlyMap<number, number> {
  const places = new Map<number, number>()
  for (let at = 0; at < observed.length; at++) {
    const entry = observed[at]
    if (entry?.kind !== 'route') continue
    const mark = markOf(entry)
    places.set(mark, places.has(mark) ? NOWHERE : at)
  }
  return places
}

/** A number for each table and prefix; that of two is seldom the same. */
const markOf = ({ table, to }: Route): number => Math.imul(prefixMark(to), 31) ^ table

const prefixMark = ({ w0, w1, w2, w3, length }: Prefix): number =>
  Math.imul(Math.imul(Math.imul(Math.imul(w0, 31) ^ w1, 31) ^ w2, 31) ^ w3, 31) ^ length

const isSamePlace = (a: Route, b: Route): boolean => a.table === b.table && equalPrefixes(a.to, b.to)

function isSameRoute({ to, source, target }: Route, standing: Route, { gatewayAddresses }: NodeState): boolean {
  if (standing.source === 'gateway-address') return false // no kernel says so
  const own = source === 'gateway-address' ? gatewayAddresses[to.family] : source
  return isSameAddress(own, standing.source) && isSameTarget(target, standing.target)
}
