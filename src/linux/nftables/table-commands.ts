// The commands of libnftables-json(5) by which our table is made, changed and removed; each list is one transaction.
import { comparePrefixes, type FilterSet, type FilterTable, type Prefix } from '../../model/index.ts'
import { encodeRule } from './rule-json.ts'
import { encodeElements, encodeSet } from './set-json.ts'

/** Puts the table in the place of whatever has its name. */
export function replaceTable({ name, sets, chains }: FilterTable): object[] {
  const inTable = { family: 'inet', table: name }
  return [
    ...deleteTable({ name }),
    { add: { table: { family: 'inet', name } } },
    ...sets.map((set) => ({ add: { set: { ...inTable, ...encodeSet(set) } } })),
    ...sets.flatMap((set) => addElements(name, set, set.elements)),
    ...chains.map(({ name: chain, type, hook, priority }) => ({
      add: { chain: { ...inTable, name: chain, type, hook, prio: priority, policy: 'accept' } },
    })),
    ...chains.flatMap(({ name: chain, rules }) =>
      rules.map((rule) => ({ add: { rule: { ...inTable, chain, ...encodeRule(rule) } } })),
    ),
  ]
}

/** Adds first: to delete a table that is not there would fail. */
export const deleteTable = ({ name }: Pick<FilterTable, 'name'>): object[] => [
  { add: { table: { family: 'inet', name } } },
  { delete: { table: { family: 'inet', name } } },
]

export const listTable = (name: string): object[] => [{ list: { table: { family: 'inet', name } } }]

/** Only the elements that differ, so that counters live on; undefined where more than elements differs. */
export function tryChangeElements(observed: FilterTable, wanted: FilterTable): object[] | undefined {
  if (!haveSameFrame(observed, wanted)) return undefined
  const removals: object[] = []
  const additions: object[] = []
  for (const [index, set] of wanted.sets.entries()) {
    const { removed, added } = compareElements(observed.sets[index]?.elements ?? [], set.elements)
    const isSmall = removed.length + added.length <= set.elements.length / 2
    if (isSmall) {
      removals.push(...elementCommand('delete', wanted.name, set, removed))
      additions.push(...addElements(wanted.name, set, added))
    } else if (removed.length + added.length > 0) {
      removals.push({ flush: { set: { family: 'inet', table: wanted.name, name: set.name } } })
      additions.push(...addElements(wanted.name, set, set.elements))
    }
  }
  return [...removals, ...additions]
}

/** True where the tables differ in nothing but the elements of sets. */
const haveSameFrame = (a: FilterTable, b: FilterTable): boolean =>
  JSON.stringify(frameOf(a)) === JSON.stringify(frameOf(b))

const frameOf = ({ name, sets, chains }: FilterTable): unknown => [
  name,
  sets.map((set) => encodeSet(set)),
  chains.map(({ name: chain, type, hook, priority, rules }) => [chain, type, hook, priority, rules.map(encodeRule)]),
]

type Difference = { readonly removed: readonly Prefix[]; readonly added: readonly Prefix[] }

function compareElements(observed: readonly Prefix[], wanted: readonly Prefix[]): Difference {
  const [old, young] = [observed.toSorted(comparePrefixes), wanted.toSorted(comparePrefixes)]
  const removed: Prefix[] = []
  const added: Prefix[] = []
  let [i, j] = [0, 0]
  for (;;) {
    const [before, after] = [old[i], young[j]]
    if (before === undefined && after === undefined) return { removed, added }
    const order = before === undefined ? 1 : after === undefined ? -1 : comparePrefixes(before, after)
    if (order < 0 && before) removed.push(before)
    if (order > 0 && after) added.push(after)
    if (order <= 0) i++
    if (order >= 0) j++
  }
}

const addElements = (table: string, set: FilterSet, elements: readonly Prefix[]): object[] =>
  elementCommand('add', table, set, elements)

function elementCommand(
  verb: 'add' | 'delete',
  table: string,
  { name }: FilterSet,
  elements: readonly Prefix[],
): object[] {
  if (elements.length === 0) return []
  return [{ [verb]: { element: { family: 'inet', table, name, elem: encodeElements(elements) } } }]
}
