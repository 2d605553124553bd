// Agents die, and the network does not notice; another takes the place, and has nothing to do.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import {
  askNode,
  enterCommand,
  killAgent,
  type LabRecord,
  nodeFolder,
  replaceAgent,
  waitUntilReady,
  worldFolder,
} from '../../src/lab/index.ts'
import { createNamespace, deleteNamespace } from '../../src/linux/index.ts'
import { type Ended, endOf } from './damask-process.ts'
import { labOfThisFile } from './lab-under-test.ts'
import { describePings, type PingReport, startPings } from './ping-stream.ts'

const lab = labOfThisFile()
const measured: string[] = []
afterAll(() => console.log(measured.join('\n')))

const nodesOf = ({ layout }: LabRecord): string[] => layout.nodes.map(({ name }) => name)

const PAIRS = [
  ['aws-1-a', 'gcp-2-a', 4],
  ['aws-3-a', 'home-1-a', 6],
  ['home-1-b', 'aliyun-1-a', 4],
  ['gcp-1-b', 'home-1-b', 6],
] as const

/** Pings all the while. */
async function pingsDuring(phase: string, work: () => Promise<void>): Promise<readonly PingReport[]> {
  const streams = PAIRS.map(([from, to, family]) =>
    startPings(`${phase}: ${from} to ${to}, IPv${family}`, lab.podNamespace(from), lab.podAddress(to, family), 20),
  )
  let reports: readonly PingReport[] = []
  const before = packetsWithoutRoom()
  try {
    await Promise.all(streams.map(({ flows }) => flows))
    await work()
  } finally {
    reports = await Promise.all(streams.map(({ stop }) => stop()))
    const withoutRoom = packetsWithoutRoom() - before
    measured.push(...reports.map(describePings), `${phase}: ${withoutRoom} packets found no room on this machine`)
  }
  return reports
}

/** Of whatever namespace: the kernel's queue of a processor is full (net.core.netdev_max_backlog). */
const packetsWithoutRoom = (): number =>
  readFileSync('/proc/net/softnet_stat', 'utf8')
    .trim()
    .split('\n')
    .reduce((sum, line) => sum + Number.parseInt(line.split(' ')[1] ?? '', 16), 0)

const losses = (reports: readonly PingReport[]): string[] => reports.filter(({ lost }) => lost !== 0).map(describePings)

describe('agents that die', () => {
  it('leave every packet on its way, and so do those that come after them, which write nothing', async () => {
    const nodes = nodesOf(lab.record())
    const witnesses = nodes.map((node) => watchKernel(node))
    const whileDead = await pingsDuring('all agents dead', async () => {
      await Promise.all(nodes.map((node) => killAgent(lab.record(), node)))
      await sleep(4000)
    })
    const whileNew = await pingsDuring('all agents anew', async () => {
      for (const node of nodes) replaceAgent(lab.record(), node)
      const late = await waitUntilReady(lab.record(), 120_000, AbortSignal.timeout(180_000))
      expect(late).toEqual([])
      await sleep(2000)
    })
    const lost = losses([...whileDead, ...whileNew])
    const heard = witnesses.flatMap((one) => one.heard().map((line) => `${one.node}: ${line}`))
    const written = (await Promise.all(nodes.map(kernelWrites))).filter((line) => !line.endsWith(' 0'))
    // Together: what was done may be why something was lost.
    expect({ lost, heard, written }).toEqual({ lost: [], heard: [], written: [] })
    for (const node of nodes) {
      const { drift, failures } = await lab.status(node)
      expect({ node, drift, failures }).toEqual({ node, drift: { total: 0, latest: [] }, failures: [] })
    }
    // The witnesses can hear.
    await lab.ask('aws-1', 'ip', 'route', 'del', '10.42.6.0/24', 'table', '218')
    await lab.ask('aws-1', 'nft', 'flush', 'chain', 'inet', 'damask', 'leak')
    const [witness] = witnesses.filter(({ node }) => node === 'aws-1')
    await expect.poll(() => witness?.heard().join('\n')).toMatch(/Deleted 10\.42\.6\.0[\s\S]*\n10\.42\.6\.0/)
    await expect.poll(() => witness?.heard().join('\n')).toMatch(/add rule inet damask leak/)
    for (const one of witnesses) one.stop()
  })

  it('has its network from the snapshot while the store is away, and serves pods', async () => {
    const world = worldFolder(lab.record())
    const pod = await extraPod()
    try {
      const reports = await pingsDuring('one agent anew, store away', async () => {
        renameSync(world, `${world}.away`)
        await killAgent(lab.record(), 'aws-1')
        replaceAgent(lab.record(), 'aws-1')
        const added = await pod.add()
        expect(added.code, added.output).toBe(0)
        const status = await lab.status('aws-1')
        expect(status).toMatchObject({ world: { source: 'snapshot' }, drift: { total: 0 }, failures: [] })
        expect(['away', 'broken']).toContain(status.store.kind)
        for (const family of [4, 6] as const)
          expect((await pod.run('ping', '-c', '3', '-W', '20', lab.podAddress('home-1-a', family))).code).toBe(0)
        expect(await lab.ask('aws-1', 'ip', 'route', 'show', 'table', '218')).toContain(`${pod.address()} `)
        for (const _ of ['DEL', 'DEL again']) expect(await pod.del()).toMatchObject({ code: 0 })
        expect(await lab.ask('aws-1', 'ip', 'route', 'show', 'table', '218')).not.toContain(`${pod.address()} `)
        expect((await lab.status('aws-1')).pods).toHaveLength(2)
      })
      expect(losses(reports)).toEqual([])
    } finally {
      renameSync(`${world}.away`, world)
      pod.remove()
    }
    await expect.poll(async () => (await lab.status('aws-1')).store.kind, { timeout: 120_000 }).toBe('read')
    expect((await lab.status('aws-1')).drift.total).toBe(0)
  })
})

