// 100 times kill -9, at any moment of a few ADDs and DELs at once: real processes, real kernel, real disk.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callPlugin, type PluginAnswer, type PluginCall } from '../../test/plugin-client.ts'
import { addressesInPod, journalTraces, NO_TRACES, podTraces } from '../../test/pods-of-a-machine.ts'
import { createNamespace, deleteNamespace } from '../linux/index.ts'
import { podIdentity } from './pod-identity.ts'
import { buildClient, openHost } from './test-node.fixture.ts'

const ROUNDS = 100
const id = `${process.pid}-${randomBytes(3).toString('hex')}`
const node = `dmk-killed-${id}`
const pods = Array.from({ length: 5 }, (_, index) => ({
  containerId: `c${index}`,
  namespace: `dmk-killed-${index}-${id}`,
}))
const folder = mkdtempSync(join(tmpdir(), 'damask-killed-'))
const journalPath = join(folder, 'journal')
const socketPath = join(folder, 'cni.sock')
const server = join(folder, 'server.mjs')
let client = ''
let host: ReturnType<typeof openHost>
beforeAll(async () => {
  client = buildClient(folder)
  await bundleServer()
  for (const namespace of [node, ...pods.map((pod) => pod.namespace)]) createNamespace(namespace)
  host = openHost(node)
})
const servers = new Set<ChildProcess>()
afterAll(async () => {
  for (const child of servers) await kill(child)
  host.close()
  for (const namespace of [node, ...pods.map((pod) => pod.namespace)]) deleteNamespace(namespace)
  rmSync(folder, { recursive: true })
})

/** In one file it starts four times as fast as from its sources. */
async function bundleServer(): Promise<void> {
  const koffi = fileURLToPath(import.meta.resolve('koffi'))
  await build({
    entryPoints: [new URL('killed-server.fixture.ts', import.meta.url).pathname],
    outfile: server,
    bundle: true,
    format: 'esm',
    platform: 'node',
    alias: { koffi },
    external: [koffi],
    logLevel: 'warning',
  })
}

/** Waits for its line. */
function spare(): ChildProcess {
  const words = [`--net=/run/netns/${node}`, process.execPath, server, socketPath, journalPath]
  const child = spawn('nsenter', words, { stdio: ['pipe', 'pipe', 'inherit'] })
  servers.add(child)
  return child
}
async function serve(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error('it has no standard output')
  const serving = once(child.stdout, 'data')
  child.stdin?.write('go\n')
  await Promise.race([serving, once(child, 'close').then(() => Promise.reject(new Error('it did not start')))])
}
async function kill(child: ChildProcess): Promise<void> {
  servers.delete(child)
  const closed = once(child, 'close')
  if (child.kill('SIGKILL')) await closed
}

type Round = {
  readonly turns: readonly { readonly pod: number; readonly command: PluginCall['command'] }[]
  readonly moment: number
}
const round: fc.Arbitrary<Round> = fc.record({
  // One request a pod: what two at once end in is another test's.
  turns: fc.uniqueArray(
    fc.record({
      pod: fc.nat(pods.length - 1),
      command: fc.constantFrom('ADD' as const, 'ADD' as const, 'DEL' as const),
    }),
    { minLength: 2, maxLength: 4, selector: ({ pod }) => pod },
  ),
  /** When it is killed, as a part of how long such requests take. */
  moment: fc.double({ min: 0, max: 1.2, noNaN: true }),
})

test(`after each of ${ROUNDS} kills what was answered is so, and the rest is whole or not at all`, async () => {
  /** Addresses as the runtime knows them. */
  const known = new Map<string, readonly string[]>()
  let typicalMs = 40
  let cutOff = 0
  let running = spare()
  await serve(running)
  let next = spare()
  for (const [index, { turns, moment }] of fc.sample(round, { numRuns: ROUNDS, seed: 5 }).entries()) {
    const startedAt = performance.now()
    const asked = turns.map(({ pod, command }) => {
      const { containerId = '', namespace = '' } = pods[pod] ?? {}
      return callPlugin(client, { command, containerId, namespace }, socketPath)
    })
    await sleep(moment * typicalMs)
    await kill(running)
    const answers = await Promise.all(asked)
    if (answers.every(({ code }) => code !== 11)) typicalMs = (3 * typicalMs + performance.now() - startedAt) / 4
    else cutOff++
    await serve(next)
    running = next
    next = spare()
    for (const pod of pods) {
      const turn = turns.findIndex((one) => pods[one.pod] === pod)
      await agree(`round ${index}`, known, pod, turns[turn]?.command, answers[turn])
    }
    await expectOneMind(`round ${index}`, known)
  }
  expect(cutOff).toBeGreaterThan(ROUNDS / 10)

  for (const { containerId, namespace } of pods)
    expect(await callPlugin(client, { command: 'DEL', containerId, namespace }, socketPath)).toMatchObject({
      exitCode: 0,
    })
  await expect.poll(() => podTraces(node)).toEqual(NO_TRACES)
  expect(await journalTraces(journalPath)).toEqual(NO_TRACES)
})

/** One pod after a kill: as it was answered; where nothing was, as before or as asked. Of the last the runtime makes sure by DEL. */
async function agree(
  when: string,
  known: Map<string, readonly string[]>,
  { containerId, namespace }: (typeof pods)[number],
  command: PluginCall['command'] | undefined,
  answer: PluginAnswer | undefined,
): Promise<void> {
  const before = known.get(containerId)
  const what = `${when}: ${command} of ${containerId}, answered ${JSON.stringify(answer)}`
  if (answer?.exitCode === 0 && command === 'ADD') known.set(containerId, answer.addresses)
  else if (answer?.exitCode === 0) known.delete(containerId)
  else if (command === 'ADD' && before !== undefined) expect([11, 101], what).toContain(answer?.code)
  else if (command !== undefined) {
    expect(answer?.code, what).toBe(11)
    expect(await callPlugin(client, { command: 'DEL', containerId, namespace }, socketPath), what).toMatchObject({
      exitCode: 0,
    })
    known.delete(containerId)
  }
}

/** Runtime, journal, and both ends of the links. */
async function expectOneMind(when: string, known: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const addresses = [...known.values()].flat().sort()
  expect(new Set(addresses).size, when).toBe(addresses.length)
  const links = [...known.keys()].map((containerId) => podIdentity({ containerId, interfaceName: 'eth0' }).link).sort()
  const expected = { links, routes: addresses, neighbours: addresses }
  expect(await journalTraces(journalPath), when).toEqual(expected)
  await expect.poll(() => podTraces(node), { message: when }).toEqual(expected)
  for (const { containerId, namespace } of pods)
    expect(addressesInPod(namespace), when).toEqual(known.get(containerId) ?? [])
}
