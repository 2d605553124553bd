// A cluster's network of many nodes: what one agent needs of its machine and of the wire, and how long a change takes from another
// node's MeshNode, over a real API server and etcd, to this node's kernel.
import { setTimeout as sleep } from 'node:timers/promises'
import { formatAddress, type Node, tunnelLink, type World } from '../src/model/index.ts'
import { findKubernetes } from '../test/cluster/programs/build-programs.ts'
import type { Bench, Benchmark, Figure } from './benchmark.ts'
import { type CountedWay, openCountedWay } from './counted-way.ts'
import { type AskPeer, openHeldPeers } from './held-peer.ts'
import { type MeasuredAgent, measuredAgent, until } from './measured-agent.ts'
import { MESH_NODES, networkWrite, nodeWrite, siteWrite, statusWrite, type Write } from './mesh-node-objects.ts'
import { type MeshNodesServer, startMeshNodesServer } from './mesh-nodes-server.ts'
import { figure } from './samples.ts'
import { nodeName, numberedKey, scaledWorld, withChangedNode } from './scaled-world.ts'

/** Of several nodes each, so that one can have two gateways. */
const sitesOf = (size: number): number => Math.min(50, Math.ceil(size / 2))
/** Of section 14: memory of an idle agent and of a further node, CPU a minute, and from where a change is seen to the kernel. */
const BUDGET = { idleMb: 70, nodeKib: 4, cpuSecondsPerMinute: 0.1, changeMs: 50 } as const

type Scale = {
  readonly sizes: readonly number[]
  readonly changes: number
  readonly newcomers: number
  readonly steadySeconds: number
}
const FULL: Scale = { sizes: [1, 1000, 5000], changes: 50, newcomers: 100, steadySeconds: 60 }
const QUICK: Scale = { sizes: [1, 20], changes: 2, newcomers: 5, steadySeconds: 3 }

export const meshNodes: Benchmark = {
  name: 'mesh-nodes',
  about: 'a MeshNode a node in a real API server, and the agent of one of them, a gateway',
  needsRoot: true,
  async run(bench) {
    const programs = await findKubernetes()
    if (programs === undefined) {
      bench.note('left out: it needs etcd and kube-apiserver, which `make test-cluster` builds')
      return []
    }
    const scale = bench.isQuick ? QUICK : FULL
    const server = await startMeshNodesServer(bench, programs)
    const parts: Measured[] = []
    let written = 0
    for (const size of scale.sizes) {
      const world = scaledWorld({ nodes: size, sites: sitesOf(size) })
      if (written === 0) await server.writeAll([[networkWrite(world.network), TWO_GATEWAYS]])
      await server.writeAll(objectsOf(world, written))
      written = size
      parts.push(await measureAgent(bench, server, world, scale))
    }
    return [...parts.flatMap(({ figures }) => figures), ...memoryOfNodes(parts)]
  },
}

/** The second gateway of this site has a device to itself at the measured node: what is asked of a device is all of it. */
const SECOND_GATEWAY = { site: nodeSite(1), device: tunnelLink(2) } as const
const TWO_GATEWAYS = siteWrite(SECOND_GATEWAY.site, { gatewaysPerSite: 2 })

function nodeSite(index: number): string {
  return `site-${String(index).padStart(6, '0')}`
}

/** From number `first` on. Of the measured node its agent says its status itself. */
function objectsOf(world: World, first: number): readonly (readonly Write[])[] {
  const nodes = [...world.nodes.values()].slice(first)
  return nodes.map((node) => [nodeWrite(node), ...(node.name === nodeName(0) ? [] : [statusWrite(world, node.name)])])
}

type Measured = { readonly size: number; readonly bytes: number; readonly figures: readonly Figure[] }

type Trial = {
  readonly bench: Bench
  readonly server: MeshNodesServer
  readonly world: World
  readonly scale: Scale
  readonly agent: MeasuredAgent
  readonly way: CountedWay
  readonly title: string
}

async function measureAgent(bench: Bench, server: MeshNodesServer, world: World, scale: Scale): Promise<Measured> {
  const agent = measuredAgent(bench, { world, name: nodeName(0), store: server.url })
  const way = openCountedWay(bench, agent.machine.namespace, server.port)
  const startedAt = performance.now()
  agent.machine.startAgent({ apiServer: `https://127.0.0.1:${way.port}` })
  await agent.settled()
  const title = world.nodes.size === 1 ? '1 node' : `${world.nodes.size.toLocaleString('en')} nodes`
  const trial: Trial = { bench, server, world, scale, agent, way, title }
  bench.note(
    `${title}: ready and settled ${seconds(performance.now() - startedAt)} s after the start; ${mb(way.receivedBytes())} MB came over the wire until then`,
  )
  const { bytes, figures } = await steadyState(trial)
  const more =
    world.nodes.size === 1 ? [] : [...(await changes(trial)), ...(await heartbeats(trial)), ...(await joins(trial))]
  await agent.remove()
  way.close()
  return { size: world.nodes.size, bytes, figures: [...figures, ...more] }
}

