// What the verifier says of a lab against what its packets did: judged as often as one likes, of a lab that ran once.
import { formatAddress } from '../../src/model/index.ts'
import { compileNetwork, type NetworkInput } from '../../src/verifier/index.ts'
import type { FaultKind } from './fault-kind.ts'
import type { Measured, Trial } from './trial.ts'
import { describe, type Expectation, type Verdict, verdictOf } from './verdict.ts'

export type Judgement = Pick<Evidence, 'faults'> & {
  readonly trials: number
  /** Of these, of how many the echo was lost on one of both ways. */
  readonly undelivered: number
  /** Of which the verifier could not say more than that it hangs on a hash. */
  readonly undecided: number
  /** Where verdict and packets differ, each as a text. */
  readonly mismatches: readonly string[]
}

/** What was put there, and what packets did. */
export type Evidence = {
  readonly faults: readonly { readonly kind: FaultKind; readonly text: string }[]
  readonly network: NetworkInput
  readonly trials: readonly Trial[]
  /** In the order of the trials. */
  readonly measured: readonly Measured[]
}

export function judge({ faults, network: input, trials, measured }: Evidence): Judgement {
  const network = compileNetwork(input)
  const all = trials.map((trial, number) => ({
    trial,
    measured: measured[number] ?? { arrived: false, answered: false },
    verdict: verdictOf(network, trial),
  }))
  return {
    faults,
    trials: trials.length,
    undelivered: all.filter((one) => !one.measured.answered).length,
    undecided: all.filter(({ verdict }) => verdict.arrived === 'either').length,
    mismatches: all.filter(differ).map(mismatchText),
  }
}

type Tried = { readonly trial: Trial; readonly measured: Measured; readonly verdict: Verdict }

export const PROBES = ['arrived', 'answered', 'connected'] as const

const differ = ({ measured, verdict }: Tried): boolean =>
  PROBES.some((probe) => isWrong(verdict[probe], measured[probe]))

const isWrong = (expected: Expectation | undefined, real: boolean | undefined): boolean =>
  expected !== undefined && real !== undefined && expected !== 'either' && (expected === 'yes') !== real

function mismatchText({ trial, measured, verdict }: Tried): string {
  const { from, to, target, bytes } = trial
  const said = PROBES.flatMap((probe) =>
    verdict[probe] === undefined ? [] : [`${probe}: verdict ${verdict[probe]}, real ${measured[probe] ? 'yes' : 'no'}`],
  )
  return [
    `${from.name} -> ${to.name} (${formatAddress(target)}), ${bytes} bytes: ${said.join('; ')}`,
    `    there ${describe(verdict.trace.forth)}`,
    ...(verdict.trace.back.length > 0 ? [`    back  ${describe(verdict.trace.back)}`] : []),
  ].join('\n')
}
