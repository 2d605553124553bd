// A machine whose agent is killed, or stopped, while the runtime adds 50 pods at once; then the runtime tries again, as
// runtimes do: DEL, and ADD.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createNamespace, deleteNamespace } from '../../src/linux/index.ts'
import { createLoneMachine, createWire, type LoneMachine, within } from '../lone-machine.ts'
import { callPlugin, type PluginAnswer, type PluginCall } from '../plugin-client.ts'
import { addressesInPod, journalTraces, NO_TRACES, podTraces } from '../pods-of-a-machine.ts'

const WORLD = `
apiVersion: damask.dev/v1alpha1
kind: Network
metadata: { name: default }
spec: { podPrefixes: [10.42.0.0/16, "fd42::/48"], sites: { by: node } }
---
apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: a }
spec:
  privateAddresses: [192.0.2.1/24]
  endpoint: { host: 192.0.2.1, port: 51820 }
  podPrefixes: [10.42.1.0/24, "fd42:0:0:1::/64"]
`
const PODS = 50

type Pod = { readonly containerId: string; readonly namespace: string }

let folder: string
let wire: ReturnType<typeof createWire>
let machine: LoneMachine
let pods: readonly Pod[] = []
beforeAll(async () => {
  execFileSync(join(import.meta.dirname, '../../bin/damask'), ['--version'], { stdio: 'ignore' }) // builds
  folder = mkdtempSync(join(tmpdir(), 'damask-killed-'))
  mkdirSync(store())
  writeFileSync(join(store(), 'world.yaml'), WORLD)
  wire = createWire()
  machine = createLoneMachine('a', folder)
  wire.plug(machine.namespace, '192.0.2.1/24')
  await startAgent()
})
beforeEach(() => {
  pods = Array.from({ length: PODS }, (_, index) => {
    const pod = {
      containerId: `pod-${index}`,
      namespace: `damask-test-${process.pid}-${randomBytes(4).toString('hex')}`,
    }
    createNamespace(pod.namespace)
    return pod
  })
})
afterEach(() => {
  for (const { namespace } of pods) deleteNamespace(namespace)
})
afterAll(async () => {
  await machine?.remove()
  wire?.remove()
  rmSync(folder, { recursive: true, force: true })
})

const store = (): string => join(folder, 'store')
const journalPath = (): string => join(machine.folder, 'state/pods.journal')

async function startAgent(): Promise<void> {
  machine.startAgent(store())
  const end = Date.now() + 120_000
  while ((await machine.ask('/readyz').catch(() => ({ code: 0 }))).code !== 200) {
    if (Date.now() > end) throw new Error(`the agent is not ready:\n${machine.log()}`)
    await sleep(20)
  }
}

const call = (command: PluginCall['command'], pod: Pod): Promise<PluginAnswer> =>
  callPlugin(join(machine.folder, 'damask-cni'), { command, ...pod })

/** Those of which the runtime was told nothing good: it says DEL, and begins anew. */
async function tryAgain(pod: Pod): Promise<PluginAnswer> {
  expect(await call('DEL', pod)).toMatchObject({ exitCode: 0 })
  return call('ADD', pod)
}

/** From the node, all at once; those who do not answer are left. */
function unreachable(addresses: readonly string[]): readonly string[] {
  const script = 'for one; do (ping -n -c 3 -i 0.2 -W 2 "$one" | grep -q "bytes from" || echo "$one") & done; wait'
  return within(machine.namespace, 'sh', '-c', script, 'sh', ...addresses)
    .split('\n')
    .filter(Boolean)
}

/** Every pod has its own addresses, and journal, kernel and pods are of one mind. */
async function expectAllToStand(answers: readonly PluginAnswer[]): Promise<void> {
  expect(answers.filter(({ exitCode }) => exitCode !== 0)).toEqual([])
  const addresses = answers.flatMap((answer) => answer.addresses)
  expect(new Set(addresses).size).toBe(2 * PODS)
  await expect.poll(() => podTraces(machine.namespace)).toEqual(await journalTraces(journalPath()))
  const traces = podTraces(machine.namespace)
  expect(traces.links).toHaveLength(PODS)
  expect(traces.routes).toEqual([...addresses].sort())
  for (const [index, { namespace }] of pods.entries())
    expect(addressesInPod(namespace)).toEqual(answers[index]?.addresses)
  expect(unreachable(addresses)).toEqual([])
}

/** The namespaces are still there: what goes goes by the DELs. */
async function deleteAll(): Promise<void> {
  const answers = await Promise.all(pods.map((pod) => call('DEL', pod)))
  expect(answers.filter(({ exitCode }) => exitCode !== 0)).toEqual([])
  await expect.poll(() => podTraces(machine.namespace)).toEqual(NO_TRACES)
  expect(await journalTraces(journalPath())).toEqual(NO_TRACES)
}

