// One node through one sequence of steps: each is asked of the agent and of the model, and then the two have to agree.
import { deepStrictEqual } from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CNI_CODE } from './cni-error.ts'
import { fakeKernel } from './fake-kernel.fixture.ts'
import { listOf } from './journal.fixture.ts'
import { type Answer, type Fate, type MortalAgent, ROOM, startAgent } from './mortal-agent.fixture.ts'
import {
  collectIn,
  copyOf,
  emptyModel,
  expectOperation,
  letGoIn,
  type Operation,
  type PodModel,
  reconcileIn,
  restartIn,
} from './pod-model.fixture.ts'
import { askAbout, askToCollect, given, linkOf, pathOf } from './sequence-requests.fixture.ts'
import { IDS, type Step } from './sequence-steps.fixture.ts'

export type Sequence = {
  readonly take: (step: Step) => Promise<void>
  /** Everything goes, and then all there is room for can be had. */
  readonly end: () => Promise<void>
  readonly close: () => Promise<void>
}

export type SequenceOptions = { readonly folder: string; readonly compactFromLines: number; readonly cut: number }

const IDS_BY_LINK = new Map(IDS.map((id) => [linkOf(id), id]))

export async function beginSequence({ folder, ...journal }: SequenceOptions): Promise<Sequence> {
  mkdirSync(folder)
  const kernel = fakeKernel()
  let model = emptyModel()
  let lives = 0
  let agent = await start()

  /** It may die once more while it starts. */
  async function start(crashIn?: number): Promise<MortalAgent> {
    const [path, heirPath] = [join(folder, `${lives++}`), join(folder, `${lives}`)]
    return (await startAgent({ ...journal, kernel, path, heirPath, fate: { crashIn } })) ?? start()
  }
  async function restart(): Promise<void> {
    await letGo()
    await agent.close()
    lives--
    agent = await start()
    restartIn(model)
  }
  async function letGo(): Promise<void> {
    await agent.letGo()
    letGoIn(model)
  }
  function reconcile(): void {
    agent.reconcile()
    reconcileIn(model)
  }
  const makeNamespace = (id: string): void => {
    kernel.namespaces.add(pathOf(id))
    model.namespaces.add(id)
  }

  const pairs = (): Map<string, readonly string[]> =>
    new Map([...kernel.pairs].map(([name, { addresses }]) => [IDS_BY_LINK.get(name) ?? name, addresses]))
  const records = (): Map<string, readonly string[]> => new Map(Object.entries(listOf(agent.journal)))

  const ask = (operation: Operation): Promise<Answer | undefined> =>
    askAbout(agent, operation, records().get(operation.id) ?? [])

  async function takeOne(operation: Operation, fate: Fate): Promise<void> {
    const before = copyOf(model)
    if (model.held.length > 0 && fate.holdsDeletions) await letGo()
    agent.meet(fate)
    const asked = ask(operation)
    const waitsForKernel = model.held.some(({ id }) => id === operation.id)
    const expected = expectOperation(model, operation, fate.fault, fate.holdsDeletions)
    // Long enough for whoever does not wait.
    if (waitsForKernel) await sleep(3)
    // An ADD waits for what it undoes.
    if (waitsForKernel || (fate.holdsDeletions && operation.kind === 'add')) await agent.letGo()
    const answer = await asked
    if (answer === undefined) return afterCrash(before, [operation], [])
    deepStrictEqual(answer.code, expected.code)
    expected.accept(answer.code === 0 ? given(answer) : (records().get(operation.id) ?? []))
  }

  async function takeMany(operations: readonly Operation[], fate: Fate): Promise<void> {
    await letGo()
    reconcile() // or a pair that could not be deleted would stand in the way of some
    const before = copyOf(model)
    agent.meet(fate)
    const answers = await Promise.all(operations.map(ask))
    if (agent.isDead()) return afterCrash(before, operations, answers)
    requireAnswered(operations, answers)
    agreeOn(before, operations)
  }

  async function takeGc(valid: readonly string[], fate: Fate): Promise<void> {
    const before = copyOf(model)
    if (model.held.length > 0 && fate.holdsDeletions) await letGo()
    agent.meet(fate)
    const answer = await askToCollect(agent, valid)
    if (answer !== undefined)
      return deepStrictEqual(answer.code, collectIn(model, valid, fate.fault, fate.holdsDeletions ?? false))
    const stale = [...before.records.keys()].filter((id) => !valid.includes(id))
    return afterCrash(
      before,
      stale.map((id) => ({ kind: 'del', id })),
      [],
    )
  }

  async function afterCrash(
    before: PodModel,
    operations: readonly Operation[],
    answers: readonly (Answer | undefined)[],
  ): Promise<void> {
    await agent.close()
    agent = await start(lives % 3)
    requireAnswered(operations, answers)
    const held = before.held.map(({ id }): Operation => ({ kind: 'del', id }))
    restartIn(before)
    model.held = []
    model.resting = []
    agreeOn(before, [...operations, ...held])
  }

  /** What was answered last for a pod is so. */
  function requireAnswered(operations: readonly Operation[], answers: readonly (Answer | undefined)[]): void {
    for (const id of IDS) {
      const last = operations.findLastIndex((one) => one.id === id && one.kind !== 'check')
      const [operation, answer] = [operations[last], answers[last]]
      if (operation === undefined || answer === undefined) continue
      const now = { record: records().get(id), pair: pairs().get(id) }
      const [record, pair] = operation.kind === 'add' && answer.code === 0 ? [given(answer), given(answer)] : []
      if (operation.kind === 'del') deepStrictEqual(answer.code, 0)
      if (answer.code !== CNI_CODE.interfaceExists) deepStrictEqual([answer.code, now], [answer.code, { record, pair }])
    }
  }

  /** Takes for true what is found of those who were being worked on, where it can be; all others are as before. */
  function agreeOn(before: PodModel, operations: readonly Operation[]): void {
    const isBusy = (id: string, kind?: string): boolean =>
      operations.some((one) => one.id === id && (kind === undefined ? one.kind !== 'check' : one.kind === kind))
    for (const [found, known, expected] of [
      [records(), model.records, before.records],
      [pairs(), model.pairs, before.pairs],
    ] as const) {
      known.clear()
      for (const id of IDS) {
        const now = found.get(id)
        const mayBeGone = now === undefined && isBusy(id)
        if (!isBusy(id, 'add') && !mayBeGone) deepStrictEqual([id, now], [id, expected.get(id)])
        if (now !== undefined) known.set(id, now)
      }
    }
  }

  async function takeStep(step: Step): Promise<void> {
    switch (step.kind) {
      case 'one':
        if (step.operation.kind === 'add' && !step.operation.wish?.endsWith('5')) makeNamespace(step.operation.id)
        return takeOne(step.operation, step.fate)
      case 'many':
        for (const { id } of step.operations) makeNamespace(id)
        return takeMany(step.operations, step.fate)
      case 'gc':
        return takeGc(step.valid, step.fate)
      case 'round':
        return reconcile()
      case 'let go':
        return letGo()
      case 'restart':
        return restart()
      case 'reboot':
        agent.kill()
        kernel.forgetAll()
        model = emptyModel()
        return afterCrash(model, [], [])
      case 'make namespace':
        return makeNamespace(step.id)
      case 'lose namespace':
        kernel.deleteNamespace(pathOf(step.id))
        model.namespaces.delete(step.id)
        model.pairs.delete(step.id)
        return
      case 'hide namespace':
        kernel.namespaces.delete(pathOf(step.id))
        model.namespaces.delete(step.id)
    }
  }
  const agree = (): void => {
    deepStrictEqual({ records: records(), pairs: pairs() }, { records: model.records, pairs: model.pairs })
    const held = [...records().values()].flat()
    deepStrictEqual(new Set(held).size, held.length)
    deepStrictEqual(kernel.clashes, [])
  }
  return {
    async take(step) {
      await takeStep(step)
      await new Promise((resolve) => setImmediate(resolve)) // deletions that nobody waits for
      if (agent.isDead()) await afterCrash(copyOf(model), [], []) // after it had answered
      agent.meet({})
      agree()
    },
    async end() {
      await letGo()
      agent.meet({})
      const answers = await Promise.all(IDS.map((id) => ask({ kind: 'del', id })))
      deepStrictEqual(
        answers.map((answer) => answer?.code),
        IDS.map(() => 0),
      )
      await restart()
      deepStrictEqual({ records: records(), pairs: pairs() }, { records: new Map(), pairs: new Map() })
      for (const id of IDS) makeNamespace(id)
      const added = await Promise.all(IDS.map((id) => ask({ kind: 'add', id })))
      const expected = IDS.map((_, index) => (index < ROOM ? 0 : CNI_CODE.addressesExhausted))
      deepStrictEqual(
        added.map((answer) => answer?.code),
        expected,
      )
      deepStrictEqual(kernel.clashes, [])
    },
    async close() {
      await agent.close()
      rmSync(folder, { recursive: true })
    },
  }
}
