// What `damask trace` follows a packet through, whether only planned or running too.
import type { Json } from '../render/index.ts'
import type { Probe } from '../verifier/index.ts'
import type { PlannedWorld } from './planned-world.ts'
import type { EndSources } from './trace-ends.ts'

export type TraceScene = EndSources & {
  /** What a person should know of the networks below. */
  readonly notes: readonly string[]
  readonly trace: (probe: Probe) => Traced
}

export type Traced = {
  readonly text: () => string
  readonly json: () => Json
  /** It arrives by every way, and so does its answer. */
  readonly isGood: boolean
}

/** The plans alone. */
export async function plannedScene(planned: PlannedWorld): Promise<TraceScene> {
  const [{ walkedPlan }, { traceProbe }, { renderTrace }, { traceJson }] = await Promise.all([
    import('./walked-plan.ts'),
    import('../verifier/index.ts'),
    import('./trace-text.ts'),
    import('./trace-json.ts'),
  ])
  const { states, network, guessed } = await walkedPlan(planned)
  return {
    world: planned.world,
    states,
    notes: guessed.map((note) => `note: ${note}`),
    trace(probe) {
      const trace = traceProbe(network, probe)
      return {
        text: () => renderTrace(trace),
        json: () => traceJson(trace),
        isGood: trace.verdict.kind === 'delivered',
      }
    },
  }
}
