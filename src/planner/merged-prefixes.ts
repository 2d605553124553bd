// Neighbouring prefixes that go the same way are one route. What was merged for the plan before is taken over where nothing changed:
// of thousands of prefixes mostly one or two are new.
import { areHalves, type Because, comparePrefixes, containsPrefix, equalPrefixes, type Prefix } from '../model/index.ts'
import type { OwnedPrefix } from './owned-prefix.ts'

export type MergedPrefixes = {
  readonly input: readonly OwnedPrefix[]
  /** The fewest that cover exactly the same addresses; one that lies inside another of the input stays as it is. */
  readonly output: readonly OwnedPrefix[]
  /** Where in the input each of the output begins. */
  readonly starts: readonly number[]
}

/** The input ascends. What is offered is merged with nothing. The outcome does not depend on `previous`, save that objects are the same. */
export function mergePrefixesOf(input: readonly OwnedPrefix[], previous?: MergedPrefixes): MergedPrefixes {
  const merged: Prefix[] = []
  const starts: number[] = []
  const taken: (OwnedPrefix | undefined)[] = [] // what `previous` has for the merged prefix of the same index
  const walk = previous && walkAlong(previous)
  for (let index = 0; index < input.length; index++) {
    const owned = input[index]
    if (owned === undefined) continue
    const run = walk?.(input, index, merged.at(-1))
    let prefix = run?.output.prefix ?? owned.prefix
    let start = index
    if (run !== undefined) index += run.length - 1
    else
      for (let lower = merged.at(-1); lower !== undefined; lower = merged.at(-1)) {
        if (areHalves(lower, prefix) && canMerge(input[starts.at(-1) ?? 0], owned))
          prefix = { ...lower, length: lower.length - 1 }
        else if (!equalPrefixes(lower, prefix)) break // equal: two halves inside a prefix of both
        start = starts.pop() ?? start
        merged.pop()
        taken.pop()
      }
    merged.push(prefix)
    starts.push(start)
    taken.push(run?.output)
  }
  const make = (prefix: Prefix, index: number): OwnedPrefix =>
    taken[index] ?? coverOf(prefix, input, starts[index] ?? 0, starts[index + 1] ?? input.length)
  return { input, output: merged.length === input.length ? input : merged.map(make), starts }
}

/** Two offers as one would be a prefix that somebody else may offer. */
const canMerge = (lower: OwnedPrefix | undefined, owned: OwnedPrefix): boolean =>
  lower?.kind !== 'offered' && owned.kind !== 'offered'

type Run = { readonly output: OwnedPrefix; readonly length: number }

/**
 * Goes through an earlier outcome beside the new input. Gives the earlier output that begins here, where the input is the same
 * objects all along it, and the prefix merged before it does not merge with it or with its beginnings.
 */
function walkAlong({ input: before, output, starts }: MergedPrefixes) {
  let at = 0
  return (input: readonly OwnedPrefix[], index: number, last: Prefix | undefined): Run | undefined => {
    const owned = input[index]
    let start = starts[at]
    while (start !== undefined && owned !== undefined) {
      const there = before[start]
      if (there === owned || there === undefined || comparePrefixes(there.prefix, owned.prefix) >= 0) break
      start = starts[++at]
    }
    const one = output[at]
    if (start === undefined || one === undefined) return undefined
    const length = (starts[at + 1] ?? before.length) - start
    for (let step = 0; step < length; step++) if (input[index + step] !== before[start + step]) return undefined
    if (last !== undefined && (areHalves(last, one.prefix) || containsPrefix(one.prefix, last))) return undefined
    return { output: one, length }
  }
}

function coverOf(prefix: Prefix, ascending: readonly OwnedPrefix[], from: number, to: number): OwnedPrefix {
  const first = ascending[from]
  if (to - from === 1 && first !== undefined) return first
  const because: Because[] = []
  let kind = first?.kind ?? 'pods'
  let isUnderlay = false
  for (let index = from; index < to; index++) {
    const owned = ascending[index]
    if (owned === undefined) continue
    because.push(...owned.because)
    if (owned.kind !== kind) kind = 'private'
    isUnderlay ||= owned.isUnderlay
  }
  return { prefix, because, kind, isUnderlay }
}
