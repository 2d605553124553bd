// Nothing happens in a lab in which nothing happens: strace on all agents for a minute.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeFolder } from '../../src/lab/index.ts'
import { labOfThisFile } from './lab-under-test.ts'

const lab = labOfThisFile()

/** Agents that have said nothing for so long have settled what they do after they are ready: the last status, a snapshot. */
const REST_MILLISECONDS = 8_000
const MINUTE_MILLISECONDS = 60_000
/** No `read`: it would show private keys. */
const CALLS = 'trace=%process,%network,write,writev,openat'
/** USER_HZ. */
const TICKS_A_SECOND = 100

type Traced = { readonly node: string; readonly pid: number; readonly file: string; readonly strace: ChildProcess }

const isHeld = ({ pid }: Traced): boolean => !/^TracerPid:\t0$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))

/** In the agent's own network namespace, or strace cannot tell which netlink a socket speaks. */
function attach(node: string, pid: number, file: string): Traced {
  const words = ['-f', '-s', '4096', '-e', 'abbrev=none', '-e', CALLS, '-o', file, '-p', String(pid)]
  const strace = spawn('nsenter', [`--net=/proc/${pid}/ns/net`, 'strace', ...words], { stdio: 'ignore' })
  return { node, pid, file, strace }
}

/** Calls that start a process or ask the kernel to change something. */
function writesIn(trace: string): string[] {
  const starts = /\b(execve|execveat|fork|vfork)\(|\bclone3?\((?!.*CLONE_THREAD)/
  const requests = /RTM_(NEW|DEL|SET)|NFNL_MSG_BATCH_BEGIN|WG_CMD_SET|"set=1/
  const settings = /openat\(.*"\/proc\/sys\/.*O_(WRONLY|RDWR)/
  return trace
    .split('\n')
    .filter((line) =>
      /\b(sendto|sendmsg|write|writev)\(/.test(line) ? requests.test(line) : starts.test(line) || settings.test(line),
    )
}

const secondsOfCpu = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number)
  return (user + system) / TICKS_A_SECOND
}

/** Their logs have not grown. */
async function untilSilent(): Promise<void> {
  const { layout } = lab.record()
  const logs = layout.nodes.map(({ name }) => join(nodeFolder(lab.record(), name), 'agent.log'))
  const sizes = (): string => logs.map((log) => statSync(log).size).join(' ')
  for (let before = ''; before !== sizes(); ) {
    before = sizes()
    await sleep(REST_MILLISECONDS)
  }
}

const traceOf = ({ file }: Traced): string => readFileSync(file, 'utf8')

describe('the steady state', () => {
  let folder: string
  let traced: readonly Traced[] = []
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'damask-strace-'))
    await untilSilent()
    const agents = lab.record().processes.filter(({ what }) => what === 'agent')
    traced = agents.map(({ node, pid }) => attach(node, pid, join(folder, node)))
    while (!traced.every(isHeld)) await sleep(50)
  })
  afterAll(() => {
    for (const { strace } of traced) strace.kill('SIGTERM') // lets go of the agent
    rmSync(folder, { recursive: true })
  })

  it('starts no process, writes nothing to the kernel, and takes next to no time', async () => {
    const before = traced.map(({ pid }) => secondsOfCpu(pid))
    await sleep(MINUTE_MILLISECONDS)
    const seconds = traced.map(({ pid }, index) => secondsOfCpu(pid) - (before[index] ?? 0))
    console.log(
      `CPU of the agents in a minute under strace: ${traced.map(({ node }, index) => `${node} ${seconds[index]?.toFixed(2)} s`).join(', ')}`,
    )
    for (const one of traced)
      expect({ node: one.node, writes: writesIn(traceOf(one)) }).toEqual({ node: one.node, writes: [] })
    // Without strace it is a tenth; bench/ has the tight number.
    expect(Math.max(...seconds)).toBeLessThan(5)
  })

  it('was watched: each agent read its settings all the while', () => {
    for (const one of traced)
      expect(traceOf(one).match(/\/proc\/sys\/net\/ipv4\/ip_forward/g)?.length, one.node).toBeGreaterThan(5)
  })

  it.each([
    ['a route', 'ip route del 10.42.6.0/24 table 218', /sendto\(.*RTM_NEWROUTE/],
    ['a rule of the filter', 'nft flush chain inet damask leak', /NFNL_MSG_BATCH_BEGIN/],
    ['a peer', 'wg set damask-t1 peer $(wg show damask-t1 peers | head -1) remove', /"set=1/],
    ['a setting', 'sysctl -q -w net.ipv4.ip_forward=0', /openat\(.*ip_forward.*O_WRONLY/],
    ['the tunnel', 'ip link del damask-t1', /execve\(/],
  ])('ends where somebody takes away %s: the same watch sees it put back', async (_, by, call) => {
    const [one] = traced.filter(({ node }) => node === 'aws-1')
    if (!one) throw new Error('nobody watches aws-1')
    const start = traceOf(one).length
    await lab.ask('aws-1', 'sh', '-c', by)
    await expect.poll(() => writesIn(traceOf(one).slice(start)).join('\n'), { timeout: 60_000 }).toMatch(call)
  })
})
