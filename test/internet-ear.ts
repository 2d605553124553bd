// What the internet of a lab hears because of one thing that is done.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { readInternet } from '../src/lab/internet.ts'
import type { Layout } from '../src/lab/layout.ts'
import { meterTotal } from '../src/lab/meter.ts'

/** Waits until the packet that `work` sends has been there: it was heard, or it crossed unheard, or both. */
export async function heardBecauseOf(
  layout: Layout,
  work: () => Promise<void>,
): Promise<{ readonly packets: number; readonly examples: readonly string[] }> {
  const before = await readInternet(layout)
  await work()
  const hasPassed = async (): Promise<boolean> => {
    const { heard, meter } = await readInternet(layout)
    return heard.packets > before.heard.packets || meterTotal(meter) > meterTotal(before.meter)
  }
  await expect.poll(hasPassed).toBe(true)
  await sleep(20) // by all that counts it
  const { heard } = await readInternet(layout)
  return { packets: heard.packets - before.heard.packets, examples: heard.examples }
}
