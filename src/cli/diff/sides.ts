import type { DiffSide } from '../../foresight/index.ts'

/** What is compared, and what a reader should know of where it comes from. */
export type Sides = {
  readonly old: DiffSide
  readonly next: DiffSide
  readonly oldName: string
  readonly notes: readonly string[]
}
