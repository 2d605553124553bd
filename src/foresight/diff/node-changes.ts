// What changes on one node, in the order in which its agent would make it.
import {
  type Because,
  type Change,
  type Entry,
  entriesOf,
  keyOf,
  type NodeState,
  type PublicKey,
} from '../../model/index.ts'
import { diff } from '../../reconcile/index.ts'

export type StateChange = {
  readonly from: NodeState
  readonly to: NodeState
  /** What was planned when `from` was observed: where its peers were configured to be, and why its entries stand. */
  readonly planned?: NodeState | undefined
}

/** Keys that are not known yet are compared by the names of their nodes. */
export function changesBetween({ from, to, planned = from }: StateChange): readonly Change[] {
  if (from === to) return []
  const less = withoutShared(from, to)
  const changes = changesOf(less, planned)
  // What stands on a link that is made anew goes with it, and is made anew too.
  return isShared({ from, to }, less) && hasReplacement(changes) ? changesOf({ from, to }, planned) : changes
}

type Pair = Pick<StateChange, 'from' | 'to'>

function changesOf({ from, to }: Pair, planned: NodeState): readonly Change[] {
  if (from.parts.length + to.parts.length === 0) return []
  const changes = diff(withNamedKeys(to), [...entriesOf(withNamedKeys(from))], { previous: withNamedKeys(planned) })
  return changes.length === 0 ? [] : changes.map(reasonsFrom(planned))
}

/** What both hold as one and the same object does not differ, unless its routes leave by another address. */
function withoutShared(from: NodeState, to: NodeState): Pair {
  if (JSON.stringify(from.gatewayAddresses) !== JSON.stringify(to.gatewayAddresses)) return { from, to }
  const [before, after] = [new Set(from.parts), new Set(to.parts)]
  const [old, next] = [from.parts.filter((part) => !after.has(part)), to.parts.filter((part) => !before.has(part))]
  return { from: { ...from, parts: partsWithout(old, next) }, to: { ...to, parts: partsWithout(next, old) } }
}

type Part = readonly Entry[]

/** Entries; what is longer is mostly held by many nodes, and worth remembering. */
const LONG_PART = 64

function partsWithout(parts: readonly Part[], others: readonly Part[]): readonly Part[] {
  const long = others.filter(({ length }) => length > LONG_PART)
  const entries = new Set(others.flatMap((part) => (part.length > LONG_PART ? [] : part)))
  return parts
    .map((part) => long.reduce(without, part).filter((entry) => !entries.has(entry)))
    .filter((part) => part.length > 0)
}

/** Of a long part, for all nodes that hold it. */
type Remembered = { readonly entries: ReadonlySet<Entry>; readonly remainders: WeakMap<Part, Part> }

const remembered = new WeakMap<Part, Remembered>()

function without(part: Part, other: Part): Part {
  const known = remembered.get(other) ?? { entries: new Set(other), remainders: new WeakMap() }
  remembered.set(other, known)
  const made = known.remainders.get(part) ?? remainderOf(part, known.entries)
  known.remainders.set(part, made)
  return made
}

function remainderOf(part: Part, others: ReadonlySet<Entry>): Part {
  const left = part.filter((entry) => !others.has(entry))
  return left.length === part.length ? part : left
}

const isShared = (whole: Pair, less: Pair): boolean => whole.from !== less.from

function hasReplacement(changes: readonly Change[]): boolean {
  const deleted = new Set(changes.filter(({ op }) => op === 'delete').map(({ entry }) => keyOf(entry)))
  return changes.some(({ op, entry }) => op === 'create' && deleted.has(keyOf(entry)))
}

/** The reconciler leaves out keys that begin so, as no kernel takes them. */
const MISSING = '?'
const NAMED = '='

const renamed = (state: NodeState, first: string, other: string): NodeState => ({
  ...state,
  parts: state.parts.map((part) =>
    part.some((entry) => hasKey(entry, first)) ? part.map((entry) => withKey(entry, first, other)) : part,
  ),
})

const withNamedKeys = (state: NodeState): NodeState => renamed(state, MISSING, NAMED)

const hasKey = (entry: Entry, first: string): boolean => 'publicKey' in entry && entry.publicKey.startsWith(first)

const withKey = (entry: Entry, first: string, other: string): Entry =>
  'publicKey' in entry && entry.publicKey.startsWith(first)
    ? { ...entry, publicKey: (other + entry.publicKey.slice(1)) as PublicKey }
    : entry

function reasonsFrom(planned: NodeState): (change: Change) => Change {
  let reasons: Map<string, readonly Because[]> | undefined
  const withReason = (entry: Entry): Entry => {
    const named = withKey(entry, NAMED, MISSING)
    if (named.because.length > 0) return named
    reasons ??= new Map([...entriesOf(planned)].map((one) => [keyOf(one), one.because]))
    return { ...named, because: reasons.get(keyOf(named)) ?? [] }
  }
  return (change) =>
    change.op === 'update'
      ? { ...change, entry: withReason(change.entry), observed: withKey(change.observed, NAMED, MISSING) }
      : { ...change, entry: withReason(change.entry) }
}
