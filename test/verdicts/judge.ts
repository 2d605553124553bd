// One random lab from its shape to its judgement: built, broken, observed, walked by the verifier, and tried with real packets.
import { setTimeout as sleep } from 'node:timers/promises'
import { layoutIssues, underlayOf } from '../../src/lab/index.ts'
import { formatAddress, type NodeState, type PublicKey } from '../../src/model/index.ts'
import { compileNetwork, factsOf, type NetworkInput, type Underlay } from '../../src/verifier/index.ts'
import { type BareLab, type BareLabOptions, buildBareLab } from './bare-lab.ts'
import { type Chance, type FaultKind, type PutFault, tryFault } from './fault.ts'
import type { LabShape } from './lab-shape.ts'
import { measure, TURN_MILLISECONDS } from './measure.ts'
import { keyPairOf } from './random-keys.ts'
import { shapedLab } from './shaped-lab.ts'
import { type Measured, type Station, type Trial, trialsOf } from './trial.ts'
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

/** Undefined where no lab can be like that. */
export async function tryLab(shape: LabShape): Promise<Evidence | undefined> {
  const privateKeys = new Map<PublicKey, string>()
  const { world, lab } = shapedLab(shape, (name) => {
    const { publicKey, privateKey } = keyPairOf(name)
    privateKeys.set(publicKey, privateKey)
    return publicKey
  })
  if (layoutIssues(world, lab).length > 0) return undefined
  const { bare, faults, network } = await inTurn(() => buildBroken({ world, lab, privateKeys }, shape))
  try {
    for (const node of bare.nodes.values()) if (await node.startKeepalives()) await sleep(TURN_MILLISECONDS)
    for (const { kernel } of bare.nodes.values()) kernel.close()
    const stations = stationsOf(bare)
    const trials = trialsOf(stations, bare.mtuBytes)
    const compiled = compileNetwork(network)
    const verdicts = new Map(trials.map((trial) => [trial, verdictOf(compiled, trial)]))
    const measured = await measure(stations, trials, (trial, came) =>
      PROBES.some((probe) => verdicts.get(trial)?.[probe] === 'yes' && came[probe] === false),
    )
    return { faults: faults.map(({ kind, text }) => ({ kind, text })), network, trials, measured }
  } finally {
    await bare.remove()
  }
}

let last: Promise<unknown> = Promise.resolve()

/** libnftables aborts the process where two threads write JSON at the same time ("set_dtype_json: Assertion `__out' failed"). */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work)
  last = turn.catch(() => {})
  return turn
}

/** Silent still. Where it throws, nothing is left of it. */
async function buildBroken(options: BareLabOptions, shape: LabShape) {
  const bare = await buildBareLab(options)
  try {
    const faults = await breakLab(bare, shape)
    const states: NodeState[] = []
    for (const node of bare.nodes.values()) states.push(await node.observe())
    const underlay = faults.reduce(
      (declared: Underlay, { declare }) => declare?.(declared) ?? declared,
      underlayOf(bare.layout),
    )
    const network: NetworkInput = { states, facts: factsOf(options.world), underlay }
    return { bare, faults, network }
  } catch (error) {
    await bare.remove()
    throw error
  }
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

async function breakLab(lab: BareLab, shape: LabShape): Promise<PutFault[]> {
  let nth = 0
  const pick: Chance = (list) => list[(shape.picks[nth++ % shape.picks.length] ?? 0) % list.length]
  const faults: PutFault[] = []
  for (const kind of shape.faults) {
    if (faults.length === shape.faultCount) break
    const fault = await tryFault(lab, kind, pick)
    if (fault === undefined) continue
    await fault.put()
    faults.push(fault)
  }
  return faults
}

/** Pods, the machines by the address by which they speak into the network, and the internet itself. */
const stationsOf = ({ nodes, layout }: BareLab): Station[] => [
  ...[...nodes.values()].flatMap(({ name, namespace, pods, state }) => [
    ...pods.map((pod) => ({ ...pod, node: name, kind: 'pod' as const })),
    {
      name,
      node: name,
      kind: 'host' as const,
      namespace,
      addresses: Object.values(state.gatewayAddresses).filter((address) => address !== undefined),
    },
  ]),
  {
    name: 'internet',
    node: 'internet',
    kind: 'outside',
    namespace: layout.internet,
    addresses: (layout.clouds[0]?.transit ?? []).map(({ internet }) => internet),
  },
]

type Tried = { readonly trial: Trial; readonly measured: Measured; readonly verdict: Verdict }

const PROBES = ['arrived', 'answered', 'connected'] as const

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
