// Machines to which the same happened: what changes for one names its own things where it names those of another's for the other.
import type { Entry } from '../../model/index.ts'
import type { PartChange } from './part-change.ts'
import type { Origin } from './prove.ts'
import type { Name, Slot } from './slot.ts'
import { NOBODY } from './things.ts'

export type AlikeChanges = {
  /** A text of one result of a lookup; undefined: it names machines whose likes it does not name. */
  readonly slotText: (holder: number, slot: Slot, part: PartChange | undefined) => string | undefined
  readonly nameText: (holder: number, name: Name) => string | undefined
  /** Machines that changes name, and that nothing stands for any more. */
  readonly named: ReadonlySet<number>
}

/** `changed`: machines that are walked one by one. */
export function alikeChangesIn(
  { read: { base, regions }, kinds }: Origin,
  sizeOfClass: (machine: number) => number,
  changed: ReadonlySet<number>,
): AlikeChanges {
  const { things, tree } = regions
  const machineCount = base.names.length
  const networks = new Set([...changed].map((machine) => base.networkOf[machine]))
  const named = new Set<number>()
  const isNear = (machine: number): boolean =>
    base.networkOf[machine] !== undefined && networks.has(base.networkOf[machine])
  const nameText = (holder: number, name: Name): string | undefined => {
    const seen = things.within(base.networkOf[holder])
    const thing = typeof name === 'string' ? things.ofText(name) : seen.ofAddress(name)
    // What nobody knew before and stands in somebody's prefix is theirs.
    if (typeof name !== 'string' && !tree.place.has(thing)) return undefined
    const owner = things.owner(thing)
    if (owner === NOBODY) return things.isDisputed(thing) ? undefined : `nobody's ${thing}`
    if (owner >= machineCount) return undefined
    if (owner === holder) return `own ${things.role(thing)}`
    if (changed.has(owner)) return `of ${owner} ${thing}`
    if (isNear(owner)) {
      named.add(owner)
      return `of ${owner} ${thing}`
    }
    if (sizeOfClass(owner) > 1 || base.networkOf[owner] !== base.networkOf[holder]) return undefined
    return `near ${kinds.kindOf[owner]} ${things.role(thing)}`
  }
  const namesText = (holder: number, names: readonly Name[]): string | undefined => {
    const texts = names.map((name) => nameText(holder, name))
    return texts.includes(undefined) ? undefined : texts.join()
  }
  const hopText = (holder: number, { before, after }: PartChange, id: number): string | undefined => {
    const made = after.find((entry): entry is Hop => isHop(entry) && entry.id === id)
    if (made?.kind === 'next-hop') {
      const via = namesText(holder, made.via === undefined ? [] : [made.via])
      return via === undefined ? undefined : `by ${made.link} ${via}`
    }
    if (made !== undefined) {
      const members = made.members.map((member) => hopText(holder, { ...EMPTY, before, after }, member))
      return members.includes(undefined) ? undefined : `one of ${members.join()}`
    }
    if (!before.some((entry) => idsOf(entry).includes(id))) return undefined
    const { form, things: own } = base.hopName(before, id)
    const texts = own.map((thing) => thingText(holder, thing))
    return texts.includes(undefined) ? undefined : `${form} ${texts.join()}`
  }
  const thingText = (holder: number, thing: number): string | undefined => {
    const prefix = things.prefix(thing)
    return prefix === undefined ? undefined : nameText(holder, prefix)
  }
  return {
    named,
    nameText,
    slotText: (holder, { text, names, hop }, part) => {
      const own = namesText(holder, names)
      const by = hop === undefined ? '' : part && hopText(holder, part, hop)
      return own === undefined || by === undefined ? undefined : `${text} ${own} ${by}`
    },
  }
}

type Hop = Extract<Entry, { kind: 'next-hop' | 'next-hop-group' }>
const isHop = (entry: Entry): entry is Hop => entry.kind === 'next-hop' || entry.kind === 'next-hop-group'
const EMPTY = { keyed: [], isAltered: false, names: [], prefixes: [], claims: [] }

function idsOf(entry: Entry): readonly number[] {
  if (entry.kind === 'next-hop') return [entry.id]
  if (entry.kind === 'next-hop-group') return [entry.id, ...entry.members]
  return entry.kind === 'route' && entry.target.kind === 'next-hop-object' ? [entry.target.id] : []
}
