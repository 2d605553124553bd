// What somebody deletes by hand until it is back, and an agent's start until the kernel holds all that its snapshot says.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PREFERENCE, TABLE, tunnelLink, type World } from '../src/model/index.ts'
import type { Bench, Benchmark, Figure } from './benchmark.ts'
import { type MeasuredAgent, measuredAgent, until } from './measured-agent.ts'
import { figure } from './samples.ts'
import { nodeName, scaledWorld } from './scaled-world.ts'
import { writeStore } from './store-folder.ts'

const NAME = nodeName(0)
/** Of section 14: drift put back. */
const BUDGET_MS = 100
/** The agent breathes between rounds; a person is slower. */
const PAUSE_MS = 200

export const drift: Benchmark = {
  name: 'drift',
  about: 'from a deletion by hand until it stands again; starts of an agent (looked at every millisecond)',
  needsRoot: true,
  async run(bench) {
    const runs = bench.isQuick ? 2 : 15
    const world = scaledWorld({ nodes: 2, sites: 2 })
    const store = join(bench.folder, 'store')
    writeStore(store, world, NAME)
    const agent = measuredAgent(bench, { world, name: NAME, store })
    agent.machine.startAgent(store)
    await agent.settled()
    const figures: Figure[] = []
    for (const [what, deletion] of Object.entries(deletions(agent)))
      figures.push(figure(`${what} deleted until back`, await times(runs, deletion), { budget: BUDGET_MS }))
    const state = join(agent.machine.folder, 'state')
    figures.push(await starts(bench, { world, store, state, routes: agent.routes(), runs: Math.ceil(runs / 2) }))
    const large = scaledWorld(bench.isQuick ? { nodes: 50, sites: 5 } : { nodes: 5000, sites: 50 })
    figures.push(await largeStart(bench, large, Math.ceil(runs / 3)))
    figures.push(figure('for comparison: node itself starts and ends', await nodeStarts(runs)))
    return figures
  },
}

/** Does it, and says how to see that it is back. */
type Deletion = () => Promise<{ readonly isBack: () => boolean | Promise<boolean> }>

function deletions(agent: MeasuredAgent): Readonly<Record<string, Deletion>> {
  const { rtnetlink, routes, hasFilter, deleteFilter } = agent
  return {
    async 'a route'() {
      const wanted = routes()
      const [route] = rtnetlink.routes(4, TABLE)
      if (route === undefined) throw new Error('the agent made no route')
      rtnetlink.deleteRoute(route)
      return { isBack: () => routes() === wanted }
    },
    async 'a rule'() {
      const ours = () => rtnetlink.rules(4).find(({ preference }) => preference === PREFERENCE.ours)
      const rule = ours()
      if (rule === undefined) throw new Error('the agent made no rule')
      rtnetlink.deleteRule(rule)
      return { isBack: () => ours() !== undefined }
    },
    async 'the nftables table'() {
      await deleteFilter()
      return { isBack: hasFilter }
    },
    async 'the tunnel device'() {
      const wanted = routes()
      const before = rtnetlink.linkIndex(tunnelLink(1))
      await rtnetlink.deleteLinkAsync(before)
      return { isBack: () => (rtnetlink.findLink(tunnelLink(1))?.index ?? before) !== before && routes() === wanted }
    },
  }
}

async function times(runs: number, deletion: Deletion): Promise<readonly number[]> {
  const found: number[] = []
  for (let run = 0; run < runs; run++) {
    await sleep(PAUSE_MS)
    // The kernel tells of a deleted device before it is done with it, so this begins with the deletion, not after it.
    const startedAt = performance.now()
    const { isBack } = await deletion()
    await until('what was deleted is back', isBack)
    found.push(performance.now() - startedAt)
  }
  return found
}

type Start = {
  readonly world: World
  readonly store: string
  readonly state: string
  readonly routes: number
  readonly runs: number
}

/** On a machine that has nothing yet, from the key and the snapshot of another. Routes are what is made last. */
async function starts(bench: Bench, { world, store, state, routes, runs }: Start): Promise<Figure> {
  const found: number[] = []
  for (let run = 0; run < runs; run++) {
    const agent = measuredAgent(bench, { world, name: NAME, store, state })
    const startedAt = performance.now()
    agent.machine.startAgent(store)
    await until('the agent made all routes', () => agent.routes() === routes, agent.machine.log)
    found.push(performance.now() - startedAt)
    await agent.remove()
  }
  return figure(
    `an agent's start from a snapshot of ${world.nodes.size.toLocaleString('en')} nodes until all stands`,
    found,
  )
}

async function largeStart(bench: Bench, world: World, runs: number): Promise<Figure> {
  const store = join(bench.folder, 'large-store')
  writeStore(store, world, NAME)
  const first = measuredAgent(bench, { world, name: NAME, store })
  first.machine.startAgent(store)
  await first.settled()
  const routes = first.routes()
  const state = join(first.machine.folder, 'state')
  await first.machine.stopAgent() // it writes its snapshot
  const result = await starts(bench, { world, store, state, routes, runs })
  await first.remove()
  return result
}

async function nodeStarts(runs: number): Promise<readonly number[]> {
  const found: number[] = []
  for (let run = 0; run < runs; run++) {
    const startedAt = performance.now()
    execFileSync(process.execPath, ['-e', '0'])
    found.push(performance.now() - startedAt)
  }
  return found
}
