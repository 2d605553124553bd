// The lab of a world that is up, read for `damask trace --live`: its nodes as planned and as their kernels are, ready to be walked.
import type { Lab, NodeState } from '../../model/index.ts'
import type { PlannedWorld } from '../planned-world.ts'
import type { TraceScene } from '../trace-scene.ts'
import { withOffered } from '../walked-plan.ts'
import { liveJson } from './live-json.ts'
import { renderLive } from './live-text.ts'
import { traceLive } from './live-trace.ts'
import { differencesOf, observedState } from './node-differences.ts'

/** Rejects with a sentence where no such lab is up, or where it cannot be read. */
export async function liveScene({ world, lab }: PlannedWorld, files: readonly string[]): Promise<TraceScene> {
  const [{ readRunningLab, underlayOf, wrongInput }, { parseAddress }, verifier] = await Promise.all([
    import('../../lab/index.ts'),
    import('../../model/index.ts'),
    import('../../verifier/index.ts'),
  ])
  if (lab === undefined)
    throw wrongInput(
      '--live reads the kernels of a lab that is up, and there is no Lab among these resources; a world says where its nodes stand in one document of kind Lab',
    )
  const record = await findLab(lab, files)
  if (process.getuid?.() !== 0)
    throw wrongInput('--live reads network namespaces, which only root may; try it with sudo')
  const { resolvedHosts } = verifier.deriveUnderlay(world, lab.hosts)
  const running = await readRunningLab(record, { world, resolvedHosts })
  const underlay = withOffered(underlayOf(record.layout), running.world)
  const facts = verifier.factsOf(running.world)
  const compiled = (states: readonly NodeState[]) => verifier.compileNetwork({ states, facts, underlay })
  const states = running.nodes.map(({ planned }) => planned)
  const networks = {
    plan: compiled(states),
    live: compiled(running.nodes.map(({ planned, observed }) => observedState(planned, observed))),
    differencesAt: new Map(
      running.nodes.map(({ planned, observed }) => [planned.node, differencesOf(planned, observed)]),
    ),
  }
  return {
    world: running.world,
    states,
    notes: [],
    pods: new Map(
      record.pods.map(({ name, addresses }) => [name, addresses.map((text) => parseAddress(text.replace(/\/.*/, '')))]),
    ),
    trace(probe) {
      const traced = traceLive(networks, probe)
      return {
        text: () => renderLive(traced),
        json: () => liveJson(traced),
        isGood: traced.isSame && traced.live.verdict.kind === 'delivered',
      }
    },
  }
}

async function findLab({ name }: Lab, files: readonly string[]) {
  const { nameOf, readRecords, wrongInput } = await import('../../lab/index.ts')
  const records = readRecords()
  const found = records.find((record) => record.layout.name === name)
  if (found !== undefined) return found
  const others = records.length === 0 ? '' : ` (up: ${records.map(nameOf).join(', ')})`
  throw wrongInput(
    `lab ${name} is not up${others}, so there is no kernel to read; start it: damask lab up ${files.join(' ')}`,
  )
}
