// The changes of all nodes, told once for nodes on which they are alike.
import { type Because, type Change, type Entry, entriesOf, type NodeState } from '../../model/index.ts'
import { formatBecause, type NextHopObjects } from '../../render/index.ts'
import { alikeTexts } from '../explain/alike-text.ts'
import { type ChangeText, changeText, KIND_WORDS } from './change-text.ts'

/** Changes of one node, in order. */
export type NodeChanges = {
  readonly from: NodeState
  readonly to: NodeState
  readonly changes: readonly Change[]
}

/** Nodes whose changes differ in names, addresses, keys and ids alone. */
export type ChangeGroup = {
  /** Names, ascending. */
  readonly nodes: readonly string[]
  /** `+1 peer, ~1 filter, -2 routes` */
  readonly summary: string
  /** Of the first of the nodes, in the order in which its agent makes them. */
  readonly steps: readonly ChangeStep[]
}

export type ChangeStep = ChangeText & {
  readonly op: Change['op']
  readonly kind: Entry['kind']
  readonly because: readonly Because[]
  /** How many others follow that differ in names, addresses and ids alone. */
  readonly alike: number
}

/** Fewest nodes first: what is special before what all have. `names`: of nodes and sites. */
export function groupChanges(all: Iterable<NodeChanges>, names: ReadonlySet<string>): readonly ChangeGroup[] {
  const groups = new Map<
    string,
    { readonly nodes: string[]; readonly steps: readonly ChangeStep[]; readonly summary: string }
  >()
  const keyOf = alikeKeys(names)
  for (const one of all) {
    if (one.changes.length === 0) continue
    const runs = runsOf(one, keyOf)
    const summary = summaryOf(one.changes)
    const key = [summary, ...runs.flatMap((run) => run.steps.map(() => run.key))].join('\n')
    const group = groups.get(key)
    if (group === undefined)
      groups.set(key, { nodes: [one.to.node], steps: runs.flatMap(({ steps }) => steps), summary })
    else group.nodes.push(one.to.node)
  }
  return [...groups.values()].sort(
    (a, b) => a.nodes.length - b.nodes.length || ((a.nodes[0] ?? '') < (b.nodes[0] ?? '') ? -1 : 1),
  )
}

type AlikeKey = (step: ChangeStep) => string

function alikeKeys(names: ReadonlySet<string>): AlikeKey {
  const alike = alikeTexts(names)
  // Entries of many nodes stand for the same reasons.
  const reasons = new WeakMap<readonly Because[], string>()
  const alikeReasons = (because: readonly Because[]): string => {
    const text = reasons.get(because) ?? alike(formatBecause(because))
    reasons.set(because, text)
    return text
  }
  return ({ op, kind, text, was, because }) =>
    `${op} ${kind} ${alike(text)} ${was === undefined ? '' : alike(was)} ${alikeReasons(because)}`
}

/** Up to so many that are alike are told one by one. */
const TOLD_APART = 2

/** Steps that follow each other and are alike: all of them, or the first that tells how many follow. */
type Run = { readonly key: string; readonly steps: readonly ChangeStep[] }

function runsOf({ from, to, changes }: NodeChanges, keyOf: AlikeKey): readonly Run[] {
  const objects = { old: objectsOf(from), next: objectsOf(to) }
  const runs: { readonly key: string; readonly first: ChangeStep; readonly steps: ChangeStep[] }[] = []
  for (const change of changes) {
    const { op, entry } = change
    const step = { op, kind: entry.kind, ...changeText(change, objects), because: entry.because, alike: 0 }
    const key = keyOf(step)
    const run = runs.at(-1)
    if (run?.key === key) run.steps.push(step)
    else runs.push({ key, first: step, steps: [step] })
  }
  return runs.map(({ key, first, steps }) => ({
    key,
    steps: steps.length <= TOLD_APART ? steps : [{ ...first, alike: steps.length - 1 }],
  }))
}

function objectsOf(state: NodeState): NextHopObjects {
  const objects = new Map()
  for (const part of state.parts)
    for (const entry of part)
      if (entry.kind === 'next-hop' || entry.kind === 'next-hop-group') objects.set(entry.id, entry)
  return objects
}

const SIGNS = { create: '+', update: '~', delete: '-' } as const

function summaryOf(changes: readonly Change[]): string {
  const counts = new Map<string, number>()
  for (const { op, entry } of changes)
    counts.set(`${SIGNS[op]} ${entry.kind}`, (counts.get(`${SIGNS[op]} ${entry.kind}`) ?? 0) + 1)
  return Object.values(SIGNS)
    .flatMap((sign) =>
      (Object.keys(KIND_WORDS) as Entry['kind'][]).flatMap((kind) => {
        const count = counts.get(`${sign} ${kind}`)
        return count === undefined ? [] : [`${sign}${count} ${KIND_WORDS[kind][count === 1 ? 0 : 1]}`]
      }),
    )
    .join(', ')
}

/** How many entries a node has that comes or goes as a whole. */
export function countEntries(state: NodeState): number {
  let count = 0
  for (const _ of entriesOf(state)) count++
  return count
}
