// The real agent as a process of its own, in a namespace with one wire, and eyes on what it does to the kernel there.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openNamespace, openNftables, openRtnetlink, type Rtnetlink } from '../src/linux/index.ts'
import { FILTER_TABLE, formatAddress, TABLE, type World } from '../src/model/index.ts'
import { createLoneMachine, createWire, type LoneMachine } from '../test/lone-machine.ts'
import type { Bench } from './benchmark.ts'

export type MeasuredAgent = {
  readonly machine: LoneMachine
  readonly rtnetlink: Rtnetlink
  /** Routes of our table, both families. */
  readonly routes: () => number
  readonly hasFilter: () => Promise<boolean>
  readonly deleteFilter: () => Promise<void>
  /** Resolves once the store was read and the routes come and go no more. */
  readonly settled: () => Promise<void>
  /** Bytes of memory that are the agent's, in RAM. */
  readonly residentBytes: () => number
  /** Files, sockets and namespaces that it has open. */
  readonly openFiles: () => number
  /** Seconds that its threads have run since it started. */
  readonly cpuSeconds: () => number
  readonly remove: () => Promise<void>
}

let isBuilt = false
function build(): void {
  if (!isBuilt) execFileSync(join(import.meta.dirname, '../bin/damask'), ['--version'], { stdio: 'ignore' })
  isBuilt = true
}

export type AgentPlace = {
  readonly world: World
  /** Which node of it this is. */
  readonly name: string
  /** A folder, or the address of an API server. */
  readonly store: string
  /** A state folder to begin with: a key and a snapshot. */
  readonly state?: string
}

/** The machine with its wire; the agent is started by `machine.startAgent`. */
export function measuredAgent(bench: Bench, { world, name, state }: AgentPlace): MeasuredAgent {
  build()
  const parent = join(bench.folder, `machine-${readdirSync(bench.folder).length}`)
  mkdirSync(parent)
  const wire = createWire()
  bench.defer(wire.remove)
  const machine = createLoneMachine(name, parent)
  const closers: (() => unknown)[] = [() => machine.remove()]
  const remove = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  bench.defer(remove)
  if (state !== undefined) cpSync(state, join(machine.folder, 'state'), { recursive: true })
  const [own] = world.nodes.get(name)?.privateAddresses ?? []
  if (own === undefined) throw new Error(`node ${name} has no private address`)
  wire.plug(machine.namespace, `${formatAddress(own.address)}/${own.length}`)

  const handle = openNamespace(machine.namespace)
  const rtnetlink = openRtnetlink(handle)
  const nftables = openNftables(handle)
  handle.close()
  closers.push(rtnetlink.close, nftables.close)
  const processFile = (path: string): string => readFileSync(`/proc/${machine.agentPid()}/${path}`, 'utf8')
  const count = (): number => rtnetlink.routes(4, TABLE).length + rtnetlink.routes(6, TABLE).length
  /** Not asked so often that it shows in what is measured. */
  const isReady = async (): Promise<boolean> => {
    await sleep(50)
    const { code } = await machine.ask('/readyz').catch(() => ({ code: 0 }))
    return code === 200
  }
  const tables = (): Promise<string> => nftables.run('list tables inet')
  return {
    machine,
    rtnetlink,
    routes: count,
    hasFilter: async () => (await tables()).includes(`inet ${FILTER_TABLE}`),
    deleteFilter: async () => void (await nftables.run(`delete table inet ${FILTER_TABLE}`)),
    async settled() {
      await until('the agent has read the store', () => machine.log().includes('read the store'), machine.log)
      await until('the agent is ready', isReady, machine.log)
      // It writes its status, reads that, and lets go of what it needed for it.
      for (let before = -1; before !== count(); await sleep(1500)) before = count()
    },
    residentBytes: () => 1024 * Number(/VmRSS:\s+(\d+)/.exec(processFile('status'))?.[1]),
    openFiles: () => readdirSync(`/proc/${machine.agentPid()}/fd`).length,
    cpuSeconds() {
      const threads = readdirSync(`/proc/${machine.agentPid()}/task`)
      // Nanoseconds on a CPU; /proc/PID/stat counts in hundredths of a second.
      const ran = threads.map((thread) => Number(processFile(`task/${thread}/schedstat`).split(' ')[0]))
      return ran.reduce((sum, one) => sum + one, 0) / 1e9
    },
    remove,
  }
}

const GIVE_UP_MS = 90_000

/** Looks about every millisecond. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  explain: () => string = () => '',
): Promise<void> {
  const startedAt = performance.now()
  while (!(await isTrue())) {
    if (performance.now() - startedAt > GIVE_UP_MS)
      throw new Error(`not so within ${GIVE_UP_MS / 1000} s: ${what}\n${explain().split('\n').slice(-5).join('\n')}`)
    await sleep(1)
  }
}
