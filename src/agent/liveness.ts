// Who is taken for dead. Kept in memory alone: an agent that starts takes everybody for alive.
import { hint, type Liveness } from '../model/index.ts'

export type LivenessRecord = {
  /** Undefined: all is alive. */
  readonly current: () => Liveness | undefined
  /** Takes `{"deadNodes": […], "deadLegs": [["a", "b"]]}`, whole, in place of what was; or says what is wrong with it. */
  readonly set: (value: unknown) => string | undefined
}

/** `names`: of all nodes. */
export function createLivenessRecord(names: () => ReadonlySet<string>, onChange: () => void): LivenessRecord {
  let current: Liveness | undefined
  return {
    current: () => current,
    set(value) {
      const read = readLiveness(value, names())
      if (typeof read === 'string') return read
      const next = read.deadNodes.length + read.deadLegs.length === 0 ? undefined : read
      const isSame = JSON.stringify(next) === JSON.stringify(current)
      current = next
      if (!isSame) onChange()
      return undefined
    },
  }
}

/** Sorted, each once; or a sentence. */
function readLiveness(value: unknown, names: ReadonlySet<string>): Liveness | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return `liveness is an object like ${EXAMPLE}, and this is ${JSON.stringify(value)?.slice(0, 60)}`
  const fields: { readonly [name: string]: unknown } = { ...value }
  const stranger = Object.keys(fields).find((name) => name !== 'deadNodes' && name !== 'deadLegs')
  if (stranger !== undefined) return `liveness has no field "${stranger}"${hint(stranger, ['deadNodes', 'deadLegs'])}`
  const { deadNodes = [], deadLegs = [] } = fields
  if (!isNames(deadNodes)) return `deadNodes is a list of names of nodes, as in ${EXAMPLE}`
  if (!isLegs(deadLegs)) return `deadLegs is a list of pairs of nodes, as in ${EXAMPLE}`
  const unknown = [...deadNodes, ...deadLegs.flat()].find((name) => !names.has(name))
  if (unknown !== undefined) return `there is no node "${unknown}"${hint(unknown, names)}`
  const lame = deadLegs.find(([from, to]) => from === to)
  if (lame !== undefined) return `a leg has two ends, and ["${lame.join('", "')}"] has one; name the node in deadNodes`
  return { deadNodes: [...new Set(deadNodes)].toSorted(), deadLegs: eachOnce(deadLegs) }
}

const EXAMPLE = '{"deadNodes": ["b1"], "deadLegs": [["a1", "b2"]]}'

const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string')

const isLegs = (value: unknown): value is Liveness['deadLegs'] =>
  Array.isArray(value) && value.every((leg) => isNames(leg) && leg.length === 2)

const eachOnce = (legs: Liveness['deadLegs']): Liveness['deadLegs'] =>
  legs
    .map(([a, b]) => (a < b ? ([a, b] as const) : ([b, a] as const)))
    .toSorted(([a, b], [c, d]) => (a < c || (a === c && b < d) ? -1 : 1))
    .filter(([a, b], index, all) => index === 0 || all[index - 1]?.[0] !== a || all[index - 1]?.[1] !== b)