async function steadyState({ scale, agent, way, title }: Trial): Promise<Omit<Measured, 'size'>> {
  await sleep(scale.steadySeconds > 10 ? 10_000 : 2000) // it writes its own status once more, and lets go of what it needed for that
  const [cpu, received] = [agent.cpuSeconds(), way.receivedBytes()]
  await sleep(scale.steadySeconds * 1000)
  const bytes = agent.residentBytes()
  const aMinute = 60 / scale.steadySeconds
  return {
    bytes,
    figures: [
      figure(`memory (RSS), ${title}`, [bytes / 1e6], {
        unit: 'MB',
        ...(title === '1 node' && { budget: BUDGET.idleMb }),
      }),
      figure(
        `CPU a minute in the steady state (seen for ${scale.steadySeconds} s), ${title}`,
        [(agent.cpuSeconds() - cpu) * aMinute],
        {
          unit: 's',
          budget: BUDGET.cpuSecondsPerMinute,
        },
      ),
      figure(`received a minute in the steady state, ${title}`, [((way.receivedBytes() - received) * aMinute) / 1024], {
        unit: 'KiB',
      }),
    ],
  }
}

function memoryOfNodes(parts: readonly Measured[]): readonly Figure[] {
  const [large, largest] = parts.slice(-2)
  if (large === undefined || largest === undefined) return []
  const kib = (largest.bytes - large.bytes) / 1024 / (largest.size - large.size)
  const name = `memory for each further node, from ${large.size.toLocaleString('en')} to ${largest.size.toLocaleString('en')}`
  return [figure(name, [kib], { unit: 'KiB', budget: BUDGET.nodeKib })]
}

/** One after the other, each with a pause after it. */
async function changes(trial: Trial): Promise<readonly Figure[]> {
  const { world, agent, title, scale } = trial
  const second = [...world.nodes.values()].filter(({ site }) => site === SECOND_GATEWAY.site)[1]
  const last = [...world.nodes.values()].at(-1)
  if (last === undefined) throw new Error('the world has no nodes')
  const routes = agent.routes()
  const more = withChangedNode(world, last.name, 0).nodes.get(last.name) ?? last
  const figures = await timeChanges(trial, 'another pod prefix', async (run) => ({
    write: nodeWrite(run % 2 === 0 ? more : last),
    isThere: () => agent.routes() === routes + Number(run % 2 === 0),
  }))
  if (second === undefined) return figures // so few nodes that no site has two gateways
  const askPeer: AskPeer = openHeldPeers(agent.machine.agentPid(), SECOND_GATEWAY.device)
  const key = (run: number) => numberedKey(1_000_000 + run)
  const ofEndpoint = await timeChanges(trial, 'another endpoint', async (run) => {
    const port = run % 2 === 0 ? 40_000 + run : 51820
    return {
      write: nodeWrite(second, port),
      isThere: () => askPeer(keyOf(world, second), `${hostOf(second)}:${port}`),
    }
  })
  const ofKey = await timeChanges(trial, 'another key', async (run) => ({
    write: statusWrite(world, second.name, { publicKey: key(run) }),
    isThere: () => askPeer(key(run)),
  }))
  await trial.server.writeAll([[nodeWrite(second), statusWrite(world, second.name)]])
  await until(`${title}: the old key is back`, () => askPeer(keyOf(world, second)), agent.machine.log)
  await sleep(scale.steadySeconds > 10 ? 2000 : 500)
  return [...figures, ...ofEndpoint, ...ofKey]
}

const keyOf = ({ statuses }: World, { name }: Node) => statuses.get(name)?.publicKey ?? numberedKey(0)
const hostOf = ({ endpoint }: Node): string =>
  endpoint === undefined || typeof endpoint.host === 'string' ? '' : formatAddress(endpoint.host)

type Change = { readonly write: Write; readonly isThere: () => boolean | Promise<boolean> }

