// Reads our table out of what libnftables lists. Whatever is not as we make it becomes an entry that no plan holds, so
// that the table differs and is replaced; nothing of it is an error.
import { type FilterChain, type FilterRule, type FilterSet, type FilterTable, filterTable } from '../../model/index.ts'
import { at, hasOnly, only } from './json.ts'
import { decodeRule, foreignRule } from './rule-json.ts'
import { decodeSet, foreignSet } from './set-json.ts'

const CHAIN_KEYS = ['family', 'table', 'name', 'handle', 'type', 'hook', 'prio', 'policy']

/** `objects`: the elements of "nftables" in the answer to `list table inet NAME`. */
export function decodeTable(name: string, objects: readonly unknown[]): FilterTable {
  const sets: FilterSet[] = []
  const chains = new Map<string, FilterChain & { readonly rules: FilterRule[] }>()
  for (const object of objects) {
    const [kind, inner] = only(object) ?? ['object without a kind', object]
    if (kind === 'metainfo') continue
    if (kind === 'table') {
      if (!hasOnly(inner, ['family', 'name', 'handle'])) sets.push(foreignSet('flags of the table'))
    } else if (kind === 'set') sets.push(decodeSet(inner))
    else if (kind === 'chain') chains.set(String(at(inner, 'name')), decodeChain(inner))
    else if (kind === 'rule') chains.get(String(at(inner, 'chain')))?.rules.push(decodeRule(inner))
    else sets.push(foreignSet(`${kind} ${String(at(inner, 'name'))}`))
  }
  return filterTable({ name, sets, chains: [...chains.values()], because: [] })
}

/** Stands for a table that must not even be listed. */
export const foreignTable = (name: string, what: string): FilterTable =>
  filterTable({ name, sets: [foreignSet(what)], chains: [], because: [] })

function decodeChain(chain: unknown): FilterChain & { readonly rules: FilterRule[] } {
  const [name, type, hook, priority] = [
    String(at(chain, 'name')),
    at(chain, 'type'),
    at(chain, 'hook'),
    at(chain, 'prio'),
  ]
  const isKnownType = type === 'filter' || type === 'nat'
  const isKnownHook = hook === 'prerouting' || hook === 'forward' || hook === 'postrouting'
  const isAccept = at(chain, 'policy') === 'accept' && hasOnly(chain, CHAIN_KEYS)
  if (isKnownType && isKnownHook && typeof priority === 'number' && isAccept)
    return { name, type, hook, priority, rules: [] }
  return { name, type: 'filter', hook: 'forward', priority: 0, rules: [foreignRule({ chain })] }
}
