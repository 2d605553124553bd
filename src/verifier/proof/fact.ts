// One thing that a state, the underlay or a machine's surroundings say, small enough to name few machines.
import type { Prefix } from '../../model/index.ts'
import { type Fingerprint, fingerprintOf } from './fingerprint.ts'
import type { Thing, Things } from './things.ts'

/** `form`: all that it says besides the things that it names, in their order. */
export type Fact = {
  readonly form: Fingerprint
  readonly things: readonly Thing[]
  /** What it is looked up by. */
  readonly prefix?: Thing
  /** In which table it is looked up by the longest prefix. */
  readonly table?: string
  /** No entry of a state: which of several of one prefix counts, their kinds say. */
  readonly isBeside?: true
}

export const constant = (text: string): Fact => ({ form: fingerprintOf(text), things: [] })
/** Looked up by a prefix. */
export const member = (things: Things, text: string, prefix: Prefix): Fact => ({
  form: fingerprintOf(text),
  things: [],
  prefix: things.ofPrefix(prefix),
})
/** Looked up by the longest prefix, beside the entries of the state. */
export const keyed = (things: Things, text: string, table: number, prefix: Prefix): Fact => ({
  ...member(things, `${text} ${table}`, prefix),
  table: `table ${table}`,
  isBeside: true,
})