/** What its agent handed to the kernel, also where nobody can hear it: peers, settings. */
async function kernelWrites(node: string): Promise<string> {
  const { body = '' } = (await askNode(nodeFolder(lab.record(), node), '/metrics')) ?? {}
  return `${node}: ${/^damask_kernel_writes_total.* \d+$/m.exec(body)?.[0] ?? `no such number in ${body}`}`
}

/** Hears every change of the node's network but what neighbours do by themselves. */
function watchKernel(node: string): { node: string; heard: () => string[]; stop: () => void } {
  const heard: string[] = []
  const start = (...words: readonly string[]): ChildProcess => {
    const [program = '', ...rest] = [...enterCommand(lab.record(), node), ...words]
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'ignore'] })
    child.stdout.on('data', (bytes) => heard.push(...String(bytes).trimEnd().split('\n')))
    return child
  }
  const children = [
    start('stdbuf', '-oL', 'ip', 'monitor', 'link', 'address', 'route', 'rule', 'nexthop'),
    start('stdbuf', '-oL', 'nft', 'monitor'),
  ]
  return { node, heard: () => heard, stop: () => void children.map((child) => child.kill()) }
}

/** One more pod on aws-1, by the CNI client as a container runtime calls it. */
async function extraPod() {
  const { layout, tools } = lab.record()
  const namespace = `dmk-${layout.id}-p-extra`
  createNamespace(namespace)
  let address = 'no address yet'
  const call = async (command: string): Promise<Ended> => {
    const [program = '', ...words] = [...enterCommand(lab.record(), 'aws-1'), tools.cni]
    const env = { ...process.env, ...environment, CNI_COMMAND: command }
    const child = spawn(program, words, { env, stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdin.end(JSON.stringify({ cniVersion: '1.0.0', name: 'damask', type: 'damask' }))
    return endOf(child)
  }
  const environment = {
    CNI_CONTAINERID: randomBytes(32).toString('hex'),
    CNI_NETNS: `/run/netns/${namespace}`,
    CNI_IFNAME: 'eth0',
    CNI_ARGS: 'K8S_POD_NAMESPACE=lab;K8S_POD_NAME=extra',
    CNI_PATH: '/opt/cni/bin',
  }
  return {
    /** Asks again while no agent serves. */
    async add(): Promise<Ended> {
      for (let tries = 0; ; tries++) {
        const ended = await call('ADD')
        if (ended.code === 0) address = /"address":\s*"([\d.]+)\//.exec(ended.output)?.[1] ?? address
        if (ended.code === 0 || tries === 300) return ended
        await sleep(100)
      }
    },
    del: () => call('DEL'),
    run: (...words: readonly string[]) =>
      endOf(spawn('nsenter', [`--net=/run/netns/${namespace}`, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })),
    address: () => address,
    remove: () => deleteNamespace(namespace),
  }
}
