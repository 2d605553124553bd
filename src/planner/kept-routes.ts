// Routes to a long list of prefixes: after a change of one, all the others are the entries of the plan before.
import { comparePrefixes, type Entry } from '../model/index.ts'
import type { OwnedPrefix } from './owned-prefix.ts'

export type KeptRoutes = {
  /** Names all that a route hangs on besides its prefix. */
  readonly stamp: string
  readonly owned: readonly OwnedPrefix[]
  /** Of each of them; undefined where nothing leads there. */
  readonly routes: readonly (Entry | undefined)[]
}

/** `owned` ascends. The outcome does not depend on `previous`, save that entries are the same objects. */
export function keepRoutes(
  stamp: string,
  owned: readonly OwnedPrefix[],
  make: (owned: OwnedPrefix) => Entry | undefined,
  previous: KeptRoutes | undefined,
): KeptRoutes {
  if (previous?.stamp !== stamp) return { stamp, owned, routes: owned.map(make) }
  let at = 0
  const routes = owned.map((one) => {
    let there = previous.owned[at]
    for (; there !== undefined && there !== one && isBefore(there, one); there = previous.owned[at]) at++
    return there === one ? previous.routes[at++] : make(one)
  })
  return { stamp, owned, routes }
}

const isBefore = (a: OwnedPrefix, b: OwnedPrefix): boolean => comparePrefixes(a.prefix, b.prefix) < 0
