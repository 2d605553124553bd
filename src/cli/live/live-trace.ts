// One packet, through the plans of a lab's nodes and through what their kernels hold now.
import { type CompiledNetwork, type Probe, type Trace, traceProbe } from '../../verifier/index.ts'
import { type DifferentHop, firstDifference, type NodeDifferences } from './first-difference.ts'

export type LiveTrace = {
  readonly plan: Trace
  readonly live: Trace
  /** Left out: on the way nothing differs. */
  readonly first?: DifferentHop
  /** Both come to the same end, and let packets of the same size through. */
  readonly isSame: boolean
}

export type LiveNetworks = {
  readonly plan: CompiledNetwork
  readonly live: CompiledNetwork
  readonly differencesAt: NodeDifferences
}

export function traceLive({ plan: planned, live: running, differencesAt }: LiveNetworks, probe: Probe): LiveTrace {
  const [plan, live] = [traceProbe(planned, probe), traceProbe(running, probe)]
  const first = firstDifference(plan, live, differencesAt)
  return { plan, live, ...(first && { first }), isSame: isSameEnd(plan, live) }
}

const isSameEnd = (a: Trace, b: Trace): boolean =>
  a.direction === b.direction && a.mtuBytes === b.mtuBytes && endOf(a) === endOf(b)

const endOf = ({ verdict }: Trace): string =>
  verdict.kind === 'delivered'
    ? JSON.stringify(verdict.to)
    : [verdict.kind, verdict.node, 'reason' in verdict ? verdict.reason : verdict.mtuBytes].join(' ')
