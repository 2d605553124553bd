// A live trace as plain data: that of the machine as `damask trace -o json` has it, with the plan's, and the first difference.
import { type Json, renderEntryJson } from '../../render/index.ts'
import { traceJson } from '../trace-json.ts'
import { describeDifference } from './difference-text.ts'
import type { DifferentHop } from './first-difference.ts'
import type { LiveTrace } from './live-trace.ts'
import type { Difference } from './node-differences.ts'

export const liveJson = ({ plan, live, first, isSame }: LiveTrace): Json => ({
  isSame,
  ...(first && { first: hopJson(first) }),
  plan: traceJson(plan),
  live: traceJson(live),
})

const hopJson = ({ node, direction, hop, isMet, differences }: DifferentHop): Json => ({
  node,
  direction,
  hop,
  isMet,
  differences: differences.map(differenceJson),
})

const differenceJson = (difference: Difference): Json => ({
  kind: difference.kind,
  ...('planned' in difference && { planned: renderEntryJson(difference.planned) }),
  ...('standing' in difference && { standing: renderEntryJson(difference.standing) }),
  kernelHas: [...describeDifference(difference).kernel],
})
