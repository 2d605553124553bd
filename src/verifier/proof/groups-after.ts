// Which machines still stand for each other after a change.
import { alikeChangesIn } from './alike-changes.ts'
import { createTexts } from './change-texts.ts'
import type { Changes } from './changes.ts'
import { foreignNames } from './foreign-names.ts'
import type { AddressChange } from './prefix-changes.ts'
import type { Origin } from './prove.ts'

/** Of one kind, to whom the same happened, in networks that still stand for each other. Undefined: what changes cannot be told of others. */
export function groupsOf(
  origin: Origin,
  changes: Changes,
  lookups: ReadonlyMap<number, readonly AddressChange[]>,
  changed: ReadonlySet<number>,
): readonly (readonly number[])[] | undefined {
  const { kinds } = origin
  const { names, networkOf } = origin.read.base
  const classes = kinds.kinds.flatMap(({ groups }) => groups)
  const sizes = new Int32Array(names.length)
  for (const members of classes) for (const member of members) sizes[member] = members.length
  const alike = alikeChangesIn(origin, (machine) => sizes[machine] ?? 1, changed)
  const texts: string[] = Array.from({ length: names.length }, () => '')
  const known = createTexts(alike)
  for (const [machine, list] of lookups) {
    if (machine < 0) continue
    const text = known(machine, networkOf[machine], list, changes.parts.get(machine) ?? [])
    if (text === undefined) return undefined
    texts[machine] = text
  }
  for (const machine of changed)
    for (const part of changes.parts.get(machine) ?? [])
      for (const name of foreignNames(part, changes.gatewayAddresses.get(machine)))
        if (alike.nameText(machine, name) === undefined) return undefined
  const apart = new Set([...changed, ...alike.named])
  if (classes.some((members) => members.filter((member) => apart.has(member)).length > MOST_OF_CLASS)) return undefined
  const places = placesOf(origin, texts, classes, changed)
  const groups = new Map<string, number[]>()
  for (const machine of names.keys()) {
    if (changed.has(machine)) continue
    const key = alike.named.has(machine)
      ? `named ${machine}`
      : `${places(machine)} ${kinds.kindOf[machine]} ${texts[machine]}`
    const list = groups.get(key) ?? []
    groups.set(key, list)
    list.push(machine)
  }
  return [...groups.values()]
}

/** As many of a class can stand in place of those two of each by which networks were found to be alike. */
const MOST_OF_CLASS = 2

/** What a network has in common with those that stand for it still, by one of its machines. */
function placesOf(
  { read: { base } }: Origin,
  texts: readonly string[],
  classes: readonly (readonly number[])[],
  changed: ReadonlySet<number>,
): (machine: number) => string {
  const near = new Set([...changed].map((machine) => base.networkOf[machine]).filter((one) => one !== undefined))
  const happened = new Map<number, string[]>()
  const irregular = new Set<number>()
  for (const members of classes) {
    const [first = -1] = members
    const network = base.networkOf[first]
    if (network === undefined) continue
    if (members.some((member) => texts[member] !== texts[first])) irregular.add(network)
    const list = happened.get(network) ?? []
    happened.set(network, list)
    list.push(texts[first] ?? '')
  }
  const keys = new Map<number, string>()
  for (const [network, list] of happened)
    keys.set(network, near.has(network) || irregular.has(network) ? `in ${network}` : `alike ${list.join(' ; ')}`)
  return (machine) => keys.get(base.networkOf[machine] ?? -1) ?? ''
}
