// One run: up, every pair tried, down.
import type { Pair } from './probe-end.ts'
import type { LabResult } from './result.ts'
import { tearDown } from './tear-down.ts'
import { tryOut } from './try-out.ts'
import { bringUp, type LabOptions, secondsBetween } from './up.ts'
import { isWrongInput } from './wrong-input.ts'

export type Run = {
  readonly result: LabResult
  readonly pairs: readonly Pair[]
  /** A few of the packets heard in the clear. */
  readonly heard: readonly string[]
}

/**
 * Whatever happens, nothing is left of the lab, and there is a result. It rejects only where there can be none: the input is
 * wrong, or somebody stopped it.
 */
export async function runLab(options: LabOptions): Promise<Run> {
  const { progress, clock, signal } = options
  const errors: string[] = []
  const fellShort = (error: unknown): undefined => {
    if (signal.aborted || isWrongInput(error)) throw error
    errors.push(error instanceof Error ? error.message : String(error))
  }
  const start = clock()
  const up = await bringUp(options, 'run').catch(fellShort)
  if (!up)
    return {
      result: resultOf({ pairs: 0, ...NOTHING_TRIED }, errors, { ...NO_TIME, up: secondsBetween(start, clock()) }),
      ...NONE,
    }

  for (const { node, reason } of up.late) errors.push(`node ${node} is not ready: ${reason}`)
  const { record } = up.standing
  const tried = await settle(tryOut(record, progress, signal))
  progress.phase('taking the lab down')
  const downStart = clock()
  const down = await settle(tearDown(record))
  for (const one of [tried, down]) if ('error' in one) fellShort(one.error)
  const { pairs, heard, ...found } = 'value' in tried ? tried.value : { ...NOTHING_TRIED, ...NONE }
  if (errors.length === 0 && pairs.length === 0) {
    // One machine is a network too, and came up.
    if (record.layout.nodes.length > 1) errors.push('there was no pair to try: a lab needs two ends of one family')
    else progress.note('there was no pair to try: the lab has one node')
  }
  const seconds = { ...up.seconds, down: secondsBetween(downStart, clock()) }
  return { result: resultOf({ pairs: pairs.length, ...found }, errors, seconds), pairs, heard }
}

type Found = Omit<LabResult, 'ok' | 'pairs' | 'seconds' | 'error'>

const NONE: Pick<Run, 'pairs' | 'heard'> = { pairs: [], heard: [] }
const NO_TIME = { up: 0, converged: 0, down: 0 }
const NOTHING_TRIED: Found = {
  failed: [],
  clearTextPackets: 0,
  internetBytes: 0,
  internetBytesByClouds: {},
  internetBytesIfAllPublic: 0,
}

function resultOf(
  found: Found & Pick<LabResult, 'pairs'>,
  errors: readonly string[],
  seconds: LabResult['seconds'],
): LabResult {
  const ok = errors.length === 0 && found.failed.length === 0 && found.clearTextPackets === 0
  return { ok, ...found, seconds, ...(errors.length > 0 && { error: errors.join('; ') }) }
}

type Settled<T> = { readonly value: T } | { readonly error: unknown }

const settle = <T>(promise: Promise<T>): Promise<Settled<T>> =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
