// One random lab from its shape to what it shows: built, broken, observed, and tried with real packets.
import { setTimeout as sleep } from 'node:timers/promises'
import { layoutIssues, underlayOf } from '../../src/lab/index.ts'
import type { NodeState, PublicKey } from '../../src/model/index.ts'
import { compileNetwork, factsOf, type NetworkInput, type Underlay } from '../../src/verifier/index.ts'
import { type BareLab, type BareLabOptions, buildBareLab } from './bare-lab.ts'
import { type Chance, type PutFault, tryFault } from './fault.ts'
import { type Evidence, PROBES } from './judge.ts'
import type { LabShape } from './lab-shape.ts'
import { measure, TURN_MILLISECONDS } from './measure.ts'
import { keyPairOf } from './random-keys.ts'
import { shapedLab } from './shaped-lab.ts'
import { type Station, trialsOf } from './trial.ts'
import { verdictOf } from './verdict.ts'

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
