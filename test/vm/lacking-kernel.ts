// What the suites of kernels that lack something share: a machine from which things are taken away and brought back, and in it, for
// each test, an agent.
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { openGuest } from './guest.ts'
import { type LoneAgent, makeLoneAgent } from './lone-agent.ts'
import type { Guest, MachineWanted } from './machine.ts'
import { type TakenAway, takeAwayFrom } from './taken-away.ts'

/** Failures are tried again after at most 30 s, and programs are slow here. */
const PATIENCE = { timeout: 240_000, interval: 200 }

export type LackingKernel = {
  readonly agent: () => LoneAgent
  readonly machine: () => TakenAway
  /** That it says this, of one of its entries. */
  readonly expectFailure: (message: string | RegExp) => Promise<void>
  readonly expectReady: () => Promise<void>
}

/** While the suite runs. All is there again when a test ends. */
export function lackingKernel(wanted: MachineWanted): LackingKernel {
  let guest: Guest
  let agent: LoneAgent
  let machine: TakenAway
  beforeAll(async () => {
    guest = await openGuest(wanted)
    machine = takeAwayFrom(guest)
  })
  afterAll(() => guest.close())
  beforeEach(async () => {
    agent = await makeLoneAgent(guest)
  })
  afterEach(async () => {
    await machine.bringAll()
    await agent.remove()
  })
  return {
    agent: () => agent,
    machine: () => machine,
    async expectFailure(message) {
      const said = async (): Promise<readonly string[]> =>
        (await agent.status())?.failures.map((failure) => failure.message) ?? []
      await expect
        .poll(said, PATIENCE)
        .toContainEqual(typeof message === 'string' ? message : expect.stringMatching(message))
    },
    async expectReady() {
      await expect.poll(async () => (await agent.status())?.ready, PATIENCE).toMatchObject({ ready: true })
    },
  }
}
