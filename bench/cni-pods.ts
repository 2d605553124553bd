// Pods that are called for, each in a namespace of its own, and the times of the calls.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from './benchmark.ts'
import type { CalledPod, Caller } from './cni-caller.ts'
import { scratchNamespace } from './scratch-namespace.ts'

export type ScratchPod = CalledPod & { readonly remove: () => void }

/** Milliseconds of each call. */
export type Times = { readonly add: readonly number[]; readonly del: readonly number[] }

/** What a call leaves to be done after it (a round of the agent, a namespace taken apart) is not to fall on the next one. */
const PAUSE_MS = 30
const WARM_UPS = 3

export function scratchPod(bench: Bench): ScratchPod {
  const { name, remove } = scratchNamespace(bench)
  return { containerId: randomBytes(16).toString('hex'), namespace: name, remove }
}

/** One after the other, and the callers in turns, so that what else the machine does falls on all alike; all pods are there at once. */
export async function timesInTurns(bench: Bench, pods: number, callers: readonly Caller[]): Promise<readonly Times[]> {
  const all = callers.map(({ call }) => ({ call, add: [] as number[], del: [] as number[] }))
  const made: { readonly pod: ScratchPod; readonly by: (typeof all)[number] }[] = []
  for (let turn = 0; turn < pods + WARM_UPS; turn++)
    for (const by of all) {
      const pod = scratchPod(bench)
      made.push({ pod, by })
      await sleep(PAUSE_MS)
      by.add.push((await by.call('ADD', [pod])).all)
    }
  for (const { pod, by } of made) {
    await sleep(PAUSE_MS)
    by.del.push((await by.call('DEL', [pod])).all)
    pod.remove()
  }
  return all.map(({ add, del }) => ({ add: add.slice(WARM_UPS), del: del.slice(WARM_UPS) }))
}

/** Of many calls at once: of each, and of all together in each round. */
export type CrowdTimes = Times & { readonly totals: Times }

export type Crowd = {
  readonly pods: number
  readonly atOnce: number
  readonly rounds: number
  /** After all were called, and after their namespaces were made: the kernel is long at work. */
  readonly pauseMs: number
}

/** Round by round, in each the callers one after the other. */
export async function timesInCrowds(
  bench: Bench,
  { pods, atOnce, rounds, pauseMs }: Crowd,
  callers: readonly Caller[],
): Promise<readonly CrowdTimes[]> {
  const empty = () => ({ add: [] as number[], del: [] as number[] })
  const all = callers.map(({ call }) => ({ call, ...empty(), totals: empty() }))
  for (let round = 0; round < rounds; round++)
    for (const { call, add, del, totals } of all) {
      const crowd = Array.from({ length: pods }, () => scratchPod(bench))
      await sleep(pauseMs)
      const added = await call('ADD', crowd, atOnce)
      add.push(...added.each)
      totals.add.push(added.all)
      await sleep(pauseMs)
      const deleted = await call('DEL', crowd, atOnce)
      del.push(...deleted.each)
      totals.del.push(deleted.all)
      await sleep(pauseMs)
      for (const pod of crowd) pod.remove()
    }
  return all
}
