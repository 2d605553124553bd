// CNI ADD and DEL one after the other, each pod in a namespace of its own: our client and agent beside the stock plugins `ptp` and
// `host-local`. Every call is a process, started in the same way.
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inNamespace } from '../src/linux/index.ts'
import type { Bench, Benchmark, Figure } from './benchmark.ts'
import { measuredAgent } from './measured-agent.ts'
import { figure } from './samples.ts'
import { nodeName, scaledWorld } from './scaled-world.ts'
import { type ScratchNamespace, scratchNamespace } from './scratch-namespace.ts'
import { writeStore } from './store-folder.ts'

const STOCK_FOLDERS = ['/usr/lib/cni', '/opt/cni/bin']
const STOCK_PACKAGE = 'containernetworking-plugins'

export const cni: Benchmark = {
  name: 'cni',
  about: 'ADD and DEL of pods one after the other (IPv4+IPv6), beside the stock ptp with host-local (IPv4)',
  needsRoot: true,
  async run(bench) {
    const pods = bench.isQuick ? 5 : 100
    const stockFolder = findStock(bench)
    const [ours, stock] = await measure(bench, pods, [
      await ourCaller(bench),
      ...(stockFolder === undefined ? [] : [stockCaller(bench, stockFolder)]),
    ])
    if (ours === undefined) throw new Error('nothing was measured')
    const floor = Array.from({ length: pods }, () => timed(() => spawnSync('/bin/true')))
    return [
      ...(['add', 'del'] as const).map((command): Figure => {
        const peer = stock && { name: 'ptp+host-local', samples: stock[command] }
        return figure(`${command.toUpperCase()} of a pod`, ours[command], { budget: 'below peer', peer })
      }),
      figure('for comparison: a process that does nothing', floor),
    ]
  },
}

/** Makes one call of the plugin. */
type Caller = (command: 'ADD' | 'DEL', containerId: string, netns: string) => void

/** What a call leaves to be done after it (a round of the agent, a namespace taken apart) is not to fall on the next one. */
const PAUSE_MS = 30

type Times = { readonly add: readonly number[]; readonly del: readonly number[] }

/** Milliseconds of each call. In turns, so that what else the machine does falls on all alike; all pods are there at once. */
async function measure(bench: Bench, pods: number, callers: readonly Caller[]): Promise<readonly Times[]> {
  const warmUps = 3
  const all = callers.map((call) => ({ call, add: [] as number[], del: [] as number[] }))
  const made: { readonly id: string; readonly place: ScratchNamespace; readonly by: (typeof all)[number] }[] = []
  for (let pod = 0; pod < pods + warmUps; pod++)
    for (const by of all) {
      const one = { id: randomBytes(16).toString('hex'), place: scratchNamespace(bench), by }
      made.push(one)
      await sleep(PAUSE_MS)
      by.add.push(timed(() => by.call('ADD', one.id, `/run/netns/${one.place.name}`)))
    }
  for (const { id, place, by } of made) {
    await sleep(PAUSE_MS)
    by.del.push(timed(() => by.call('DEL', id, `/run/netns/${place.name}`)))
    place.remove()
  }
  return all.map(({ add, del }) => ({ add: add.slice(warmUps), del: del.slice(warmUps) }))
}

function timed(run: () => void): number {
  const startedAt = performance.now()
  run()
  return performance.now() - startedAt
}

async function ourCaller(bench: Bench): Promise<Caller> {
  const world = scaledWorld({ nodes: 2, sites: 2 })
  const store = join(bench.folder, 'store')
  writeStore(store, world, nodeName(0))
  const agent = measuredAgent(bench, { world, name: nodeName(0), store })
  agent.machine.startAgent(store)
  await agent.settled()
  const client = join(agent.machine.folder, 'damask-cni')
  return (command, containerId, netns) =>
    callPlugin(client, environmentOf(command, containerId, netns, '/opt/cni/bin'), {
      cniVersion: '1.0.0',
      name: 'damask',
      type: 'damask',
    })
}

/**
 * In a host's namespace of its own, without NAT, as ours makes none for a pod either; and with IPv4 alone, for with IPv6 ptp
 * waits a second and more until the address is known to be nobody else's. Ours gives each pod both.
 */
function stockCaller(bench: Bench, plugins: string): Caller {
  const host = scratchNamespace(bench)
  const dataDir = join(bench.folder, 'host-local')
  mkdirSync(dataDir)
  const ranges = [[{ subnet: '10.250.0.0/24' }]]
  const routes = [{ dst: '0.0.0.0/0' }]
  const configuration = {
    cniVersion: '1.0.0',
    name: 'stock',
    type: 'ptp',
    ipMasq: false,
    ipam: { type: 'host-local', dataDir, ranges, routes },
  }
  return (command, containerId, netns) =>
    inNamespace(host.handle, () =>
      callPlugin(join(plugins, 'ptp'), environmentOf(command, containerId, netns, plugins), configuration),
    )
}

const environmentOf = (command: string, containerId: string, netns: string, path: string) => ({
  CNI_COMMAND: command,
  CNI_CONTAINERID: containerId,
  CNI_NETNS: netns,
  CNI_IFNAME: 'eth0',
  CNI_PATH: path,
})

function callPlugin(program: string, env: Readonly<Record<string, string>>, configuration: object): void {
  const { status, stdout, stderr } = spawnSync(program, {
    env,
    input: JSON.stringify(configuration),
    encoding: 'utf8',
    cwd: '/',
  })
  if (status !== 0) throw new Error(`${program} ${env.CNI_COMMAND} ended with ${status}: ${stdout}${stderr}`)
}

/** Where the stock plugins are; installs Debian's package where they are missing and it can. */
function findStock({ note, isQuick }: Bench): string | undefined {
  const find = (): string | undefined =>
    STOCK_FOLDERS.find((folder) => existsSync(join(folder, 'ptp')) && existsSync(join(folder, 'host-local')))
  const found = find()
  if (found !== undefined) return found
  if (!isQuick) tryInstall()
  const installed = find()
  if (installed === undefined) note(`no stock plugins here to compare with: apt-get install ${STOCK_PACKAGE}`)
  return installed
}

function tryInstall(): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', STOCK_PACKAGE], {
      env,
      stdio: 'ignore',
    })
  } catch {
    // Said by whoever does not find them.
  }
}