test.each([
  ['before the first is answered', 0],
  ['after the first answer', 1],
  ['after 15 answers', 15],
  ['after 40 answers', 40],
])(
  '50 pods that are added while the agent is killed %s are all there once the runtime has tried again',
  async (_, count) => {
    const first = await untilSomeFail(() => addAndKill(count))
    const failed = first.filter(({ exitCode }) => exitCode !== 0)
    expect(new Set(failed.map(({ code }) => code))).toEqual(new Set([11]))

    await startAgent()
    const answers = await Promise.all(
      pods.map((pod, index) => (first[index]?.exitCode === 0 ? first[index] : tryAgain(pod))),
    )
    await expectAllToStand(answers)
    await deleteAll()
  },
)

test('the agent is killed in the middle of 50 DELs: once the runtime has tried again nothing is left', async () => {
  await untilSomeFail(async () => {
    await Promise.all(pods.map((pod) => call('ADD', pod)))
    let answered = 0
    let killed: Promise<unknown> = Promise.resolve()
    const answers = await Promise.all(
      pods.map(async (pod) => {
        const answer = await call('DEL', pod)
        if (++answered === 15) killed = machine.stopAgent('SIGKILL')
        return answer
      }),
    )
    await killed
    return answers
  })
  await startAgent()
  await deleteAll()
})

/** Kills the agent once so many of the pods are added; 0: once the first of them are at work. */
async function addAndKill(count: number): Promise<readonly PluginAnswer[]> {
  let answered = 0
  let kill: () => void = () => {}
  const killed = new Promise<void>((resolve) => {
    kill = resolve
  }).then(() => machine.stopAgent('SIGKILL'))
  const adds = pods.map(async (pod) => {
    const answer = await call('ADD', pod)
    if (answer.exitCode === 0 && ++answered >= count) kill()
    return answer
  })
  if (count === 0) {
    await expect
      .poll(() => journalTraces(journalPath()).then(({ links }) => links.length), { interval: 1 })
      .toBeGreaterThan(0)
    kill()
  }
  const answers = await Promise.all(adds)
  await killed
  return answers
}

/** Where this process was slow, the agent was through with all before it was killed: once more. */
async function untilSomeFail(work: () => Promise<readonly PluginAnswer[]>): Promise<readonly PluginAnswer[]> {
  for (let tries = 0; tries < 20; tries++) {
    const answers = await work()
    if (answers.some(({ exitCode }) => exitCode !== 0)) return answers
    await startAgent()
    await deleteAll()
  }
  throw new Error('the agent was never killed in time')
}

test('an agent that is stopped costs the runtime its time limit and code 11, and leaves nothing once it goes on', async () => {
  const client = join(folder, 'hasty-client')
  execFileSync(join(import.meta.dirname, '../../scripts/build-cni.sh'), [
    client,
    `-DDAMASK_CNI_SOCKET="${join(machine.folder, 'run/cni.sock')}"`,
    '-DDAMASK_CNI_TIMEOUT_SECONDS=1',
  ])
  const [known, ...others] = pods.slice(0, 10)
  if (known === undefined) throw new Error('there are no pods')
  expect(await call('ADD', known)).toMatchObject({ exitCode: 0 })
  process.kill(machine.agentPid(), 'SIGSTOP')
  const startedAt = performance.now()
  const answers = await Promise.all([
    callPlugin(client, { command: 'DEL', ...known }),
    ...others.map((pod) => callPlugin(client, { command: 'ADD', ...pod })),
  ])
  expect(performance.now() - startedAt).toBeGreaterThan(900)
  expect(answers).toEqual(
    answers.map(() => ({ exitCode: 1, code: 11, msg: expect.stringContaining('in time'), addresses: [] })),
  )
  expect(podTraces(machine.namespace).links).toHaveLength(1)

  process.kill(machine.agentPid(), 'SIGCONT')
  // Nobody waits for its answers any more; the runtime says DEL of what it does not know.
  expect(await Promise.all(others.map((pod) => call('DEL', pod)))).toMatchObject(others.map(() => ({ exitCode: 0 })))
  await expect.poll(() => podTraces(machine.namespace)).toEqual(NO_TRACES)
  await sleep(200) // nothing comes after it
  expect(podTraces(machine.namespace)).toEqual(NO_TRACES)
  expect(await journalTraces(journalPath())).toEqual(NO_TRACES)
  expect(await call('ADD', known)).toMatchObject({ exitCode: 0 })
  await deleteAll()
})

test('50 pods that are deleted and added once more, all at once, are whole', async () => {
  await Promise.all(pods.map((pod) => call('ADD', pod)))
  await expectAllToStand(await Promise.all(pods.map(tryAgain)))
  await deleteAll()
})