async function timeChanges(
  { agent, server, way, title, scale }: Trial,
  what: string,
  changeOf: (run: number) => Promise<Change>,
): Promise<readonly Figure[]> {
  const [fromWrite, fromHeard, bytes]: [number[], number[], number[]] = [[], [], []]
  const cpu = agent.cpuSeconds()
  for (let run = 0; run < scale.changes; run++) {
    const { write, isThere } = await changeOf(run)
    const before = way.receivedBytes()
    const heard = way.heard(500)
    const startedAt = performance.now()
    await server.write(write)
    await until(`${title}: ${what} is in the kernel`, isThere, agent.machine.log)
    const endedAt = performance.now()
    fromWrite.push(endedAt - startedAt)
    fromHeard.push(endedAt - (await heard))
    bytes.push((way.receivedBytes() - before) / 1024)
    await sleep(400)
  }
  return [
    figure(`${what}, written until in the kernel, ${title}`, fromWrite),
    figure(`${what}, heard until in the kernel, ${title}`, fromHeard, { budget: BUDGET.changeMs }),
    figure(`${what}: CPU of the agent, ${title}`, [((agent.cpuSeconds() - cpu) * 1000) / scale.changes]),
    figure(`${what}: received by one agent, ${title}`, bytes, { unit: 'KiB' }),
  ]
}

/** Five a second is what all nodes of a network write together (src/agent/store-link.ts), or one a minute each where they are few. */
const MOST_A_SECOND = 5

async function heartbeats({ agent, server, world, way, scale, title, bench }: Trial): Promise<readonly Figure[]> {
  const names = [...world.nodes.keys()].slice(1)
  const aSecond = Math.min(MOST_A_SECOND, names.length / 60)
  const count = Math.ceil(aSecond * scale.steadySeconds)
  const [cpu, received, startedAt] = [agent.cpuSeconds(), way.receivedBytes(), performance.now()]
  for (let written = 0; written < count; written++) {
    await server.write(statusWrite(world, names[written % names.length] ?? '', { lastHandshakeAt: Date.now() }))
    await sleep(Math.max(0, startedAt + ((written + 1) * 1000) / aSecond - performance.now()))
  }
  const took = (performance.now() - startedAt) / 1000
  const ofOne = (way.receivedBytes() - received) / count
  const rate = ofOne * aSecond
  bench.note(
    `${title}: ${aSecond.toFixed(1)} heartbeats a second are what the agents' own rule allows them together (the rule is computed, the bytes ` +
      `are measured); they cost one agent ${(rate / 1024).toFixed(1)} KiB a second, and the server ${aSecond.toFixed(1)} writes and ` +
      `${mb(rate * (names.length + 1))} MB a second to all`,
  )
  return [
    figure(
      `CPU a minute with everybody's heartbeats (seen for ${took.toFixed(0)} s), ${title}`,
      [((agent.cpuSeconds() - cpu) * 60) / took],
      {
        unit: 's',
      },
    ),
    figure(`a heartbeat: received by one agent, ${title}`, [ofOne / 1024], { unit: 'KiB' }),
    figure(`a heartbeat: sent to all ${title} together`, [(ofOne * (names.length + 1)) / 1e6], { unit: 'MB' }),
  ]
}

/** Members of sites that are there already: the controller writes them, and their agents their keys. */
async function joins({ agent, server, world, scale, title, bench, way }: Trial): Promise<readonly Figure[]> {
  const size = world.nodes.size
  const larger = scaledWorld({ nodes: size + scale.newcomers, sites: sitesOf(size) })
  const newcomers = [...larger.nodes.values()].slice(size)
  const routes = agent.routes()
  const [cpu, received, startedAt] = [agent.cpuSeconds(), way.receivedBytes(), performance.now()]
  await server.writeAll(objectsOf(larger, size))
  const writtenAt = performance.now()
  const prefixes = newcomers.reduce((sum, { podPrefixes }) => sum + podPrefixes.length, 0)
  await until('all newcomers are in the kernel', () => agent.routes() === routes + prefixes, agent.machine.log)
  const endedAt = performance.now()
  await sleep(1000)
  bench.note(
    `${title}: of the ${scale.newcomers} that joined, the writing took ${seconds(writtenAt - startedAt)} s; the agent used ` +
      `${(agent.cpuSeconds() - cpu).toFixed(2)} s of CPU and received ${mb(way.receivedBytes() - received)} MB`,
  )
  for (const { name } of newcomers) await server.api.remove(MESH_NODES, name)
  await until('all newcomers are gone again', () => agent.routes() === routes, agent.machine.log)
  return [
    figure(`${scale.newcomers} nodes join at once, until all are in the kernel, ${title}`, [endedAt - startedAt]),
    figure(`… from the last of them written`, [endedAt - writtenAt]),
  ]
}

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1)
const mb = (bytes: number): string => (bytes / 1e6).toFixed(2)
